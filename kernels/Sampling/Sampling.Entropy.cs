namespace LbrCore.Kernels;

// Sampling.Entropy
// purpose   How unsure the model is after a row: entropy of its whole next-token distribution at the sampling temperature.
// math      H = log S - (1 / S) sum_i w_i u_i,   u_i = (z_i - max) / T,   w_i = exp(u_i),   S = sum_i w_i
// mapping   one group of 1024 threads a row; thread t takes the logits t, t + 1024, ...
// traffic   4 bytes a logit, out of L2 right after Summarize
// numerics  float32; sums in an order that the group size alone sets. -infinity and NaN have weight 0.
public static partial class Sampling
{
    /// <summary>entropies[s, first + i] = entropy after row s * rowsPerSequence + i, in nats.</summary>
    /// <param name="logits">[rowCount, vocabulary].</param>
    /// <param name="rows">[rowCount]; a row of no sequence leaves its result as it is.</param>
    /// <param name="parameters">[sequences].</param>
    /// <param name="chunks">[rowCount, chunksPerRow] of <see cref="Summarize"/> without thresholds.</param>
    /// <param name="entropies">[rowCount / rowsPerSequence, stride]. Written at first and following of each sequence.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="vocabulary">Logits of a row.</param>
    /// <param name="chunksPerRow">Chunks of a row.</param>
    /// <param name="rowsPerSequence">Rows of a sequence.</param>
    /// <param name="first">Place of a sequence's first row.</param>
    /// <param name="stride">Places of a sequence.</param>
    [Kernel(GroupSize = SearchThreads, Contract = nameof(CheckEntropy))]
    public static void Entropy(
        ArrayView<float> logits, ArrayView<TokenRow> rows, ArrayView<SamplingParameters> parameters, ArrayView<LogitChunk> chunks, ArrayView<float> entropies,
        int rowCount, int vocabulary, int chunksPerRow, int rowsPerSequence, int first, int stride)
    {
        Grid.TriggerLaunchCompletion();
        int row = Grid.IdxX;
        if (row >= rowCount) return;
        Grid.DependencySynchronize();
        int sequence = rows[row].Sequence;
        if (sequence < 0) return;
        ArrayView<float> logitsOfRow = logits.SubView((long)row * vocabulary, vocabulary);
        float inverse = InverseTemperature(parameters[sequence]), max = LargestLogit(chunks.SubView((long)row * chunksPerRow, chunksPerRow), chunksPerRow);
        float sum = 0f, weighted = 0f;
        for (int i = Group.IdxX; i < vocabulary; i += SearchThreads)
        {
            float logit = Known(logitsOfRow[i]);
            if (logit == float.NegativeInfinity) continue;
            float below = logit == max ? 0f : (logit - max) * inverse, weight = XMath.Exp(below);
            sum += weight;
            weighted += weight * below;
        }

        sum = GroupReduce.Add(sum, SearchThreads);
        weighted = GroupReduce.Add(weighted, SearchThreads);
        if (Group.IdxX == 0) entropies[(row / rowsPerSequence * stride) + first + (row % rowsPerSequence)] = sum > 0f ? XMath.Log(sum) - (weighted / sum) : 0f;
    }

    private static void CheckEntropy(
        LaunchContract contract, ArrayView<float> logits, ArrayView<TokenRow> rows, ArrayView<SamplingParameters> parameters, ArrayView<LogitChunk> chunks, ArrayView<float> entropies,
        int rowCount, int vocabulary, int chunksPerRow, int rowsPerSequence, int first, int stride)
    {
        CheckRows(contract, logits, rows, chunks, rowCount, vocabulary, chunksPerRow);
        contract.Positive(rowsPerSequence);
        contract.MultipleOf(rowCount, rowsPerSequence);
        contract.InRange((long)first + rowsPerSequence, rowsPerSequence, stride);
        contract.Length(entropies, (long)(rowCount / rowsPerSequence) * stride);
        contract.GridAtLeast(rowCount);
    }
}
