using System.Globalization;

namespace LbrCore.Compute.Generator.Lanes;

/// <summary>Gives every variable a name of its own that clashes neither with C# nor with what a lanes class inherits.</summary>
internal sealed class NameTable
{
    static readonly HashSet<string> s_reserved =
    [
        // Members of LanesWarp and the types that printed code mentions.
        "Args", "GridIdxX", "GridIdxY", "GridIdxZ", "GridDimX", "GridDimY", "GridDimZ", "GroupDimX", "GroupDimY", "GroupDimZ", "WarpIdx", "IdxX", "IdxY", "IdxZ", "LaneIdx", "Active", "Shared",
        "DynamicShared", "DynamicSharedBytes", "NextState", "BarrierPopCount", "BarrierAnd", "BarrierOr", "Resume", "VoteAtBarrier", "AllocateLocal", "Fault", "Size", "Finished", "Votes", "Voters",
        "Attach", "Begin", "Advance", "Pass", "Lanes", "Vector512", "Mask", "I32", "U32", "F32", "I64", "U64", "F64", "Equals", "GetHashCode", "GetType", "ToString", "MemberwiseClone", "ReferenceEquals",
        "state",
    ];

    readonly HashSet<string> _taken = [.. s_reserved];
    readonly Dictionary<string, int> _next = [];

    /// <summary>A name like the wanted one.</summary>
    public string Unique(string wanted)
    {
        string name = Identifier(wanted);
        if (_taken.Add(name)) return Escape(name);
        // A number after a digit would read as one number.
        string stem = char.IsDigit(name[name.Length - 1]) ? name + "_" : name;
        if (!_next.TryGetValue(stem, out int n)) n = 2;
        while (!_taken.Add(stem + n.ToString(CultureInfo.InvariantCulture))) n++;
        _next[stem] = n + 1;
        return Escape(stem + n.ToString(CultureInfo.InvariantCulture));
    }

    static string Identifier(string wanted)
    {
        char[] text = wanted.ToCharArray();
        for (int i = 0; i < text.Length; i++)
            if (text[i] != '_' && !char.IsLetterOrDigit(text[i])) text[i] = '_';
        return text.Length == 0 ? "value" : char.IsDigit(text[0]) ? "_" + new string(text) : new string(text);
    }

    static string Escape(string name) =>
        Microsoft.CodeAnalysis.CSharp.SyntaxFacts.GetKeywordKind(name) != Microsoft.CodeAnalysis.CSharp.SyntaxKind.None ? "@" + name : name;
}
