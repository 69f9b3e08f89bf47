namespace LbrCore.Kernels;

/// <summary>What the launcher of an attention knows about the rows that stand in device memory.</summary>
public enum AttentionRows
{
    /// <summary>Nothing.</summary>
    Any,

    /// <summary>
    /// Every sequence has the same number of rows, one after the other: they share the prefix and stand in consecutive slots; rows beyond the last slot of the cache are padding, and a
    /// sequence whose first row is padding has no others. <see cref="SequenceRows.Describe"/> writes such rows.
    /// </summary>
    Trees,

    /// <summary>Every row is a token of a text (Prefix = Slot) or padding, and mostly neighbours follow each other in one text: prompts.</summary>
    Texts,
}
