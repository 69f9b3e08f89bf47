namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>Orders text by code point, as Python does; ordinal order of UTF-16 puts planes beyond the first before U+E000.</summary>
internal sealed class CodePointComparer : IComparer<string>
{
    /// <summary>The one instance.</summary>
    public static CodePointComparer Instance { get; } = new();

    /// <inheritdoc/>
    public int Compare(string? x, string? y)
    {
        int length = Math.Min(x!.Length, y!.Length);
        int common = x.AsSpan(0, length).CommonPrefixLength(y.AsSpan(0, length));
        if (common == length)
            return x.Length.CompareTo(y.Length);
        return Weight(x[common]).CompareTo(Weight(y[common]));
    }

    private static int Weight(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;
}
