namespace LbrCore.Kernels;

// SwiGlu
// purpose   The gate of the feed-forward layer.
// math      y[i,j] = silu(x[i,j]) * x[i, columns + j],   silu(g) = g / (1 + exp(-g))
// shapes    x [rows, 2 * columns]: gate, then up, as one matrix product leaves them; y [rows, columns]
// mapping   a thread owns one 16-byte piece of y (or one element where pieces do not fit); pieces are counted through all rows
// traffic   3 * rows * columns elements, one exponential each: bound by memory
// numerics  float32 inside, ex2.approx and div.approx: 2 ulp each, then one rounding. Where exp(-g) overflows the quotient is 0, as it should be.
// source    Shazeer, GLU Variants Improve Transformer (2020), eq. 6
/// <summary>The gated activation of Llama and Qwen.</summary>
public static partial class SwiGlu
{
    private const int Threads = 256;

    /// <summary>y = silu(gate) * up, row by row.</summary>
    /// <param name="x">[rows, 2 * columns]: gate | up.</param>
    /// <param name="y">[rows, columns]. Written.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns of y.</param>
    /// <param name="packed">Whether gate, up and y of every row start at multiples of 16 bytes.</param>
    [Kernel(GroupSize = Threads, Contract = nameof(CheckForward))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    [Variant(typeof(Half))]
    public static void Forward<T>(ArrayView<T> x, ArrayView<T> y, int rows, int columns, bool packed) where T : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        Grid.DependencySynchronize();
        int perPiece = packed ? Packed<T>.Count : 1, pieces = columns / perPiece;
        long piece = ((long)Grid.IdxX * Threads) + Group.IdxX;
        if (piece >= (long)rows * pieces) return;
        long row = piece / pieces;
        int column = (int)(piece - (row * pieces)) * perPiece;
        long gateAt = (row * 2 * columns) + column, at = (row * columns) + column;
        if (!packed)
        {
            y[at] = Element.FromFloat<T>(Gate(Element.ToFloat(x[gateAt]), Element.ToFloat(x[gateAt + columns])));
            return;
        }

        Packed<T> gate = x.LoadPacked(gateAt), up = x.LoadPacked(gateAt + columns), gated = default;
        for (int i = 0; i < Packed<T>.Count; i++) gated.SetFloat(i, Gate(gate.GetFloat(i), up.GetFloat(i)));
        y.StorePacked(at, gated);
    }

    // silu(gate) * up.
    internal static float Gate(float gate, float up) => XMath.FastDivide(gate, 1f + XMath.FastExp(-gate)) * up;

    /// <summary>Queues <see cref="Forward"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="x">[rows, 2 * columns]: gate | up.</param>
    /// <param name="y">[rows, columns]. Written; shares no element with <paramref name="x"/>.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns of y.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void LaunchForward<T>(ComputeStream stream, ArrayView<T> x, ArrayView<T> y, int rows, int columns, bool dependent = false) where T : unmanaged
    {
        bool packed = PackedSplit.RowsAligned(x, columns) && PackedSplit.RowsAligned(y, columns);
        long pieces = (long)rows * columns / (packed ? Packed<T>.Count : 1);
        LaunchForward(stream, LaunchConfig.Cover(pieces, Threads) with { DependentLaunch = dependent }, x, y, rows, columns, packed);
    }

    private static void CheckForward<T>(LaunchContract contract, ArrayView<T> x, ArrayView<T> y, int rows, int columns, bool packed) where T : unmanaged
    {
        contract.NonNegative(rows);
        contract.Positive(columns);
        contract.Length(x, 2L * rows * columns);
        contract.Length(y, (long)rows * columns);
        contract.Disjoint(y, x);
        int perPiece = packed ? Packed<T>.Count : 1;
        contract.MultipleOf(columns, perPiece);
        contract.GridAtLeast(LaunchConfig.Cover((long)rows * columns / perPiece, Threads).Grid);
        if (!packed) return;
        contract.Aligned(x, 16);
        contract.Aligned(y, 16);
    }
}
