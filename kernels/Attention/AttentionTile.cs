namespace LbrCore.Kernels;

/// <summary>Neighbouring rows of one packed sequence that one group of <see cref="PackedAttention"/> handles.</summary>
public struct AttentionTile
{
    /// <summary>First row of the tile.</summary>
    public int FirstRow;

    /// <summary>Rows of the tile.</summary>
    public int RowCount;

    /// <summary>First row of the sequence: what the tile's rows may see begins here.</summary>
    public int SequenceStart;

    /// <summary>Last row that sees a row of the tile.</summary>
    public int LastSeer;
}
