namespace LbrCore.Formats.Tokenization.PreTokenization;

/// <summary>What becomes of the matches of a split pattern; the names are those of tokenizer.json.</summary>
internal enum SplitBehavior
{
    /// <summary>Each match is a piece of its own.</summary>
    Isolated,

    /// <summary>Matches are dropped.</summary>
    Removed,

    /// <summary>A match joins the piece before it.</summary>
    MergedWithPrevious,

    /// <summary>A match joins the piece behind it.</summary>
    MergedWithNext,

    /// <summary>Matches that touch become one piece.</summary>
    Contiguous,
}
