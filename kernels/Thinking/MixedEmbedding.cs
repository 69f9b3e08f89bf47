namespace LbrCore.Kernels;

// MixedEmbedding
// purpose   The input of a thinking step: not one token's embedding but a mixture of several.
// math      y[i,:] = sum_j weights[i,j] table[tokens[i,j],:]
// shapes    tokens, weights [rows, slots], table [tableRows, columns], y [rows, columns]
// mapping   one group a row, thread t takes columns t, t + threads, ...
// numerics  float32 sums in order of slots, one rounding. A weight of 1 beside zeros copies the row, bit for bit.
// source    Zhang et al., Soft Thinking (2025); Multiplex Thinking (arXiv 2601.08808)
/// <summary>Weighted sums of rows of the embedding.</summary>
public static partial class MixedEmbedding
{
    private const int Threads = 256;

    /// <summary>y[i,:] = sum over slots of weights[i,j] * table[tokens[i,j],:].</summary>
    /// <param name="tokens">[rows, slots]; what is no row of the table adds nothing.</param>
    /// <param name="weights">[rows, slots]; a slot of weight 0 is not read.</param>
    /// <param name="table">[tableRows, columns].</param>
    /// <param name="y">[rows, columns]. Written.</param>
    /// <param name="rows">Rows, one a group.</param>
    /// <param name="slots">Tokens of a row.</param>
    /// <param name="tableRows">Rows of the table.</param>
    /// <param name="columns">Columns of both.</param>
    [Kernel(GroupSize = Threads, Use = KernelUse.Training, Contract = nameof(CheckForward))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    [Variant(typeof(Half))]
    public static void Forward<T>(ArrayView<int> tokens, ArrayView<float> weights, ArrayView<T> table, ArrayView<T> y, int rows, int slots, int tableRows, int columns) where T : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        int row = Grid.IdxX;
        if (row >= rows) return;
        Grid.DependencySynchronize();
        for (int column = Group.IdxX; column < columns; column += Threads)
        {
            float sum = 0f;
            for (int slot = 0; slot < slots; slot++)
            {
                int token = tokens[(row * slots) + slot];
                float weight = weights[(row * slots) + slot];
                if (weight != 0f && (uint)token < (uint)tableRows) sum = XMath.Fma(weight, Element.ToFloat(table[((long)token * columns) + column]), sum);
            }

            y[((long)row * columns) + column] = Element.FromFloat<T>(sum);
        }
    }

    /// <summary>Queues <see cref="Forward"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="tokens">[rows, slots].</param>
    /// <param name="weights">[rows, slots].</param>
    /// <param name="table">[tableRows, columns].</param>
    /// <param name="y">[rows, columns]. Written.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="slots">Tokens of a row.</param>
    /// <param name="tableRows">Rows of the table.</param>
    /// <param name="columns">Columns of both.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void Launch<T>(
        ComputeStream stream, ArrayView<int> tokens, ArrayView<float> weights, ArrayView<T> table, ArrayView<T> y, int rows, int slots, int tableRows, int columns, bool dependent = false)
        where T : unmanaged =>
        LaunchForward(stream, new LaunchConfig(rows) { DependentLaunch = dependent }, tokens, weights, table, y, rows, slots, tableRows, columns);

    private static void CheckForward<T>(
        LaunchContract contract, ArrayView<int> tokens, ArrayView<float> weights, ArrayView<T> table, ArrayView<T> y, int rows, int slots, int tableRows, int columns)
        where T : unmanaged
    {
        contract.NonNegative(rows);
        contract.Positive(slots);
        contract.Positive(tableRows);
        contract.Positive(columns);
        contract.Length(tokens, (long)rows * slots);
        contract.Length(weights, (long)rows * slots);
        contract.Length(table, (long)tableRows * columns);
        contract.Length(y, (long)rows * columns);
        contract.Disjoint(y, table);
        contract.GridAtLeast(rows);
    }
}
