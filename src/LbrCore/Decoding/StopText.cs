namespace LbrCore.Decoding;

/// <summary>Cuts a text that comes in pieces at the first of some sequences. What may be the beginning of one is held back until it is known.</summary>
/// <param name="sequences">The sequences, or null for none.</param>
internal sealed class StopText(IEnumerable<string>? sequences)
{
    private readonly string[] _sequences = [.. (sequences ?? []).Where(sequence => sequence.Length > 0)];
    private string _held = "";

    /// <summary>Whether a sequence has come; what follows is not part of the text.</summary>
    public bool Found { get; private set; }

    /// <summary>Takes a piece in and gives what is certain to belong to the text.</summary>
    public string Append(string piece)
    {
        if (Found) return "";
        if (_sequences.Length == 0) return piece;
        string text = _held + piece;
        int first = _sequences.Select(sequence => text.IndexOf(sequence, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
        if (first >= 0)
        {
            (Found, _held) = (true, "");
            return text[..first];
        }

        int held = HeldBack(text);
        _held = text[^held..];
        return text[..^held];
    }

    /// <summary>What was held back, at the end of the text.</summary>
    public string Flush()
    {
        string rest = _held;
        _held = "";
        return rest;
    }

    // Length of the longest end of the text with which a sequence begins.
    private int HeldBack(string text)
    {
        for (int length = Math.Min(text.Length, _sequences.Max(sequence => sequence.Length) - 1); length > 0; length--)
            if (_sequences.Any(sequence => sequence.Length > length && sequence.AsSpan(0, length).SequenceEqual(text.AsSpan(text.Length - length)))) return length;
        return 0;
    }
}
