namespace LbrCore.Kernels;

// KeyValueCache.Compact
// purpose   After a branch was chosen: moves the keys and values of its nodes to the slots right behind the prefix, in all layers at once.
// math      slot[n_s + i] = slot[n_s + kept[s, i]],   i = 0..keptCounts[s]-1, for every sequence s with prefix n_s, layer, head, and for keys and values
// shapes    keys, values [layers, sequences, heads, slots, headDim]; lengths, keptCounts [sequences]; kept [sequences, keptStride], rising in each sequence
// mapping   One group a layer, sequence and head. A thread owns 16 bytes (or one element) of the head and carries them slot by slot, first to last. As the list
//           rises, i <= kept[i]: what a thread overwrites it has read already, and no other thread touches it. So the move is safe in place without a barrier.
// traffic   reads and writes each kept slot once; slots that stay are skipped. L = 1 keeps one node: 2 * layers * heads * headDim elements a sequence
// numerics  a copy
/// <summary>Moves within the cache.</summary>
public static partial class KeyValueCache
{
    /// <summary>slot[n + i] = slot[n + kept[i]] in every layer and head.</summary>
    /// <param name="keys">[layers, sequences, heads, slots, headDim]. Changed in place.</param>
    /// <param name="values">[layers, sequences, heads, slots, headDim]. Changed in place.</param>
    /// <param name="lengths">[sequences]: slots of the prefix.</param>
    /// <param name="kept">[sequences, keptStride]: nodes to keep, counted from the end of the prefix, rising. The list ends at the first that does not rise or does not exist.</param>
    /// <param name="keptCounts">[sequences]: nodes to keep, 0 for none.</param>
    /// <param name="layers">Layers.</param>
    /// <param name="sequences">Sequences.</param>
    /// <param name="heads">Key-value heads.</param>
    /// <param name="slots">Slots of a sequence.</param>
    /// <param name="headDim">Elements of a head.</param>
    /// <param name="keptStride">Places for nodes in the list of a sequence.</param>
    /// <param name="packed">Whether heads start at multiples of 16 bytes.</param>
    [Kernel(Contract = nameof(CheckCompact))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    [Variant(typeof(Half))]
    public static void Compact<T>(
        ArrayView<T> keys, ArrayView<T> values, ArrayView<int> lengths, ArrayView<int> kept, ArrayView<int> keptCounts,
        int layers, int sequences, int heads, int slots, int headDim, int keptStride, bool packed)
        where T : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        int item = Grid.IdxX, sequence = item / heads % sequences;
        if (item >= layers * sequences * heads) return;
        Grid.DependencySynchronize();
        int prefix = lengths[sequence], count = XMath.Min(keptCounts[sequence], keptStride), before = -1;
        long start = (long)item * slots * headDim;
        ArrayView<T> headKeys = keys.SubView(start, slots * headDim), headValues = values.SubView(start, slots * headDim);
        for (int i = 0; i < count; i++)
        {
            int node = kept[(sequence * keptStride) + i];
            if (node <= before || prefix + node >= slots) break;
            before = node;
            if (node == i) continue;
            Move(headKeys, (prefix + node) * headDim, (prefix + i) * headDim, headDim, packed);
            Move(headValues, (prefix + node) * headDim, (prefix + i) * headDim, headDim, packed);
        }
    }

    private static void Move<T>(ArrayView<T> head, int from, int to, int headDim, bool packed) where T : unmanaged
    {
        if (packed)
        {
            for (int at = Group.IdxX * Packed<T>.Count; at < headDim; at += Group.DimX * Packed<T>.Count) head.StorePacked(to + at, head.LoadPacked(from + at));
        }
        else
        {
            for (int at = Group.IdxX; at < headDim; at += Group.DimX) head[to + at] = head[from + at];
        }
    }

    /// <summary>Queues <see cref="Compact"/>.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="keys">[layers, sequences, heads, slots, headDim]. Changed in place.</param>
    /// <param name="values">[layers, sequences, heads, slots, headDim]. Changed in place.</param>
    /// <param name="lengths">[sequences]: slots of the prefix.</param>
    /// <param name="kept">[sequences, keptStride]: nodes to keep, rising.</param>
    /// <param name="keptCounts">[sequences]: nodes to keep.</param>
    /// <param name="layers">Layers.</param>
    /// <param name="sequences">Sequences.</param>
    /// <param name="heads">Key-value heads.</param>
    /// <param name="slots">Slots of a sequence.</param>
    /// <param name="headDim">Elements of a head.</param>
    /// <param name="keptStride">Places for nodes in the list of a sequence.</param>
    /// <param name="dependent">Programmatic dependent launch.</param>
    public static void LaunchCompact<T>(
        ComputeStream stream, ArrayView<T> keys, ArrayView<T> values, ArrayView<int> lengths, ArrayView<int> kept, ArrayView<int> keptCounts,
        int layers, int sequences, int heads, int slots, int headDim, int keptStride, bool dependent = false)
        where T : unmanaged
    {
        bool packed = PackedSplit.RowsAligned(keys, headDim) && PackedSplit.RowsAligned(values, headDim);
        int pieces = headDim / (packed ? Packed<T>.Count : 1);
        int threads = Math.Min((pieces + Warp.WarpSize - 1) / Warp.WarpSize * Warp.WarpSize, 256);
        var config = new LaunchConfig(checked(layers * sequences * heads), threads) { DependentLaunch = dependent };
        LaunchCompact(stream, config, keys, values, lengths, kept, keptCounts, layers, sequences, heads, slots, headDim, keptStride, packed);
    }

    private static void CheckCompact<T>(
        LaunchContract contract, ArrayView<T> keys, ArrayView<T> values, ArrayView<int> lengths, ArrayView<int> kept, ArrayView<int> keptCounts,
        int layers, int sequences, int heads, int slots, int headDim, int keptStride, bool packed)
        where T : unmanaged
    {
        contract.Positive(layers);
        contract.Positive(sequences);
        contract.Positive(heads);
        contract.Positive(slots);
        contract.Positive(headDim);
        contract.NonNegative(keptStride);
        contract.InRange((long)layers * sequences * heads, 1, int.MaxValue);
        contract.InRange((long)slots * headDim, 1, int.MaxValue);
        contract.InRange((long)sequences * keptStride, 0, int.MaxValue);
        contract.Length(keys, (long)layers * sequences * heads * slots * headDim);
        contract.Length(values, (long)layers * sequences * heads * slots * headDim);
        contract.Length(lengths, sequences);
        contract.Length(keptCounts, sequences);
        contract.Length(kept, (long)sequences * keptStride);
        contract.Disjoint(keys, values);
        contract.GridAtLeast(layers * sequences * heads);
        if (!packed) return;
        contract.MultipleOf(headDim, Packed<T>.Count);
        contract.Aligned(keys, 16);
        contract.Aligned(values, 16);
    }
}
