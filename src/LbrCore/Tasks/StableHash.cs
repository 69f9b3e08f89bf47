namespace LbrCore.Tasks;

/// <summary>A 64-bit hash that is the same in every process and version, unlike <see cref="HashCode"/>. Not for secrets.</summary>
/// <remarks>Each word goes through the finaliser of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014).</remarks>
internal struct StableHash
{
    private ulong _state;

    /// <summary>The hash of what was added, in its order.</summary>
    public readonly ulong Value => Mix(_state);

    /// <summary>Adds a word.</summary>
    public void Add(ulong value) => _state = Mix(_state + 0x9E3779B97F4A7C15) ^ Mix(value + 0xD1B54A32D192ED03);

    /// <summary>Adds a text.</summary>
    public void Add(string text)
    {
        Add((ulong)text.Length);
        foreach (char c in text) Add(c);
    }

    /// <summary>The hash of a list of tokens.</summary>
    public static ulong Of(ReadOnlySpan<int> tokens)
    {
        var hash = default(StableHash);
        hash.Add((ulong)tokens.Length);
        foreach (int token in tokens) hash.Add((ulong)token);
        return hash.Value;
    }

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
