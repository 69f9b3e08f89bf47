namespace LbrCore.Kernels;

/// <summary>What the launcher of an attention knows about the rows that stand in device memory.</summary>
public enum AttentionRows
{
    /// <summary>Nothing.</summary>
    Any,

    /// <summary>
    /// Every sequence has the same number of rows, one after the other: they share the prefix and stand in consecutive slots; any of them may be padding.
    /// <see cref="SequenceRows.Describe"/> and <see cref="TokenTree.Place"/> write such rows.
    /// </summary>
    Trees,

    /// <summary>Every row is a token of a text (Prefix = Slot) or padding, and mostly neighbours follow each other in one text: prompts.</summary>
    Texts,
}
