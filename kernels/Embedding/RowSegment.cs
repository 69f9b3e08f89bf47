namespace LbrCore.Kernels;

/// <summary>A sum of rows: those that an index list names from <see cref="Start"/> on.</summary>
public struct RowSegment
{
    /// <summary>Row of the result.</summary>
    public int Target;

    /// <summary>First place in the index list.</summary>
    public int Start;

    /// <summary>Places in the index list.</summary>
    public int Count;
}
