namespace LbrCore.Kernels;

// Sampling.Top
// purpose   The most probable tokens of a row with their probabilities: what Soft Thinking mixes.
// math      the `count` largest kept logits, largest first, lowest id first among equals;  log p_i = z_i / T - log sum over those found of exp(z_j / T)
// mapping   One group a row. Each round finds the largest candidate (logit, id) below the one before it; nothing is kept between rounds but that one.
// traffic   count + 1 reads of the row, all but the first out of L2
// numerics  float32; the probabilities of those found sum to 1
public static partial class Sampling
{
    /// <summary>Most tokens that <see cref="Top"/> finds: a lane holds one.</summary>
    public const int MaximumTop = Warp.WarpSize;

    /// <summary>The most probable tokens of each row, renormalised.</summary>
    /// <param name="logits">[rowCount, vocabulary].</param>
    /// <param name="rows">[rowCount]; a row of no sequence is skipped.</param>
    /// <param name="parameters">[sequences].</param>
    /// <param name="thresholds">[rowCount] of <see cref="Threshold"/>; empty to keep all.</param>
    /// <param name="tokens">[rowCount, count]: ids; -1 where less are kept. Written.</param>
    /// <param name="logProbabilities">[rowCount, count]; -infinity where less are kept. Written.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="vocabulary">Logits of a row.</param>
    /// <param name="count">Tokens of a row, at most <see cref="MaximumTop"/>.</param>
    [Kernel(GroupSize = SearchThreads, Contract = nameof(CheckTop))]
    public static void Top(
        ArrayView<float> logits, ArrayView<TokenRow> rows, ArrayView<SamplingParameters> parameters, ArrayView<float> thresholds, ArrayView<int> tokens, ArrayView<float> logProbabilities,
        int rowCount, int vocabulary, int count)
    {
        ArrayView<ulong> found = SharedMemory.Allocate<ulong>(MaximumTop), parts = SharedMemory.Allocate<ulong>(Warp.WarpSize);
        Grid.TriggerLaunchCompletion();
        int row = Grid.IdxX;
        if (row >= rowCount) return;
        Grid.DependencySynchronize();
        int sequence = rows[row].Sequence;
        if (sequence < 0) return;
        float inverse = InverseTemperature(parameters[sequence]), threshold = thresholds.IsValid ? thresholds[row] : float.NegativeInfinity;
        ArrayView<float> logitsOfRow = logits.SubView((long)row * vocabulary, vocabulary);
        ulong before = ulong.MaxValue;
        for (int place = 0; place < count; place++)
        {
            // 0 stands for none: no candidate is as small.
            ulong best = 0;
            for (int i = Group.IdxX; i < vocabulary; i += SearchThreads)
            {
                float logit = Known(logitsOfRow[i]);
                ulong candidate = Candidate(logit, i);
                if (logit >= threshold && logit > float.NegativeInfinity && candidate < before) best = XMath.Max(best, candidate);
            }

            before = GroupCollective.Max(best, parts);
            if (Group.IdxX == 0) found[place] = before;
            // The next round has the same shared memory for its maximum.
            Group.Barrier();
        }

        if (Warp.WarpIdx > 0) return;
        int lane = Warp.LaneIdx;
        ulong mine = lane < count ? found[lane] : 0;
        float scaled = LogitOf(mine) * inverse;
        if (mine == 0) scaled = float.NegativeInfinity;
        float largest = Warp.ReduceMax(scaled), weight = mine == 0 ? 0f : XMath.Exp(scaled - largest), sum = Warp.ReduceAdd(weight);
        if (lane >= count) return;
        tokens[(row * count) + lane] = mine == 0 ? -1 : IndexOf(mine);
        logProbabilities[(row * count) + lane] = mine == 0 ? float.NegativeInfinity : scaled - largest - XMath.Log(sum);
    }

    private static void CheckTop(
        LaunchContract contract, ArrayView<float> logits, ArrayView<TokenRow> rows, ArrayView<SamplingParameters> parameters, ArrayView<float> thresholds, ArrayView<int> tokens,
        ArrayView<float> logProbabilities, int rowCount, int vocabulary, int count)
    {
        contract.NonNegative(rowCount);
        contract.InRange(vocabulary, 1, MaximumVocabulary);
        contract.InRange(count, 1, MaximumTop);
        contract.Length(logits, (long)rowCount * vocabulary);
        contract.Length(rows, rowCount);
        if (thresholds.IsValid) contract.Length(thresholds, rowCount);
        contract.Length(tokens, (long)rowCount * count);
        contract.Length(logProbabilities, (long)rowCount * count);
        contract.GridAtLeast(rowCount);
    }
}
