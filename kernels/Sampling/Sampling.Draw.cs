namespace LbrCore.Kernels;

// Sampling.Draw
// purpose   One token for each row and draw: first its chunk, then its place in the chunk, each by inverting a cumulative sum of integers at 64 random bits of its own.
// mapping   One group a row and draw. Thread t has chunk t; after one scan over threads one of them knows that it holds the target. Then thread t has the 16
//           logits from 16 t of that chunk, and another scan finds the thread whose logits hold the second target; it walks them.
// traffic   16 bytes a chunk and the 16 KB of one chunk: bound by latency
// numerics  chunks weigh (mass of the chunk) * exp((its max - max) / T), to 2^-40; log-probabilities from the same sums, so that sum over kept i of exp(log pi(i)) is 1 to float32
public static partial class Sampling
{
    /// <summary>Draws drawsPerRow tokens from each row, independently and with replacement.</summary>
    /// <param name="logits">[rowCount, vocabulary].</param>
    /// <param name="rows">[rowCount]: sequence, position and node make the random numbers. A row of no sequence leaves its results as they are.</param>
    /// <param name="parameters">[sequences].</param>
    /// <param name="thresholds">[rowCount] of <see cref="Threshold"/>; empty to keep all.</param>
    /// <param name="chunks">[rowCount, chunksPerRow] of <see cref="Summarize"/> with the same thresholds.</param>
    /// <param name="tokens">[rowCount, drawsPerRow]. Written.</param>
    /// <param name="logProbabilities">[rowCount, drawsPerRow]: log pi of the token. Written.</param>
    /// <param name="logSumExps">[rowCount]: log of the sum over kept i of exp(z_i / T). Written.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="vocabulary">Logits of a row.</param>
    /// <param name="chunksPerRow">Chunks of a row.</param>
    /// <param name="drawsPerRow">Draws from a row.</param>
    [Kernel(GroupSize = Threads, Contract = nameof(CheckDraw))]
    public static void Draw(
        ArrayView<float> logits, ArrayView<TokenRow> rows, ArrayView<SamplingParameters> parameters, ArrayView<float> thresholds, ArrayView<LogitChunk> chunks,
        ArrayView<int> tokens, ArrayView<float> logProbabilities, ArrayView<float> logSumExps, int rowCount, int vocabulary, int chunksPerRow, int drawsPerRow)
    {
        ArrayView<int> chosen = SharedMemory.Allocate<int>(1);
        Grid.TriggerLaunchCompletion();
        int row = Grid.IdxX / drawsPerRow, draw = Grid.IdxX % drawsPerRow, thread = Group.IdxX;
        if (row >= rowCount) return;
        Grid.DependencySynchronize();
        TokenRow place = rows[row];
        if (place.Sequence < 0) return;
        SamplingParameters settings = parameters[place.Sequence];
        float inverse = InverseTemperature(settings);
        ArrayView<LogitChunk> chunksOfRow = chunks.SubView((long)row * chunksPerRow, chunksPerRow);
        var random = Philox.Next(
            new UInt4(settings.SequenceId, (uint)place.Position, (uint)(place.Slot - place.Prefix), (uint)draw), new UInt2(settings.SeedLow, settings.SeedHigh));

        LogitChunk chunk = new LogitChunk { Mass = 0, Max = float.NegativeInfinity, Index = 0 };
        if (thread < chunksPerRow) chunk = chunksOfRow[thread];
        ulong best = GroupCollective.Max(thread < chunksPerRow ? Candidate(chunk.Max, chunk.Index) : 0);
        float max = LogitOf(best);
        ulong mass = (ulong)((double)chunk.Mass * (double)(chunk.Max == max ? 1f : XMath.Exp((chunk.Max - max) * inverse)));
        ulong before = GroupCollective.AddBefore(mass, out ulong total);
        float logSum = total == 0 ? 0f : XMath.Log((float)((double)total / (double)Unit));
        if (thread == 0 && draw == 0) logSumExps[row] = (max * inverse) + logSum;
        // Greedy, and a row without a number in it: the first of the largest.
        if (thread == 0) chosen[0] = -1;
        Group.Barrier();
        ulong target = IntrinsicMath.MultiplyHigh(((ulong)random.Y << 32) | random.X, total);
        if (settings.Temperature > 0f && target >= before && target - before < mass) chosen[0] = thread;
        Group.Barrier();
        int picked = chosen[0];
        if (picked < 0)
        {
            if (thread == 0)
            {
                tokens[Grid.IdxX] = IndexOf(best);
                logProbabilities[Grid.IdxX] = -logSum;
            }

            return;
        }

        ArrayView<float> logitsOfRow = logits.SubView((long)row * vocabulary, vocabulary), kept = LocalMemory.Allocate<float>(PerThread);
        float threshold = thresholds.IsValid ? thresholds[row] : float.NegativeInfinity, chunkMax = chunksOfRow[picked].Max;
        int first = (picked * ChunkSize) + (thread * PerThread);
        ulong mine = 0;
        for (int i = 0; i < PerThread; i++)
        {
            kept[i] = float.NegativeInfinity;
            if (first + i < vocabulary)
            {
                float logit = Known(logitsOfRow[first + i]);
                if (logit >= threshold) kept[i] = logit;
            }

            mine += Mass(kept[i], chunkMax, inverse);
        }

        ulong from = GroupCollective.AddBefore(mine, out ulong all);
        ulong goal = IntrinsicMath.MultiplyHigh(((ulong)random.W << 32) | random.Z, all);
        if (goal < from || goal - from >= mine) return;
        int token = -1;
        float logitOfToken = 0f;
        for (int i = 0; i < PerThread; i++)
        {
            from += Mass(kept[i], chunkMax, inverse);
            if (token < 0 && goal < from)
            {
                token = first + i;
                logitOfToken = kept[i];
            }
        }

        tokens[Grid.IdxX] = token;
        logProbabilities[Grid.IdxX] = (logitOfToken == max ? 0f : (logitOfToken - max) * inverse) - logSum;
    }

    private static void CheckDraw(
        LaunchContract contract, ArrayView<float> logits, ArrayView<TokenRow> rows, ArrayView<SamplingParameters> parameters, ArrayView<float> thresholds, ArrayView<LogitChunk> chunks,
        ArrayView<int> tokens, ArrayView<float> logProbabilities, ArrayView<float> logSumExps, int rowCount, int vocabulary, int chunksPerRow, int drawsPerRow)
    {
        CheckRows(contract, logits, rows, chunks, rowCount, vocabulary, chunksPerRow);
        contract.Positive(drawsPerRow);
        if (thresholds.IsValid) contract.Length(thresholds, rowCount);
        contract.Length(tokens, (long)rowCount * drawsPerRow);
        contract.Length(logProbabilities, (long)rowCount * drawsPerRow);
        contract.Length(logSumExps, rowCount);
        contract.GridAtLeast(checked(rowCount * drawsPerRow));
    }
}
