namespace LbrCore.Kernels;

/// <summary>
/// What a row of a forward pass stands for: a token of a sequence, where its key and value go, and what it attends to. Kernels read nothing else about sequences and trees, so
/// prompts, single tokens and trees are rows of the same kind and can be mixed in one pass.
/// </summary>
/// <remarks>
/// A row attends to the slots 0..<see cref="Prefix"/>-1 of its sequence, to its own slot, and to the slots of its ancestors from <see cref="Prefix"/> on, which a table of parents by
/// slot gives. A token of a prompt has <c>Prefix = Slot = Position</c>; so has a single token that is decoded, a tree of one node.
/// </remarks>
public struct TokenRow
{
    /// <summary>Sequence in the cache; negative for a row that fills up a batch: it writes nothing to the cache and its results have no meaning.</summary>
    public int Sequence;

    /// <summary>Position in the text, which sets the rotation: number of tokens before it on its own path.</summary>
    public int Position;

    /// <summary>Leading slots of the sequence that it attends to without condition.</summary>
    public int Prefix;

    /// <summary>Slot of its own key and value, at least <see cref="Prefix"/>.</summary>
    public int Slot;

    /// <summary>A row that stands for nothing.</summary>
    public static TokenRow Padding => new() { Sequence = -1 };

    /// <summary>A token of a plain text: it attends to all before it and to itself.</summary>
    /// <param name="sequence">Sequence in the cache.</param>
    /// <param name="position">Tokens before it.</param>
    public static TokenRow InText(int sequence, int position) => new() { Sequence = sequence, Position = position, Prefix = position, Slot = position };
}
