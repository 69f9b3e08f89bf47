namespace LbrCore.Kernels;

// SwiGlu.Backward
// purpose   The gradient of gate and up.
// math      s = 1 / (1 + exp(-g)):   gradUp = gradY g s,   gradGate = gradY up s (1 + g (1 - s))
// shapes    x, gradX [rows, 2 * columns]: gate | up; gradY [rows, columns]
// mapping   as the forward kernel: a thread owns one 16-byte piece of gradY, or one element
// traffic   5 * rows * columns elements: bound by memory
// numerics  float32 inside, one rounding each. s and 1 - s are each computed without cancellation: 1 - s = 1 / (1 + exp(g)).
public static partial class SwiGlu
{
    /// <summary>The gradient of <see cref="Forward"/>.</summary>
    /// <param name="x">[rows, 2 * columns]: gate | up of the forward pass.</param>
    /// <param name="gradY">[rows, columns].</param>
    /// <param name="gradX">[rows, 2 * columns]. Written.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns of gradY.</param>
    /// <param name="packed">Whether all parts of every row start at multiples of 16 bytes.</param>
    [Kernel(GroupSize = Threads, Use = KernelUse.Training, Contract = nameof(CheckBackward))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    public static void Backward<T>(ArrayView<T> x, ArrayView<T> gradY, ArrayView<T> gradX, int rows, int columns, bool packed) where T : unmanaged
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
            float gate = Element.ToFloat(x[gateAt]), gradient = Element.ToFloat(gradY[at]);
            gradX[gateAt] = Element.FromFloat<T>(GradGate(gate, Element.ToFloat(x[gateAt + columns])) * gradient);
            gradX[gateAt + columns] = Element.FromFloat<T>(Gate(gate, 1f) * gradient);
            return;
        }

        Packed<T> gates = x.LoadPacked(gateAt), ups = x.LoadPacked(gateAt + columns), gradients = gradY.LoadPacked(at), gradGates = default, gradUps = default;
        for (int i = 0; i < Packed<T>.Count; i++)
        {
            gradGates.SetFloat(i, GradGate(gates.GetFloat(i), ups.GetFloat(i)) * gradients.GetFloat(i));
            gradUps.SetFloat(i, Gate(gates.GetFloat(i), 1f) * gradients.GetFloat(i));
        }

        gradX.StorePacked(gateAt, gradGates);
        gradX.StorePacked(gateAt + columns, gradUps);
    }

    // Where an exponential overflows, its reciprocal is 0, and gate times that 0 must not become NaN: both factors stay finite.
    private static float GradGate(float gate, float up)
    {
        float on = XMath.FastRcp(1f + XMath.FastExp(-gate)), off = XMath.FastRcp(1f + XMath.FastExp(gate));
        return up * on * (1f + (gate * off));
    }

    /// <summary>Queues <see cref="Backward"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="x">[rows, 2 * columns]: gate | up of the forward pass.</param>
    /// <param name="gradY">[rows, columns].</param>
    /// <param name="gradX">[rows, 2 * columns]. Written; may be <paramref name="x"/>.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns of gradY.</param>
    public static void LaunchBackward<T>(ComputeStream stream, ArrayView<T> x, ArrayView<T> gradY, ArrayView<T> gradX, int rows, int columns) where T : unmanaged
    {
        bool packed = PackedSplit.RowsAligned(x, columns) && PackedSplit.RowsAligned(gradY, columns) && PackedSplit.RowsAligned(gradX, columns);
        long pieces = (long)rows * columns / (packed ? Packed<T>.Count : 1);
        LaunchBackward(stream, LaunchConfig.Cover(pieces, Threads), x, gradY, gradX, rows, columns, packed);
    }

    private static void CheckBackward<T>(LaunchContract contract, ArrayView<T> x, ArrayView<T> gradY, ArrayView<T> gradX, int rows, int columns, bool packed) where T : unmanaged
    {
        contract.NonNegative(rows);
        contract.Positive(columns);
        contract.Length(x, 2L * rows * columns);
        contract.Length(gradY, (long)rows * columns);
        contract.Length(gradX, 2L * rows * columns);
        contract.Disjoint(gradX, gradY);
        int perPiece = packed ? Packed<T>.Count : 1;
        contract.MultipleOf(columns, perPiece);
        contract.GridAtLeast(LaunchConfig.Cover((long)rows * columns / perPiece, Threads).Grid);
        if (!packed) return;
        contract.Aligned(x, 16);
        contract.Aligned(gradY, 16);
        contract.Aligned(gradX, 16);
    }
}
