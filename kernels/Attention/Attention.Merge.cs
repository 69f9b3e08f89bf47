namespace LbrCore.Kernels;

// Attention.Merge
// purpose   Joins the parts that Attention.Tree left of items shared by many groups. A group of its own a column: one latency, where the last group of Tree would read
//           megabytes through one multiprocessor.
// math      m = max_i m_i,   y = sum_i 2^(m_i - m) o_i / sum_i 2^(m_i - m) l_i
// mapping   headDim / 4 threads carry four elements each; as many such teams as fit take the parts in turn and meet in shared memory
// numerics  an order that depends on lengths and launch alone
public static partial class Attention
{
    /// <summary>Writes the columns whose keys several groups of <see cref="Tree"/> have shared.</summary>
    /// <param name="partials">What <see cref="Tree"/> left.</param>
    /// <param name="rows">The same rows.</param>
    /// <param name="y">[sequences * rowsPerSequence, queryHeads * headDim]. Written where an item was cut.</param>
    /// <param name="sequences">Sequences of the pass.</param>
    /// <param name="rowsPerSequence">Rows of each.</param>
    /// <param name="queryHeads">Query heads.</param>
    /// <param name="keyValueHeads">Key-value heads.</param>
    /// <param name="headDim">Elements of a head.</param>
    /// <param name="slots">Slots of a sequence in the cache.</param>
    /// <param name="columnsOfItem">Columns of an item.</param>
    /// <param name="leastTiles">As in <see cref="Tree"/>.</param>
    /// <param name="producers">Groups of <see cref="Tree"/>.</param>
    /// <param name="early">Whether the rows are older than the kernels that may still be running.</param>
    [Kernel(GroupSize = TreeThreads, Contract = nameof(CheckMerge))]
    [Variant(typeof(BFloat16))]
    [Variant(typeof(Half))]
    public static void Merge<T>(
        ArrayView<float> partials, ArrayView<TokenRow> rows, ArrayView<T> y, int sequences, int rowsPerSequence, int queryHeads, int keyValueHeads, int headDim, int slots,
        int columnsOfItem, int leastTiles, int producers, bool early)
        where T : unmanaged
    {
        ArrayView<float> sums = SharedMemory.Allocate<float>(MergeFloats);
        Grid.TriggerLaunchCompletion();
        if (!early) Grid.DependencySynchronize();
        int headsOfKey = queryHeads / keyValueHeads, all = rowsPerSequence * headsOfKey, blocks = (all + columnsOfItem - 1) / columnsOfItem, items = keyValueHeads * blocks;
        int column = Grid.IdxX % all, keyValueHead = Grid.IdxX / all % keyValueHeads, place = Grid.IdxX / all / keyValueHeads;
        int longest = 0, total = TreeCursor.Total(rows, sequences, items, rowsPerSequence, slots, ref longest), before = TreeCursor.Before(rows, place, items, rowsPerSequence, slots);
        TokenRow row = rows[(place * rowsPerSequence) + (column / headsOfKey)];
        int tiles = TreeCursor.TilesOf(rows, place, rowsPerSequence, slots), share = TreeCursor.Share(total, longest, leastTiles, producers);
        int start = before + (((keyValueHead * blocks) + (column / columnsOfItem)) * tiles), firstGroup = start / share, pieces = ((start + tiles - 1) / share) - firstGroup + 1;
        if (early) Grid.DependencySynchronize();
        if (row.Sequence < 0 || pieces == 1) return;

        int team = headDim / 4, teams = TreeThreads / team, mine = Group.IdxX / team, element = Group.IdxX % team * 4, pitch = PartPitch(headDim);
        if (mine < teams)
        {
            ArrayView<float> top = LocalMemory.Allocate<float>(1), sum = LocalMemory.Allocate<float>(1), elements = LocalMemory.Allocate<float>(4);
            ArrayView<int> columnOf = LocalMemory.Allocate<int>(1), elementOf = LocalMemory.Allocate<int>(1);
            columnOf[0] = column % columnsOfItem;
            elementOf[0] = element;
            top[0] = Lowest;
            AddParts(top, sum, elements, partials, columnOf, elementOf, firstGroup, pieces, mine, teams, columnsOfItem, headDim, 1, 8);
            for (int e = 0; e < 4; e++) sums[(mine * pitch) + element + e] = elements[e];
            if (element == 0)
            {
                sums[(mine * pitch) + headDim] = top[0];
                sums[(mine * pitch) + headDim + 1] = sum[0];
            }
        }

        Group.Barrier();
        float max = Lowest, weight = 0f;
        for (int i = 0; i < teams; i++) max = XMath.Max(max, sums[(i * pitch) + headDim]);
        for (int i = 0; i < teams; i++) weight += XMath.FastExp2(sums[(i * pitch) + headDim] - max) * sums[(i * pitch) + headDim + 1];
        long at = TreeColumn(place, keyValueHead, column, rowsPerSequence, queryHeads, headsOfKey) * headDim;
        for (int e = Group.IdxX; e < headDim; e += TreeThreads)
        {
            float value = 0f;
            for (int i = 0; i < teams; i++) value += XMath.FastExp2(sums[(i * pitch) + headDim] - max) * sums[(i * pitch) + e];
            y[at + e] = Element.FromFloat<T>(value / weight);
        }
    }

    // The most that teams * PartPitch is, at the smallest head of 64 elements.
    private const int MergeFloats = TreeThreads / 16 * (64 + 4);

    private static void CheckMerge<T>(
        LaunchContract contract, ArrayView<float> partials, ArrayView<TokenRow> rows, ArrayView<T> y, int sequences, int rowsPerSequence, int queryHeads, int keyValueHeads, int headDim,
        int slots, int columnsOfItem, int leastTiles, int producers, bool early)
        where T : unmanaged
    {
        contract.Positive(rowsPerSequence);
        contract.Positive(keyValueHeads);
        contract.MultipleOf(queryHeads, keyValueHeads);
        contract.InRange(headDim, 64, MaximumHeadDim);
        contract.MultipleOf(headDim, 4);
        contract.Positive(columnsOfItem);
        contract.Positive(leastTiles);
        contract.Positive(producers);
        contract.Length(partials, 2L * producers * columnsOfItem * PartPitch(headDim));
        contract.Aligned(partials, 16);
        contract.Length(rows, (long)sequences * rowsPerSequence);
        contract.Length(y, (long)sequences * rowsPerSequence * queryHeads * headDim);
        contract.GridAtLeast(sequences * rowsPerSequence * queryHeads);
    }
}
