namespace LbrCore.Kernels;

// Sampling.Threshold
// purpose   The least logit that passes top-k, top-p and min-p, without sorting.
// math      top-k: the k-th largest logit. top-p: the largest t with mass(z >= t) >= p * mass(what top-k kept). min-p: max + T ln p. The largest of the three.
//           The first two are the same search: walk the logits downwards until the sum of a measure (1, or the mass) reaches a goal. Bits of floats that are made to
//           order as integers do are digits of a radix search: a histogram over the first 11 bits says in which bin the walk ends, one over the next 11 bits
//           of the logits in that bin says where within it, and 10 more bits end the search at one exact value.
// mapping   one group of 1024 threads a row, with the histogram in shared memory; thread t scans the bins 2t, 2t + 1 from the top
// traffic   three reads of the row for each of top-k and top-p, one more for top-p's total; from the second on out of L2
// numerics  exact: equal logits are kept or dropped together, as transformers does. Masses are integers, so atomic additions give the same sums in any order.
// source    radix selection: Alabi et al., Fast k-Selection Algorithms for Graphics Processing Units (2012)
public static partial class Sampling
{
    private const int SearchThreads = 1024;

    private const int BinBits = 11;

    private const int Bins = 1 << BinBits;

    private const int SearchLevels = 3;

    /// <summary>thresholds[r] = the least logit of row r that passes the filters of its sequence.</summary>
    /// <param name="logits">[rowCount, vocabulary].</param>
    /// <param name="rows">[rowCount]; a row of no sequence is skipped.</param>
    /// <param name="parameters">[sequences].</param>
    /// <param name="chunks">[rowCount, chunksPerRow] of <see cref="Summarize"/> without thresholds.</param>
    /// <param name="thresholds">[rowCount]. Written.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="vocabulary">Logits of a row.</param>
    /// <param name="chunksPerRow">Chunks of a row.</param>
    [Kernel(GroupSize = SearchThreads, Contract = nameof(CheckThreshold))]
    public static void Threshold(
        ArrayView<float> logits, ArrayView<TokenRow> rows, ArrayView<SamplingParameters> parameters, ArrayView<LogitChunk> chunks, ArrayView<float> thresholds,
        int rowCount, int vocabulary, int chunksPerRow)
    {
        ArrayView<ulong> histogram = SharedMemory.Allocate<ulong>(Bins), found = SharedMemory.Allocate<ulong>(2);
        Grid.TriggerLaunchCompletion();
        int row = Grid.IdxX;
        if (row >= rowCount) return;
        Grid.DependencySynchronize();
        int sequence = rows[row].Sequence;
        if (sequence < 0) return;
        SamplingParameters filters = parameters[sequence];
        ArrayView<float> logitsOfRow = logits.SubView((long)row * vocabulary, vocabulary);
        float inverse = InverseTemperature(filters), max = LargestLogit(chunks.SubView((long)row * chunksPerRow, chunksPerRow), chunksPerRow);

        uint least = 0;
        if (filters.TopK > 0 && filters.TopK < vocabulary)
            least = Search(logitsOfRow, histogram, found, vocabulary, 0, (ulong)filters.TopK, false, max, inverse);
        if (filters.TopP < 1f)
        {
            ulong total = 0;
            for (int i = Group.IdxX; i < vocabulary; i += SearchThreads)
            {
                float logit = Known(logitsOfRow[i]);
                if (Ordered(logit) >= least) total += Mass(logit, max, inverse);
            }

            total = GroupCollective.Add(total);
            var goal = (ulong)XMath.Ceiling((double)total * filters.TopP);
            least = Search(logitsOfRow, histogram, found, vocabulary, least, XMath.Max(XMath.Min(goal, total), 1UL), true, max, inverse);
        }

        float threshold = FromOrdered(XMath.Max(least, Ordered(float.NegativeInfinity)));
        if (filters.MinP > 0f) threshold = XMath.Max(threshold, max + (XMath.Log(filters.MinP) / inverse));
        if (Group.IdxX == 0) thresholds[row] = XMath.Min(threshold, max);
    }

    private static float LargestLogit(ArrayView<LogitChunk> chunks, int count)
    {
        ulong best = 0;
        if (Group.IdxX < count) best = Candidate(chunks[Group.IdxX].Max, 0);
        return LogitOf(GroupCollective.Max(best));
    }

    // The ordered bits of the logit at which the walk down from the largest, over those not below `least`, reaches the goal.
    private static uint Search(
        ArrayView<float> logits, ArrayView<ulong> histogram, ArrayView<ulong> found, int vocabulary, uint least, ulong goal, bool byMass, float max, float inverse)
    {
        uint prefix = 0;
        int shift = 32;
        for (int level = 0; level < SearchLevels; level++)
        {
            int bits = level < SearchLevels - 1 ? BinBits : 32 - (BinBits * (SearchLevels - 1));
            int above = shift;
            shift -= bits;
            for (int bin = Group.IdxX; bin < Bins; bin += SearchThreads) histogram[bin] = 0;
            // Where nothing has a measure the goal is out of reach and the walk ends at the bottom.
            if (Group.IdxX < 2) found[Group.IdxX] = 0;
            Group.Barrier();
            for (int i = Group.IdxX; i < vocabulary; i += SearchThreads)
            {
                float logit = Known(logits[i]);
                uint ordered = Ordered(logit);
                if (ordered >= least && (level == 0 || ordered >> above == prefix))
                    Atomic.Add(ref histogram[(int)((ordered >> shift) & ((1u << bits) - 1u))], byMass ? Mass(logit, max, inverse) : 1UL);
            }

            Group.Barrier();
            FindBin(histogram, found, 1 << bits, goal);
            Group.Barrier();
            prefix = (prefix << bits) | (uint)found[0];
            goal -= found[1];
            Group.Barrier();
        }

        return prefix;
    }

    // found = (the bin in which the sum from the top reaches the goal, the sum above that bin).
    private static void FindBin(ArrayView<ulong> histogram, ArrayView<ulong> found, int bins, ulong goal)
    {
        int upper = bins - 1 - (2 * Group.IdxX);
        ulong high = upper >= 0 ? histogram[XMath.Max(upper, 0)] : 0, low = upper >= 1 ? histogram[XMath.Max(upper - 1, 0)] : 0;
        ulong before = GroupCollective.AddBefore(high + low, out ulong _);
        if (before < goal && before + high + low >= goal)
        {
            bool inUpper = before + high >= goal;
            found[0] = (ulong)(inUpper ? upper : upper - 1);
            found[1] = inUpper ? before : before + high;
        }
    }

    private static void CheckThreshold(
        LaunchContract contract, ArrayView<float> logits, ArrayView<TokenRow> rows, ArrayView<SamplingParameters> parameters, ArrayView<LogitChunk> chunks, ArrayView<float> thresholds,
        int rowCount, int vocabulary, int chunksPerRow)
    {
        CheckRows(contract, logits, rows, chunks, rowCount, vocabulary, chunksPerRow);
        contract.Length(thresholds, rowCount);
        contract.GridAtLeast(rowCount);
    }
}
