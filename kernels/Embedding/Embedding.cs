namespace LbrCore.Kernels;

// Embedding
// purpose   Picks rows of a matrix: the embedding of each token, or those rows of a batch that go on to the output matrix.
// math      y[i, :] = table[indices[i], :], or 0 where there is no such row
// shapes    indices [rows], table [tableRows, columns], y [rows, columns]; row-major
// mapping   one group a row, thread t takes the 16-byte pieces t, t + threads, ... of it; rows that do not start at multiples of 16 bytes go element by element
// traffic   2 * rows * columns elements: bound by memory, at few rows by the latency of index, then row
// numerics  a copy
/// <summary>Rows of a matrix by their indices.</summary>
public static partial class Embedding
{
    private const int Threads = 256;

    /// <summary>y[i, :] = table[indices[i], :].</summary>
    /// <param name="indices">[rows]. An index outside the table gives a row of zeros: padding, whose results nobody reads, must still be numbers.</param>
    /// <param name="table">[tableRows, columns].</param>
    /// <param name="y">[rows, columns]. Written.</param>
    /// <param name="rows">Rows, one a group.</param>
    /// <param name="tableRows">Rows of the table.</param>
    /// <param name="columns">Columns of both.</param>
    /// <param name="packed">Whether all rows start at multiples of 16 bytes.</param>
    [Kernel(GroupSize = Threads, Contract = nameof(CheckForward))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    [Variant(typeof(Half))]
    public static void Forward<T>(ArrayView<int> indices, ArrayView<T> table, ArrayView<T> y, int rows, int tableRows, int columns, bool packed) where T : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        if (Grid.IdxX >= rows) return;
        Grid.DependencySynchronize();
        int index = indices[Grid.IdxX];
        bool known = (uint)index < (uint)tableRows;
        ArrayView<T> source = table.SubView(known ? (long)index * columns : 0, columns);
        ArrayView<T> target = y.SubView((long)Grid.IdxX * columns, columns);
        if (packed)
        {
            for (int at = Group.IdxX * Packed<T>.Count; at < columns; at += Threads * Packed<T>.Count)
            {
                Packed<T> piece = default;
                if (known) piece = source.LoadPacked(at);
                target.StorePacked(at, piece);
            }
        }
        else
        {
            for (int at = Group.IdxX; at < columns; at += Threads) target[at] = known ? source[at] : Element.FromFloat<T>(0f);
        }
    }

    /// <summary>Queues <see cref="Forward"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="indices">[rows].</param>
    /// <param name="table">[tableRows, columns].</param>
    /// <param name="y">[rows, columns]. Written; shares no element with <paramref name="table"/>.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="tableRows">Rows of the table.</param>
    /// <param name="columns">Columns of both.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void LaunchForward<T>(ComputeStream stream, ArrayView<int> indices, ArrayView<T> table, ArrayView<T> y, int rows, int tableRows, int columns, bool dependent = false)
        where T : unmanaged
    {
        bool packed = PackedSplit.RowsAligned(table, columns) && PackedSplit.RowsAligned(y, columns);
        LaunchForward(stream, new LaunchConfig(rows) { DependentLaunch = dependent }, indices, table, y, rows, tableRows, columns, packed);
    }

    private static void CheckForward<T>(LaunchContract contract, ArrayView<int> indices, ArrayView<T> table, ArrayView<T> y, int rows, int tableRows, int columns, bool packed)
        where T : unmanaged
    {
        contract.NonNegative(rows);
        contract.Positive(tableRows);
        contract.Positive(columns);
        contract.Length(indices, rows);
        contract.Length(table, (long)tableRows * columns);
        contract.Length(y, (long)rows * columns);
        contract.Disjoint(y, table);
        contract.GridAtLeast(rows);
        if (!packed) return;
        contract.MultipleOf(columns, Packed<T>.Count);
        contract.Aligned(table, 16);
        contract.Aligned(y, 16);
    }
}
