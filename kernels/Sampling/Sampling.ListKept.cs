namespace LbrCore.Kernels;

// Sampling.ListKept
// purpose   Which tokens the filters kept after a row, so that a trainer can renormalise over the same ones.
// mapping   one group a row; 4096 logits a round, 16 neighbours a thread, placed by a scan over threads: the ids rise
// traffic   4 bytes a logit
public static partial class Sampling
{
    /// <summary>kept[s, first + i, :] = ids of the logits of row s * rowsPerSequence + i that are not below its threshold, rising; as many as there are places.</summary>
    /// <param name="logits">[rowCount, vocabulary].</param>
    /// <param name="rows">[rowCount]; a row of no sequence gets a count of 0.</param>
    /// <param name="thresholds">[rowCount] of <see cref="Threshold"/>.</param>
    /// <param name="kept">[rowCount / rowsPerSequence, stride, capacity]. Written as far as there are ids.</param>
    /// <param name="counts">[rowCount / rowsPerSequence, stride]: how many were kept, also beyond the capacity. Written.</param>
    /// <param name="rowCount">Rows.</param>
    /// <param name="vocabulary">Logits of a row.</param>
    /// <param name="rowsPerSequence">Rows of a sequence.</param>
    /// <param name="first">Place of a sequence's first row.</param>
    /// <param name="stride">Places of a sequence.</param>
    /// <param name="capacity">Ids of a place.</param>
    [Kernel(GroupSize = Threads, Contract = nameof(CheckListKept))]
    public static void ListKept(
        ArrayView<float> logits, ArrayView<TokenRow> rows, ArrayView<float> thresholds, ArrayView<int> kept, ArrayView<int> counts,
        int rowCount, int vocabulary, int rowsPerSequence, int first, int stride, int capacity)
    {
        ArrayView<ulong> parts = SharedMemory.Allocate<ulong>(Warp.WarpSize);
        Grid.TriggerLaunchCompletion();
        int row = Grid.IdxX;
        if (row >= rowCount) return;
        Grid.DependencySynchronize();
        int place = (row / rowsPerSequence * stride) + first + (row % rowsPerSequence);
        // A row that stands for nothing keeps nothing: every thread goes through the same rounds.
        float threshold = rows[row].Sequence < 0 ? float.NaN : thresholds[row];
        ArrayView<float> logitsOfRow = logits.SubView((long)row * vocabulary, vocabulary);
        ArrayView<int> listed = kept.SubView((long)place * capacity, capacity);
        ulong count = 0;
        for (int start = 0; start < vocabulary; start += ChunkSize)
        {
            int at = start + (Group.IdxX * PerThread);
            ulong mine = 0;
            for (int i = 0; i < PerThread; i++)
            {
                if (at + i < vocabulary && Known(logitsOfRow[at + i]) >= threshold) mine++;
            }

            ulong next = count + GroupCollective.AddBefore(mine, parts, out ulong inRound);
            for (int i = 0; i < PerThread; i++)
            {
                if (at + i >= vocabulary || !(Known(logitsOfRow[at + i]) >= threshold)) continue;
                if (next < (ulong)capacity) listed[(int)next] = at + i;
                next++;
            }

            count += inRound;
            Group.Barrier();
        }

        if (Group.IdxX == 0) counts[place] = (int)count;
    }

    private static void CheckListKept(
        LaunchContract contract, ArrayView<float> logits, ArrayView<TokenRow> rows, ArrayView<float> thresholds, ArrayView<int> kept, ArrayView<int> counts,
        int rowCount, int vocabulary, int rowsPerSequence, int first, int stride, int capacity)
    {
        contract.NonNegative(rowCount);
        contract.InRange(vocabulary, 1, MaximumVocabulary);
        contract.Positive(rowsPerSequence);
        contract.Positive(capacity);
        contract.MultipleOf(rowCount, rowsPerSequence);
        contract.InRange((long)first + rowsPerSequence, rowsPerSequence, stride);
        contract.Length(logits, (long)rowCount * vocabulary);
        contract.Length(rows, rowCount);
        contract.Length(thresholds, rowCount);
        contract.Length(kept, (long)(rowCount / rowsPerSequence) * stride * capacity);
        contract.Length(counts, (long)(rowCount / rowsPerSequence) * stride);
        contract.GridAtLeast(rowCount);
    }
}
