using LbrCore.Compute.Cpu;

namespace LbrCore.Compute;

/// <summary>Loads 8 x 8 matrices of 16-bit elements from shared memory into the layout that <see cref="Mma"/> wants. Usable inside a kernel only, by full warps without divergence.</summary>
/// <remarks>
/// PTX ISA, Warp-level matrix load instruction: <c>ldmatrix</c>. A row is 16 bytes, its address a multiple of 16. Lane 8·j + r names the row r of matrix j by the index of its first element; the
/// indices of lanes that name no row are not used. Register j of a lane then holds two neighbouring elements of row lane/4 of matrix j (of column lane/4 when transposed), see
/// <see cref="MmaLayout.LoadMatrixElement"/>.
/// </remarks>
public static unsafe class LoadMatrix
{
    private const int RowBytes = 16;

    /// <summary>Loads four matrices; all lanes name rows.</summary>
    /// <remarks><c>ldmatrix.sync.aligned.m8n8.x4.shared.b16</c>.</remarks>
    /// <typeparam name="T">A type of 2 bytes, or any whose size divides 16 when rows are seen as bytes.</typeparam>
    /// <param name="shared">The array in shared memory.</param>
    /// <param name="index">Index of the first element of this lane's row.</param>
    /// <returns>One register a matrix.</returns>
    public static UInt4 X4<T>(ArrayView<T> shared, int index)
        where T : unmanaged
    {
        ScalarMeeting rows = Meet("LoadMatrix.X4", shared, index, 4);
        return new UInt4(Row(rows, 0), Row(rows, 1), Row(rows, 2), Row(rows, 3));
    }

    /// <summary>Loads two matrices; lanes 0..15 name rows.</summary>
    /// <remarks><c>ldmatrix.sync.aligned.m8n8.x2.shared.b16</c>.</remarks>
    /// <inheritdoc cref="X4{T}"/>
    public static UInt2 X2<T>(ArrayView<T> shared, int index)
        where T : unmanaged
    {
        ScalarMeeting rows = Meet("LoadMatrix.X2", shared, index, 2);
        return new UInt2(Row(rows, 0), Row(rows, 1));
    }

    /// <summary>Loads one matrix; lanes 0..7 name rows.</summary>
    /// <remarks><c>ldmatrix.sync.aligned.m8n8.x1.shared.b16</c>.</remarks>
    /// <inheritdoc cref="X4{T}"/>
    public static uint X1<T>(ArrayView<T> shared, int index)
        where T : unmanaged => Row(Meet("LoadMatrix.X1", shared, index, 1), 0);

    /// <summary>Loads four matrices, each transposed; all lanes name rows.</summary>
    /// <remarks><c>ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16</c>.</remarks>
    /// <inheritdoc cref="X4{T}"/>
    public static UInt4 X4Transposed<T>(ArrayView<T> shared, int index)
        where T : unmanaged
    {
        ScalarMeeting rows = Meet("LoadMatrix.X4Transposed", shared, index, 4);
        return new UInt4(Column(rows, 0), Column(rows, 1), Column(rows, 2), Column(rows, 3));
    }

    /// <summary>Loads two matrices, each transposed; lanes 0..15 name rows.</summary>
    /// <remarks><c>ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16</c>.</remarks>
    /// <inheritdoc cref="X4{T}"/>
    public static UInt2 X2Transposed<T>(ArrayView<T> shared, int index)
        where T : unmanaged
    {
        ScalarMeeting rows = Meet("LoadMatrix.X2Transposed", shared, index, 2);
        return new UInt2(Column(rows, 0), Column(rows, 1));
    }

    // The rows are read when all lanes have arrived and before one of them goes on, hence two meetings.
    private static ScalarMeeting Meet<T>(string operation, ArrayView<T> shared, int index, int matrices)
        where T : unmanaged
    {
        ScalarLane lane = ScalarLane.Require(operation);
        uint* address = null;
        if (lane.LaneIdx < 8 * matrices)
        {
            int count = RowBytes / sizeof(T);
            if (count * sizeof(T) != RowBytes)
            {
                throw new NotSupportedException($"{operation} loads rows of {RowBytes} bytes, no whole number of {typeof(T).Name}; cast the view to a type of 2 bytes.");
            }

            address = (uint*)shared.Address(index, count, RowBytes);
        }

        ScalarMeeting arrived = lane.MeetWarp(operation, default(byte));
        if (arrived.PresentCount != Warp.WarpSize)
        {
            throw lane.Fault($"{operation} needs all {Warp.WarpSize} lanes of the warp, but only {arrived.PresentCount} are there; choose a group size that is a multiple of {Warp.WarpSize} and let no lane return early.");
        }

        return lane.MeetWarp(operation, address == null ? default : new UInt4(address[0], address[1], address[2], address[3]));
    }

    private static uint Row(ScalarMeeting rows, int matrix)
    {
        (int row, int column) = MmaLayout.LoadMatrixElement(rows.Position, 0);
        return Word(rows, matrix, row, column);
    }

    private static uint Column(ScalarMeeting rows, int matrix)
    {
        uint low = Element(rows, matrix, MmaLayout.LoadMatrixTransposedElement(rows.Position, 0));
        uint high = Element(rows, matrix, MmaLayout.LoadMatrixTransposedElement(rows.Position, 1));
        return low | (high << 16);
    }

    private static uint Element(ScalarMeeting rows, int matrix, (int Row, int Column) at) =>
        (Word(rows, matrix, at.Row, at.Column) >> (16 * (at.Column & 1))) & 0xFFFFu;

    // The 32 bits of a row that hold an element: two neighbours from an even column on.
    private static uint Word(ScalarMeeting rows, int matrix, int row, int column)
    {
        UInt4 words = rows.Read<UInt4>(MmaLayout.LoadMatrixAddressLane(matrix, row));
        return (column >> 1) switch { 0 => words.X, 1 => words.Y, 2 => words.Z, _ => words.W };
    }
}
