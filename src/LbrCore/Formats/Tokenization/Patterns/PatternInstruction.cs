using System.Runtime.CompilerServices;

namespace LbrCore.Formats.Tokenization.Patterns;

/// <summary>What an instruction of a compiled pattern does.</summary>
internal enum PatternOperation : byte
{
    /// <summary>Consume one code point of the set.</summary>
    Set,

    /// <summary>Consume First to Second code points of the set, as many as possible, giving back on failure.</summary>
    LoopGreedy,

    /// <summary>Consume First to Second code points of the set, as few as possible.</summary>
    LoopLazy,

    /// <summary>Consume First to Second code points of the set, as many as possible, for good.</summary>
    LoopPossessive,

    /// <summary>Try the next instruction; on failure go to First. Skips at once where the branch cannot start here.</summary>
    Branch,

    /// <summary>Go to First.</summary>
    Jump,

    /// <summary>Run the program up to its Accept; go on at First if it matched. Consumes nothing.</summary>
    LookAhead,

    /// <summary>Run the program up to its Accept; go on at First if it did not match.</summary>
    NegativeLookAhead,

    /// <summary>Run the program up to its Accept; go on at First behind what it consumed, its choices forgotten.</summary>
    Atomic,

    /// <summary>Check the anchor whose number is First.</summary>
    Assert,

    /// <summary>The (sub)program has matched.</summary>
    Accept,
}

/// <summary>One instruction of a compiled pattern.</summary>
internal readonly record struct PatternInstruction(PatternOperation Operation, int First = 0, int Second = 0, CodePointSet? Set = null, LeadBytes Lead = default);

/// <summary>The bytes that a match of a (sub)pattern can start with; an over-approximation that lets the matcher skip hopeless branches.</summary>
internal readonly record struct LeadBytes(ulong Low, ulong High, bool NonAscii, bool Empty)
{
    /// <summary>Nothing is known: anything may start here, even nothing.</summary>
    public static LeadBytes Anything { get; } = new(ulong.MaxValue, ulong.MaxValue, true, true);

    /// <summary>Whether a match may start at the position.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Admits(ReadOnlySpan<byte> text, int position)
    {
        if (Empty)
            return true;
        if ((uint)position >= (uint)text.Length)
            return false;
        byte lead = text[position];
        return lead < 0x40 ? (Low >> lead & 1) != 0 : lead < 0x80 ? (High >> lead & 1) != 0 : NonAscii;
    }

    /// <summary>What can start with either.</summary>
    public LeadBytes Or(LeadBytes other) => new(Low | other.Low, High | other.High, NonAscii | other.NonAscii, Empty | other.Empty);

    /// <summary>What can start a match of this followed by one of <paramref name="next"/>.</summary>
    public LeadBytes Then(LeadBytes next) => Empty ? new(Low | next.Low, High | next.High, NonAscii | next.NonAscii, next.Empty) : this;

    /// <summary>What one code point of the set can start with.</summary>
    public static LeadBytes Of(CodePointSet set)
    {
        ulong low = 0, high = 0;
        for (int i = 0; i < 64; i++)
        {
            low |= set.Contains(i) ? 1UL << i : 0;
            high |= set.Contains(64 + i) ? 1UL << i : 0;
        }

        bool nonAscii = set.Class is not UnicodeClass.Range { Last: < 0x80 };
        return new LeadBytes(low, high, nonAscii, Empty: false);
    }
}
