namespace LbrCore.Kernels;

// Sampling.Summarize
// purpose   Largest logit (lowest id of equals) and mass of each chunk: one read of the logits, after which a draw needs only one chunk more.
// mapping   one group a row and chunk; thread t holds the logits t, t + 256, ... of the chunk in registers, between finding the largest and summing
// traffic   4 bytes a logit; one exponential each: bound by memory
public static partial class Sampling
{
    /// <summary>chunks[r, c] = largest logit and mass of logits c * 4096 and following of row r.</summary>
    /// <param name="logits">[rowCount, vocabulary].</param>
    /// <param name="rows">[rowCount]; a row of no sequence is skipped.</param>
    /// <param name="parameters">[sequences].</param>
    /// <param name="thresholds">[rowCount]: least kept logits; empty to keep all.</param>
    /// <param name="chunks">[rowCount, chunksPerRow]. Written.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="vocabulary">Logits of a row.</param>
    /// <param name="chunksPerRow">Chunks of a row.</param>
    [Kernel(GroupSize = Threads, Contract = nameof(CheckSummarize))]
    public static void Summarize(
        ArrayView<float> logits, ArrayView<TokenRow> rows, ArrayView<SamplingParameters> parameters, ArrayView<float> thresholds, ArrayView<LogitChunk> chunks,
        int rowCount, int vocabulary, int chunksPerRow)
    {
        Grid.TriggerLaunchCompletion();
        int row = Grid.IdxX / chunksPerRow, first = Grid.IdxX % chunksPerRow * ChunkSize;
        if (row >= rowCount) return;
        Grid.DependencySynchronize();
        int sequence = rows[row].Sequence;
        if (sequence < 0) return;
        float inverse = InverseTemperature(parameters[sequence]), threshold = thresholds.IsValid ? thresholds[row] : float.NegativeInfinity;
        ArrayView<float> logitsOfRow = logits.SubView((long)row * vocabulary, vocabulary), kept = LocalMemory.Allocate<float>(PerThread);
        ulong best = Candidate(float.NegativeInfinity, first);
        for (int i = 0; i < PerThread; i++)
        {
            int index = first + (i * Threads) + Group.IdxX;
            kept[i] = float.NegativeInfinity;
            if (index < vocabulary)
            {
                float logit = Known(logitsOfRow[index]);
                if (logit >= threshold)
                {
                    kept[i] = logit;
                    best = XMath.Max(best, Candidate(logit, index));
                }
            }
        }

        best = GroupCollective.Max(best);
        float max = LogitOf(best);
        ulong mass = 0;
        for (int i = 0; i < PerThread; i++) mass += Mass(kept[i], max, inverse);
        mass = GroupCollective.Add(mass);
        if (Group.IdxX == 0) chunks[Grid.IdxX] = new LogitChunk { Mass = mass, Max = max, Index = IndexOf(best) };
    }

    private static void CheckSummarize(
        LaunchContract contract, ArrayView<float> logits, ArrayView<TokenRow> rows, ArrayView<SamplingParameters> parameters, ArrayView<float> thresholds, ArrayView<LogitChunk> chunks,
        int rowCount, int vocabulary, int chunksPerRow)
    {
        CheckRows(contract, logits, rows, chunks, rowCount, vocabulary, chunksPerRow);
        if (thresholds.IsValid) contract.Length(thresholds, rowCount);
        contract.GridAtLeast(checked(rowCount * chunksPerRow));
    }
}
