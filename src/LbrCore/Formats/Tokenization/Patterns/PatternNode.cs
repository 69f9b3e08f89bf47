namespace LbrCore.Formats.Tokenization.Patterns;

/// <summary>How a repetition chooses its count.</summary>
internal enum Greed
{
    /// <summary>As many as possible, giving back on failure.</summary>
    Greedy,

    /// <summary>As few as possible, taking more on failure.</summary>
    Lazy,

    /// <summary>As many as possible, giving nothing back.</summary>
    Possessive,
}

/// <summary>A condition on a position.</summary>
internal enum Anchor
{
    /// <summary><c>^</c>: start of the text or after a newline.</summary>
    LineStart,

    /// <summary><c>$</c>: end of the text or before a newline.</summary>
    LineEnd,

    /// <summary><c>\A</c>: start of the text.</summary>
    TextStart,

    /// <summary><c>\z</c>: end of the text.</summary>
    TextEnd,

    /// <summary><c>\Z</c>: end of the text or before a newline that ends it.</summary>
    TextEndOrLastNewline,
}

/// <summary>The syntax tree of a split pattern.</summary>
internal abstract record PatternNode
{
    /// <summary>One code point of a class.</summary>
    public sealed record Set(UnicodeClass Class) : PatternNode;

    /// <summary>The items one after another; the empty sequence matches nothing, successfully.</summary>
    public sealed record Sequence(IReadOnlyList<PatternNode> Items) : PatternNode;

    /// <summary>The first of the branches that leads to a match.</summary>
    public sealed record Alternation(IReadOnlyList<PatternNode> Branches) : PatternNode;

    /// <summary>From <paramref name="Minimum"/> to <paramref name="Maximum"/> (null: no bound) times the item.</summary>
    public sealed record Repeat(PatternNode Item, int Minimum, int? Maximum, Greed Greed) : PatternNode;

    /// <summary>The item matches here (or, negated, does not); consumes nothing.</summary>
    public sealed record LookAhead(PatternNode Item, bool Negated) : PatternNode;

    /// <summary>The item, whose inner choices are final once it has matched.</summary>
    public sealed record Atomic(PatternNode Item) : PatternNode;

    /// <summary>A condition on the position.</summary>
    public sealed record Assertion(Anchor Anchor) : PatternNode;
}
