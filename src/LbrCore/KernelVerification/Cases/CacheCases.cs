using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Moves of kept nodes, and the rows and lengths that the device itself writes between steps.</summary>
internal static class CacheCases
{
    public static IEnumerable<KernelCase> All => [.. Compact<float>(), .. Compact<BFloat16>(), .. Compact<Half>(), .. Describe(), Advance()];

    private static IEnumerable<KernelCase> Compact<T>() where T : unmanaged =>
        from shape in new[] { (Heads: 1, HeadDim: 1, Offset: 0), (Heads: 2, HeadDim: 16, Offset: 0), (Heads: 1, HeadDim: 33, Offset: 0), (Heads: 2, HeadDim: 128, Offset: 1), (Heads: 3, HeadDim: 256, Offset: 0) }
        select new KernelCase(KeyValueCache.CompactVariant<T>(), $"heads={shape.Heads}, headDim={shape.HeadDim}, offset={shape.Offset}", trial => RunCompact<T>(trial, shape.Heads, shape.HeadDim, shape.Offset))
        { FitsScalarDevice = shape.HeadDim <= 33 };

    private static void RunCompact<T>(KernelTrial trial, int heads, int headDim, int offset) where T : unmanaged
    {
        const int Layers = 2, Sequences = 5, Slots = 20, Stride = 6;
        // Scattered, none, already in place, one that falls off the end and is dropped with what follows, all but the first.
        int[] lengths = [4, 0, 9, 16, 2], counts = [3, 0, 3, 3, 6], kept = new int[Sequences * Stride];
        int[][] lists = [[1, 4, 11], [], [0, 1, 2], [1, 3, 4], [1, 2, 3, 4, 5, 6]];
        for (int s = 0; s < Sequences; s++) lists[s].CopyTo(kept, s * Stride);
        T[] keys = Numbers.Normal<T>(Layers * Sequences * heads * Slots * headDim, "keys"), values = Numbers.Normal<T>(keys.Length, "values"), movedKeys = [.. keys], movedValues = [.. values];
        for (int head = 0; head < Layers * Sequences * heads; head++)
        {
            int s = head / heads % Sequences;
            for (int i = 0; i < counts[s] && lengths[s] + lists[s][i] < Slots; i++)
            {
                int from = ((head * Slots) + lengths[s] + lists[s][i]) * headDim, to = ((head * Slots) + lengths[s] + i) * headDim;
                Array.Copy(keys, from, movedKeys, to, headDim);
                Array.Copy(values, from, movedValues, to, headDim);
            }
        }

        KeyValueCache.LaunchCompact(
            trial.Stream, trial.Replaced("keys", keys, movedKeys, offset), trial.Replaced("values", values, movedValues, offset),
            trial.Input("lengths", lengths), trial.Input("kept", kept), trial.Input("keptCounts", counts), Layers, Sequences, heads, Slots, headDim, Stride);
    }

    private static IEnumerable<KernelCase> Describe() =>
    [
        new KernelCase(SequenceRows.DescribeVariant(), "trees", RunTrees) { FitsScalarDevice = true },
        new KernelCase(SequenceRows.DescribeVariant(), "single tokens", RunSingle) { FitsScalarDevice = true },
    ];

    private static void RunTrees(KernelTrial trial)
    {
        const int Rows = 3, Stride = 8, Slots = 16;
        // New trees; new leaves below two old nodes; at the limit; no room for the last node; a parent that does not come before its child.
        int[] lengths = [5, 2, 9, 14, 1], limits = [9, 9, 9, 99, 9], firsts = [0, 2, 0, 0, 0];
        int[] parents =
        [
            -1, -1, 1, 0, 0, 0, 0, 0,
            -1, 0, 0, 1, 1, 0, 0, 0,
            -1, 0, 1, 0, 0, 0, 0, 0,
            -1, -1, 0, 0, 0, 0, 0, 0,
            -1, 0, 7, 0, 0, 0, 0, 0,
        ];
        TokenRow none = TokenRow.Padding;
        TokenRow[] rows =
        [
            Row(0, 5, 5, 5), Row(0, 5, 5, 6), Row(0, 6, 5, 7),
            Row(1, 3, 2, 4), Row(1, 4, 2, 5), Row(1, 4, 2, 6),
            none, none, none,
            Row(3, 14, 14, 14), Row(3, 14, 14, 15), none,
            Row(4, 1, 1, 1), Row(4, 2, 1, 2), Row(4, 1, 1, 3),
        ];
        int[] before = [.. Enumerable.Repeat(-7, 5 * Slots)], after = [.. before];
        Set(0, 5, -1, -1, 6);
        Set(1, 2, -1, 2, 2, 3, 3);
        Set(3, 14, -1, -1);
        Set(4, 1, -1, 1, -1);
        SequenceRows.LaunchDescribe(
            trial.Stream, trial.Input("lengths", lengths), trial.Input("limits", limits), trial.Input("firstNodes", firsts), trial.Input("nodeParents", parents),
            trial.Output("rows", rows), trial.Replaced("slotParents", before, after), 5, Rows, Stride, Slots);

        static TokenRow Row(int sequence, int position, int prefix, int slot) => new() { Sequence = sequence, Position = position, Prefix = prefix, Slot = slot };

        void Set(int sequence, int slot, params int[] slotParents) => slotParents.CopyTo(after, (sequence * Slots) + slot);
    }

    private static void RunSingle(KernelTrial trial)
    {
        const int Slots = 6;
        int[] lengths = [0, 3, 5, -1], limits = [5, 5, 5, 5], before = new int[4 * Slots], after = [.. before];
        TokenRow[] rows = [TokenRow.InText(0, 0), TokenRow.InText(1, 3), TokenRow.Padding, TokenRow.Padding];
        (after[0], after[Slots + 3]) = (-1, -1);
        SequenceRows.LaunchDescribe(
            trial.Stream, trial.Input("lengths", lengths), trial.Input("limits", limits), default, default,
            trial.Output("rows", rows), trial.Replaced("slotParents", before, after), 4, 1, 0, Slots);
    }

    private static KernelCase Advance() => new(SequenceRows.AdvanceVariant(), "goes on, stops, rests", trial =>
    {
        int[] tokens = [5, 9, 5, 2], stops = [9, 2], lengths = [3, 4, 7, 6], limits = [8, 8, 7, 7];
        SequenceRows.LaunchAdvance(
            trial.Stream, trial.Input("tokens", tokens), trial.Input("stops", stops), trial.Replaced("lengths", lengths, [4, 5, 7, 7]), trial.Replaced("limits", limits, [8, 5, 7, 7]), 4);
    })
    { FitsScalarDevice = true };
}
