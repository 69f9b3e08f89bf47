namespace LbrCore.Kernels;

// TokenTree.Choose
// purpose   Commits one depth-1 subtree of every sequence, and lists its nodes for what moves them.
// math      rho = softmax((score + bias) / tau) over the existing roots;  k* ~ rho, or the largest.  One root: k* is it and log rho = 0.
// mapping   one group of a warp a sequence; a lane has the roots l and l + 32. The walk along at most 64 masses is one lane's.
// traffic   some bytes a root: bound by latency
// numerics  masses are multiples of 2^-40 of the largest and summed as integers, as in Sampling; a score that is no number counts as -infinity, and if all do, as equal
// random    Philox with counter (sequence, length of the prefix, 2^32 - 1, 0): no draw of a token has that node
public static partial class TokenTree
{
    private const uint RouteNode = 0xFFFFFFFF;

    private const float RouteUnit = 1099511627776f;

    /// <summary>chosen[s] = the committed root; a stop token, or the end of the budget, brings the sequence to rest.</summary>
    /// <param name="scores">[sequences, width]: of the router; read where the root exists.</param>
    /// <param name="routing">[sequences].</param>
    /// <param name="sampling">[sequences]: seed and number of the sequence.</param>
    /// <param name="nodeValid">[sequences, nodeStride].</param>
    /// <param name="nodeTokens">[sequences, nodeStride].</param>
    /// <param name="nodeLogProbabilities">[sequences, nodeStride]: read for the bias.</param>
    /// <param name="nodeRests">[sequences, nodeStride]: for siblings without replacement, the probability of all tokens but the siblings; read for the bias.</param>
    /// <param name="stops">[stopCount]: ids that end a text.</param>
    /// <param name="lengths">[sequences]: tokens of the prefix.</param>
    /// <param name="limits">[sequences]. A stop token lowers its sequence's to the length that it will have.</param>
    /// <param name="logRho">[sequences, width]: log rho; -infinity for absent roots. Written.</param>
    /// <param name="chosen">[sequences]: number of the root; -1 for a sequence that rests. Written.</param>
    /// <param name="kept">[sequences, keptStride]: nodes of the chosen subtree, rising. Written.</param>
    /// <param name="keptCounts">[sequences]: keptStride, or 0 for a sequence that rests. Written.</param>
    /// <param name="sequences">Sequences.</param>
    /// <param name="width">K.</param>
    /// <param name="nodeStride">Places of a sequence.</param>
    /// <param name="keptStride">Nodes of a subtree, 1 + K + ... + K^(L-1).</param>
    /// <param name="stopCount">Stop tokens.</param>
    [Kernel(GroupSize = Warp.WarpSize, Contract = nameof(CheckChoose))]
    public static void Choose(
        ArrayView<float> scores, ArrayView<RoutingParameters> routing, ArrayView<SamplingParameters> sampling,
        ArrayView<int> nodeValid, ArrayView<int> nodeTokens, ArrayView<float> nodeLogProbabilities, ArrayView<float> nodeRests,
        ArrayView<int> stops, ArrayView<int> lengths, ArrayView<int> limits, ArrayView<float> logRho, ArrayView<int> chosen, ArrayView<int> kept, ArrayView<int> keptCounts,
        int sequences, int width, int nodeStride, int keptStride, int stopCount)
    {
        ArrayView<float> logits = SharedMemory.Allocate<float>(MaximumNodes), bias = SharedMemory.Allocate<float>(MaximumBiasedWidth);
        ArrayView<ulong> masses = SharedMemory.Allocate<ulong>(MaximumNodes);
        ArrayView<int> choice = SharedMemory.Allocate<int>(1);
        Grid.TriggerLaunchCompletion();
        int sequence = Grid.IdxX, lane = Warp.LaneIdx;
        if (sequence >= sequences) return;
        Grid.DependencySynchronize();
        int prefix = lengths[sequence], firstNode = sequence * nodeStride, firstScore = sequence * width;
        RoutingParameters settings = routing[sequence];
        int existing = 0;
        for (int k = lane; k < width; k += Warp.WarpSize) existing += nodeValid[firstNode + k] != 0 ? 1 : 0;
        existing = Warp.ReduceAdd(existing);
        bool rests = prefix >= limits[sequence] || existing == 0, biased = settings.AddsSiblingBias != 0 && width <= MaximumBiasedWidth;
        FirstDrawBias(nodeLogProbabilities.SubView(firstNode, width), nodeRests[firstNode], bias, biased && !rests ? existing : 0);
        Warp.Barrier();

        float max = float.NegativeInfinity;
        for (int k = lane; k < width; k += Warp.WarpSize)
        {
            float logit = float.NegativeInfinity;
            if (!rests && nodeValid[firstNode + k] != 0)
            {
                logit = (scores[firstScore + k] + (biased ? bias[k & (MaximumBiasedWidth - 1)] : 0f)) / settings.Temperature;
                if (float.IsNaN(logit)) logit = float.NegativeInfinity;
            }

            logits[k] = logit;
            max = XMath.Max(max, logit);
        }

        max = Warp.ReduceMax(max);
        ulong total = 0;
        for (int k = lane; k < width; k += Warp.WarpSize)
        {
            ulong mass = 0;
            if (!rests && nodeValid[firstNode + k] != 0) mass = logits[k] == max ? (ulong)RouteUnit : (ulong)(XMath.Exp(logits[k] - max) * RouteUnit);
            masses[k] = mass;
            total += mass;
        }

        total = GroupCollective.Add(total);
        float logTotal = total == 0 ? 0f : XMath.Log((float)((double)total / (double)RouteUnit));
        for (int k = lane; k < width; k += Warp.WarpSize)
        {
            bool exists = !rests && nodeValid[firstNode + k] != 0;
            float above = logits[k] == max ? 0f : logits[k] - max;
            logRho[firstScore + k] = exists ? above - logTotal : float.NegativeInfinity;
        }

        if (lane == 0)
        {
            SamplingParameters random = sampling[sequence];
            UInt4 bits = Philox.Next(new UInt4(random.SequenceId, (uint)prefix, RouteNode, 0), new UInt2(random.SeedLow, random.SeedHigh));
            ulong target = IntrinsicMath.MultiplyHigh(((ulong)bits.Y << 32) | bits.X, total), sum = 0, best = 0;
            int root = -1;
            for (int k = 0; k < width; k++)
            {
                ulong mass = masses[k];
                if (settings.TakesBest != 0 ? mass > best : root < 0 && target < sum + mass) root = k;
                best = XMath.Max(best, mass);
                sum += mass;
            }

            choice[0] = root;
            chosen[sequence] = root;
            keptCounts[sequence] = root < 0 ? 0 : keptStride;
            if (root >= 0 && IsStop(nodeTokens[firstNode + root], stops, stopCount)) limits[sequence] = prefix + 1;
        }

        Warp.Barrier();
        int subtree = choice[0];
        if (subtree < 0) return;
        for (int i = lane; i < keptStride; i += Warp.WarpSize) kept[(sequence * keptStride) + i] = InSubtree(i, subtree, width);
    }

    private static void CheckChoose(
        LaunchContract contract, ArrayView<float> scores, ArrayView<RoutingParameters> routing, ArrayView<SamplingParameters> sampling,
        ArrayView<int> nodeValid, ArrayView<int> nodeTokens, ArrayView<float> nodeLogProbabilities, ArrayView<float> nodeRests,
        ArrayView<int> stops, ArrayView<int> lengths, ArrayView<int> limits, ArrayView<float> logRho, ArrayView<int> chosen, ArrayView<int> kept, ArrayView<int> keptCounts,
        int sequences, int width, int nodeStride, int keptStride, int stopCount)
    {
        CheckTree(contract, sequences, width, nodeStride);
        contract.InRange(keptStride, 1, nodeStride);
        contract.InRange((long)sequences * nodeStride, 0, int.MaxValue);
        contract.Length(scores, (long)sequences * width);
        contract.Length(routing, sequences);
        contract.Length(sampling, sequences);
        contract.Length(nodeValid, (long)sequences * nodeStride);
        contract.Length(nodeTokens, (long)sequences * nodeStride);
        contract.Length(nodeLogProbabilities, (long)sequences * nodeStride);
        contract.Length(nodeRests, (long)sequences * nodeStride);
        contract.Length(stops, stopCount);
        contract.Length(lengths, sequences);
        contract.Length(limits, sequences);
        contract.Length(logRho, (long)sequences * width);
        contract.Length(chosen, sequences);
        contract.Length(kept, (long)sequences * keptStride);
        contract.Length(keptCounts, sequences);
        contract.GridAtLeast(sequences);
    }
}
