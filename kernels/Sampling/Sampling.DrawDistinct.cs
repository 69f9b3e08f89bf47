namespace LbrCore.Kernels;

// Sampling.DrawDistinct
// purpose   Tokens of a row one after the other without replacement: each from what the ones before it left. Their law is that of the Gumbel-top-K trick, draw for draw.
// math      P(i_1, ..., i_K) = prod_j pi(i_j) / R_j,   R_j = 1 - sum over l < j of pi(i_l).   orderedLogProbabilities[j] = log pi(i_j) - log R_j
// mapping   One group a row. Thread t has chunk t; a draw finds its chunk and then its place in it as Sampling.Draw does, over the tokens that are left, and takes the token's mass
//           out of its chunk. The first draw is Draw's.
// traffic   16 bytes a chunk and the 16 KB of one chunk a draw: bound by latency
// numerics  Masses are integers, so what is left after a draw is exact, and R_j a quotient of what is left and the total: 1 - sum is never formed. Where nothing is left, no token
//           is: its mass is below 2^-40 of the largest.
// random    as Sampling.Draw: (sequence, position, node, draw)
// source    Kool, van Hoof, Welling: Stochastic Beams and Where to Find Them (2019); Plackett (1975)
public static partial class Sampling
{
    /// <summary>Most draws without replacement from a row.</summary>
    public const int MaximumDistinct = 64;

    /// <summary>Draws drawsPerRow different tokens from each row; -1 where there are fewer.</summary>
    /// <param name="logits">[rowCount, vocabulary].</param>
    /// <param name="rows">[rowCount]: sequence, position and node make the random numbers. A row of no sequence leaves its results as they are.</param>
    /// <param name="parameters">[sequences]. Temperature 0 takes the largest logits in order.</param>
    /// <param name="thresholds">[rowCount] of <see cref="Threshold"/>; empty to keep all.</param>
    /// <param name="chunks">[rowCount, chunksPerRow] of <see cref="Summarize"/> with the same thresholds.</param>
    /// <param name="tokens">[rowCount, drawsPerRow]. Written.</param>
    /// <param name="logProbabilities">[rowCount, drawsPerRow]: log pi of the token. Written.</param>
    /// <param name="orderedLogProbabilities">[rowCount, drawsPerRow]: log pi of the token among those that were left. Written.</param>
    /// <param name="rests">[rowCount]: probability of all tokens that were not drawn. Written.</param>
    /// <param name="logSumExps">[rowCount]: log of the sum over kept i of exp(z_i / T). Written.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="vocabulary">Logits of a row.</param>
    /// <param name="chunksPerRow">Chunks of a row.</param>
    /// <param name="drawsPerRow">Draws from a row.</param>
    [Kernel(GroupSize = Threads, Contract = nameof(CheckDrawDistinct))]
    public static void DrawDistinct(
        ArrayView<float> logits, ArrayView<TokenRow> rows, ArrayView<SamplingParameters> parameters, ArrayView<float> thresholds, ArrayView<LogitChunk> chunks,
        ArrayView<int> tokens, ArrayView<float> logProbabilities, ArrayView<float> orderedLogProbabilities, ArrayView<float> rests, ArrayView<float> logSumExps,
        int rowCount, int vocabulary, int chunksPerRow, int drawsPerRow)
    {
        ArrayView<int> drawn = SharedMemory.Allocate<int>(MaximumDistinct), choice = SharedMemory.Allocate<int>(2);
        ArrayView<float> logitOfChoice = SharedMemory.Allocate<float>(1);
        ArrayView<ulong> parts = SharedMemory.Allocate<ulong>(Warp.WarpSize), otherParts = SharedMemory.Allocate<ulong>(Warp.WarpSize);
        Grid.TriggerLaunchCompletion();
        int row = Grid.IdxX, thread = Group.IdxX;
        if (row >= rowCount) return;
        Grid.DependencySynchronize();
        TokenRow place = rows[row];
        if (place.Sequence < 0) return;
        SamplingParameters settings = parameters[place.Sequence];
        float inverse = InverseTemperature(settings), threshold = thresholds.IsValid ? thresholds[row] : float.NegativeInfinity;
        ArrayView<float> logitsOfRow = logits.SubView((long)row * vocabulary, vocabulary), kept = LocalMemory.Allocate<float>(PerThread);
        ArrayView<LogitChunk> chunksOfRow = chunks.SubView((long)row * chunksPerRow, chunksPerRow);

        LogitChunk chunk = new LogitChunk { Mass = 0, Max = float.NegativeInfinity, Index = 0 };
        if (thread < chunksPerRow) chunk = chunksOfRow[thread];
        ulong best = thread < chunksPerRow ? Candidate(chunk.Max, chunk.Index) : 0;
        float max = LogitOf(GroupCollective.Max(best)), scale = chunk.Max == max ? 1f : XMath.Exp((chunk.Max - max) * inverse);
        ulong all = GroupCollective.Add((ulong)((double)chunk.Mass * (double)scale)), left = all;
        float logSum = all == 0 ? 0f : XMath.Log((float)((double)all / (double)Unit));
        if (thread == 0) logSumExps[row] = (max * inverse) + logSum;

        for (int draw = 0; draw < drawsPerRow; draw++)
        {
            var random = Philox.Next(
                new UInt4(settings.SequenceId, (uint)place.Position, (uint)(place.Slot - place.Prefix), (uint)draw), new UInt2(settings.SeedLow, settings.SeedHigh));
            ulong mass = (ulong)((double)chunk.Mass * (double)scale), largest = GroupCollective.Max(best, parts);
            ulong before = GroupCollective.AddBefore(mass, otherParts, out left);
            // Greedy, and a row without a number in it: the first of the largest. None where nothing is left.
            if (thread == 0)
            {
                bool first = settings.Temperature > 0f ? left == 0 && draw == 0 : LogitOf(largest) > float.NegativeInfinity || draw == 0;
                choice[0] = -1;
                choice[1] = first ? IndexOf(largest) : -1;
                logitOfChoice[0] = LogitOf(largest);
            }

            Group.Barrier();
            ulong target = IntrinsicMath.MultiplyHigh(((ulong)random.Y << 32) | random.X, left);
            if (settings.Temperature > 0f && target >= before && target - before < mass) choice[0] = thread;
            Group.Barrier();
            int picked = choice[0];
            bool draws = picked >= 0;
            int inChunk = draws ? picked : XMath.Max(choice[1], 0) / ChunkSize;
            float chunkMax = chunksOfRow[inChunk].Max;
            int firstLogit = (inChunk * ChunkSize) + (thread * PerThread);
            ulong mine = 0;
            for (int i = 0; i < PerThread; i++)
            {
                kept[i] = float.NegativeInfinity;
                if (firstLogit + i < vocabulary)
                {
                    float logit = Known(logitsOfRow[firstLogit + i]);
                    if (logit >= threshold && !WasDrawn(drawn, draw, firstLogit + i)) kept[i] = logit;
                }

                mine += Mass(kept[i], chunkMax, inverse);
            }

            ulong from = GroupCollective.AddBefore(mine, parts, out ulong inAll);
            ulong goal = IntrinsicMath.MultiplyHigh(((ulong)random.W << 32) | random.Z, inAll);
            bool holds = draws && goal >= from && goal - from < mine;
            for (int i = 0; i < PerThread; i++)
            {
                from += Mass(kept[i], chunkMax, inverse);
                if (holds && goal < from)
                {
                    choice[1] = firstLogit + i;
                    logitOfChoice[0] = kept[i];
                    holds = false;
                }
            }

            Group.Barrier();
            int token = choice[1];
            float chosen = logitOfChoice[0];
            // What is left of the chunk, for its thread: without the token, and which is the largest now.
            ulong candidate = 0;
            for (int i = 0; i < PerThread; i++)
            {
                if (firstLogit + i != token && kept[i] > float.NegativeInfinity) candidate = XMath.Max(candidate, Candidate(kept[i], firstLogit + i));
            }

            candidate = GroupCollective.Max(candidate, otherParts);
            if (token >= 0 && thread == inChunk)
            {
                ulong taken = Mass(chosen, chunk.Max, inverse);
                chunk.Mass = chunk.Mass > taken ? chunk.Mass - taken : 0;
                best = candidate;
            }

            if (thread == 0)
            {
                drawn[draw] = token;
                int at = (row * drawsPerRow) + draw;
                float logProbability = (chosen == max ? 0f : (chosen - max) * inverse) - logSum;
                float logLeft = left == 0 || left == all ? 0f : XMath.Log((float)((double)left / (double)all));
                tokens[at] = token;
                logProbabilities[at] = token >= 0 ? logProbability : 0f;
                orderedLogProbabilities[at] = token >= 0 ? logProbability - logLeft : 0f;
            }

            Group.Barrier();
        }

        left = GroupCollective.Add((ulong)((double)chunk.Mass * (double)scale));
        if (thread == 0) rests[row] = all == 0 ? 0f : (float)((double)left / (double)all);
    }

    private static bool WasDrawn(ArrayView<int> drawn, int count, int token)
    {
        bool found = false;
        for (int i = 0; i < count; i++) found |= drawn[i] == token;
        return found;
    }

    private static void CheckDrawDistinct(
        LaunchContract contract, ArrayView<float> logits, ArrayView<TokenRow> rows, ArrayView<SamplingParameters> parameters, ArrayView<float> thresholds, ArrayView<LogitChunk> chunks,
        ArrayView<int> tokens, ArrayView<float> logProbabilities, ArrayView<float> orderedLogProbabilities, ArrayView<float> rests, ArrayView<float> logSumExps,
        int rowCount, int vocabulary, int chunksPerRow, int drawsPerRow)
    {
        CheckRows(contract, logits, rows, chunks, rowCount, vocabulary, chunksPerRow);
        contract.InRange(drawsPerRow, 1, MaximumDistinct);
        if (thresholds.IsValid) contract.Length(thresholds, rowCount);
        contract.Length(tokens, (long)rowCount * drawsPerRow);
        contract.Length(logProbabilities, (long)rowCount * drawsPerRow);
        contract.Length(orderedLogProbabilities, (long)rowCount * drawsPerRow);
        contract.Length(rests, rowCount);
        contract.Length(logSumExps, rowCount);
        contract.GridAtLeast(rowCount);
    }
}
