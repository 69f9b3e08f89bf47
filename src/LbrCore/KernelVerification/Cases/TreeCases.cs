using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Growing, choosing and shifting trees: small batches with sequences that go on, stop, end and rest.</summary>
internal static class TreeCases
{
    // Width 2, depth 2: roots 0, 1; children 2, 3 of 0 and 4, 5 of 1.
    private const int Width = 2, Nodes = 6;

    private static readonly SamplingParameters s_seed = new() { Temperature = 1, TopP = 1, SeedLow = 77, SeedHigh = 3 };

    public static IEnumerable<KernelCase> All =>
    [
        Frontier(), .. Place(), Thin(), .. Keep<float>(), .. Keep<BFloat16>(), .. Keep<Half>(),
        .. Choose(), Commit(), .. Shift<float>(), .. Shift<BFloat16>(), .. Shift<Half>(),
    ];

    private static KernelCase Frontier() => new(TokenTree.FrontierVariant(), "goes on, stops, lacks a node, ends, rests", trial =>
    {
        int[] lengths = [5, 5, 9, 10], limits = [10, 7, 10, 10], stops = [3, 8];
        int[] valid = [1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0];
        int[] tokens = [4, 8, 0, 0, 0, 0, 4, 4, 0, 0, 0, 0, 4, 4, 0, 0, 0, 0, 4, 4, 0, 0, 0, 0];
        TokenRow none = TokenRow.Padding;
        TokenRow[] rows = [Row(0, 5, 5, 5), none, Row(1, 5, 5, 5), none, none, none, none, none];
        TokenTree.LaunchFrontier(
            trial.Stream, new LaunchConfig(1), trial.Input("lengths", lengths), trial.Input("limits", limits), trial.Input("nodeValid", valid), trial.Input("nodeTokens", tokens),
            trial.Input("stops", stops), trial.Output("rows", rows), 4, Width, 0, 2, Nodes, 2);
    })
    { FitsScalarDevice = true };

    private static KernelCase Thin() => new(TokenTree.ThinVariant(), "sure, unsure, at the threshold", trial =>
    {
        int[] tokens = [1, 2, 3, 4, 5, 6, 7, 8, -1], after = [1, -1, -1, 4, 5, 6, 7, 8, -1];
        TokenTree.ThinChildren(trial.Stream, trial.Input("entropies", (float[])[0.2f, 3, 0.5f]), trial.Replaced("tokens", tokens, after), 3, 3, 0.5f);
    })
    { FitsScalarDevice = true };

    private static IEnumerable<KernelCase> Place() =>
        from ordered in new[] { false, true }
        select new KernelCase(TokenTree.PlaceVariant(), $"all, some, none, no room; ordered={ordered}", trial => RunPlace(trial, ordered)) { FitsScalarDevice = true };

    private static void RunPlace(KernelTrial trial, bool ordered)
    {
        const int Slots = 12;
        int[] lengths = [3, 4, 2, 7], tokens = [10, 11, 12, 13, 14, 15, -1, 17, 18, 19, 20, 21, 22, 23, 24, 25];
        TokenRow none = TokenRow.Padding;
        TokenRow[] parents = [Row(0, 3, 3, 3), Row(0, 3, 3, 4), none, Row(1, 4, 4, 5), none, none, Row(3, 7, 7, 7), Row(3, 7, 7, 8)];
        float[] logProbabilities = [.. Enumerable.Range(0, 16).Select(i => -0.25f * i)];
        float[] orderedLogProbabilities = [.. logProbabilities.Select(value => value / 2)], rests = [.. Enumerable.Range(0, 8).Select(i => i / 16f)];
        bool[] grown = [true, true, true, true, false, false, false, true, false, false, false, false, true, true, true, false];
        int[] newTokens = [.. tokens.Select((token, i) => grown[i] ? token : -1)];
        float[] newLogProbabilities = [.. logProbabilities.Select((value, i) => grown[i] ? value : 0)];
        TokenRow[] rows = [.. Enumerable.Range(0, 16).Select(i => grown[i] ? Row(i / 4, lengths[i / 4] + 1, lengths[i / 4], lengths[i / 4] + 2 + (i % 4)) : none)];
        int[] slotsBefore = [.. Enumerable.Repeat(-9, 4 * Slots)], slotsAfter = [.. slotsBefore], parentOf = [-1, -1, 0, 0, 1, 1];
        for (int s = 0; s < 4; s++)
            for (int node = 0; node < Nodes && lengths[s] + node < Slots; node++) slotsAfter[(s * Slots) + lengths[s] + node] = parentOf[node] < 0 ? -1 : lengths[s] + parentOf[node];
        TokenTree.LaunchPlace(
            trial.Stream, new LaunchConfig(4), trial.Input("lengths", lengths), trial.Input("parentRows", parents), trial.Input("logProbabilities", logProbabilities),
            ordered ? trial.Input("orderedLogProbabilities", orderedLogProbabilities) : default, ordered ? trial.Input("rests", rests) : default,
            trial.Replaced("tokens", tokens, newTokens), Level("nodeTokens", -5, newTokens), Level("nodeLogProbabilities", 9f, newLogProbabilities), Level("nodeValid", 7, [.. grown.Select(g => g ? 1 : 0)]),
            ordered ? Level("nodeRests", 9f, [.. grown.Select((g, i) => g ? rests[i / Width] : 0)]) : default, Level("grownTokens", -5, newTokens), Level("grownLogProbabilities", 9f, newLogProbabilities),
            ordered ? Level("grownOrdered", 9f, [.. grown.Select((g, i) => g ? orderedLogProbabilities[i] : 0)]) : default, trial.Output("rows", rows), trial.Replaced("slotParents", slotsBefore, slotsAfter),
            4, Width, 2, 4, 2, Nodes, Slots);

        // The places of depth 2 get the values; those above keep theirs.
        ArrayView<TValue> Level<TValue>(string name, TValue before, TValue[] values) where TValue : unmanaged =>
            trial.Replaced(name, [.. Enumerable.Repeat(before, 4 * Nodes)], [.. Enumerable.Range(0, 4 * Nodes).Select(at => at % Nodes < 2 ? before : values[(at / Nodes * 4) + (at % Nodes) - 2])]);
    }

    private static IEnumerable<KernelCase> Keep<T>() where T : unmanaged =>
        from shape in new[] { (Hidden: 40, Offset: 0), (Hidden: 33, Offset: 1) }
        select new KernelCase(TokenTree.KeepVariant<T>(), $"hidden={shape.Hidden}, offset={shape.Offset}", trial =>
        {
            T[] states = Numbers.Normal<T>(3 * 4 * shape.Hidden, "states"), before = Numbers.Normal<T>(3 * Nodes * shape.Hidden, "nodes"), after = [.. before];
            for (int row = 0; row < 12; row++) Array.Copy(states, row * shape.Hidden, after, ((row / 4 * Nodes) + 2 + (row % 4)) * shape.Hidden, shape.Hidden);
            TokenTree.KeepStates(trial.Stream, trial.Input("states", states, shape.Offset), trial.Replaced("nodeStates", before, after, shape.Offset), 3, 4, 2, Nodes, shape.Hidden);
        })
        { FitsScalarDevice = true };

    private static IEnumerable<KernelCase> Choose() =>
    [
        new KernelCase(TokenTree.ChooseVariant(), "draws, width 2", trial => RunChoose(trial, Width, Nodes, 3, best: false, biased: false)) { FitsScalarDevice = true },
        new KernelCase(TokenTree.ChooseVariant(), "best, width 2", trial => RunChoose(trial, Width, Nodes, 3, best: true, biased: false)) { FitsScalarDevice = true },
        new KernelCase(TokenTree.ChooseVariant(), "draws, width 64", trial => RunChoose(trial, 64, 64, 1, best: false, biased: false)) { FitsScalarDevice = true },
        new KernelCase(TokenTree.ChooseVariant(), "draws with bias, width 4", trial => RunChoose(trial, 4, 20, 5, best: false, biased: true)) { FitsScalarDevice = true },
        new KernelCase(TokenTree.ChooseVariant(), "draws with bias, width 8", trial => RunChoose(trial, 8, 8, 1, best: false, biased: true)) { FitsScalarDevice = true },
    ];

    // Sequences: usual scores, a chosen stop, one missing root, scores that are no numbers, at rest, no root at all.
    private static void RunChoose(KernelTrial trial, int width, int nodes, int keptStride, bool best, bool biased)
    {
        const int Sequences = 6;
        int[] lengths = [4, 5, 6, 7, 9, 3], limits = [9, 9, 9, 9, 9, 9], stops = [50];
        float[] scores = Numbers.Normal<float>(Sequences * width, "scores", 1.5);
        Array.Fill(scores, float.NaN, 3 * width, width);
        int[] valid = new int[Sequences * nodes], tokens = new int[Sequences * nodes];
        float[] logProbabilities = new float[Sequences * nodes], rests = new float[Sequences * nodes];
        for (int s = 0; s < Sequences; s++)
        {
            for (int node = 0; node < nodes; node++)
            {
                (valid[(s * nodes) + node], tokens[(s * nodes) + node]) = (s == 5 || (s == 2 && node == width - 1) ? 0 : 1, s == 1 ? 50 : node);
                (logProbabilities[(s * nodes) + node], rests[(s * nodes) + node]) = (MathF.Log((0.5f + (node % width)) / (width * width)), s == 4 ? 0f : 0.25f);
            }
        }

        double[] logRho = new double[Sequences * width];
        int[] chosen = new int[Sequences], kept = [.. Enumerable.Repeat(-3, Sequences * keptStride)], keptAfter = [.. kept], counts = new int[Sequences], limitsAfter = [.. limits];
        for (int s = 0; s < Sequences; s++)
        {
            int roots = s is 4 or 5 ? 0 : s == 2 ? width - 1 : width;
            Array.Fill(logRho, double.NegativeInfinity, s * width, width);
            chosen[s] = -1;
            if (roots == 0) continue;
            double[] z = [.. Enumerable.Range(0, roots).Select(k => s == 3 ? 0 : (double)scores[(s * width) + k])];
            double[] p = [.. Enumerable.Range(0, roots).Select(k => Math.Exp(logProbabilities[(s * nodes) + k]))];
            // Scores that are no numbers count as equal, whatever the bias.
            if (biased && s != 3) z = [.. z.Zip(TreeReference.FirstDrawBias(p, rests[s * nodes]), (score, bias) => score + bias)];
            double[] rho = TreeReference.Softmax(z, 0.75);
            for (int k = 0; k < roots; k++) logRho[(s * width) + k] = Math.Log(rho[k]);
            uint[] random = SamplingReference.Philox([(uint)(s + 10), (uint)lengths[s], uint.MaxValue, 0], s_seed.SeedLow, s_seed.SeedHigh);
            chosen[s] = best ? Array.IndexOf(z, z.Max()) : SamplingReference.Invert(rho, (((ulong)random[1] << 32) | random[0]) / 18446744073709551616.0);
            counts[s] = keptStride;
            int[] subtree = TreeReference.Subtree(chosen[s], width, keptStride);
            subtree.CopyTo(keptAfter, s * keptStride);
            if (s == 1) limitsAfter[s] = lengths[s] + 1;
        }

        RoutingParameters[] routing = [.. Enumerable.Repeat(new RoutingParameters { Temperature = 0.75f, TakesBest = best ? 1 : 0, AddsSiblingBias = biased ? 1 : 0 }, Sequences)];
        SamplingParameters[] sampling = [.. Enumerable.Range(0, Sequences).Select(s => s_seed with { SequenceId = (uint)(s + 10) })];
        TokenTree.LaunchChoose(
            trial.Stream, new LaunchConfig(Sequences), trial.Input("scores", scores), trial.Input("routing", routing), trial.Input("sampling", sampling),
            trial.Input("nodeValid", valid), trial.Input("nodeTokens", tokens), trial.Input("nodeLogProbabilities", logProbabilities), trial.Input("nodeRests", rests),
            trial.Input("stops", stops), trial.Input("lengths", lengths), trial.Replaced("limits", limits, limitsAfter),
            trial.Replaced("logRho", new float[logRho.Length], logRho, Array.ConvertAll(logRho, value => value + 1e-6)), trial.Output("chosen", chosen),
            trial.Replaced("kept", kept, keptAfter), trial.Output("keptCounts", counts), Sequences, width, nodes, keptStride, stops.Length);
    }

    private static KernelCase Commit() => new(TokenTree.CommitVariant(), "goes on, rests, no room, another root", trial =>
    {
        const int Slots = 8;
        int[] chosen = [1, -1, 0, 0], lengths = [3, 5, Slots, 7], tokens = [.. Enumerable.Range(0, 4 * Nodes).Select(i => 100 + i)];
        int[] before = [.. Enumerable.Repeat(-9, 4 * Slots)], after = [.. before];
        (after[3], after[(3 * Slots) + 7]) = (-1, -1);
        TokenTree.CommitRows(
            trial.Stream, trial.Input("chosen", chosen), trial.Input("nodeTokens", tokens), trial.Input("lengths", lengths), trial.Output("tokens", (int[])[101, -1, -1, 100 + (3 * Nodes)]),
            trial.Output("rows", (TokenRow[])[Row(0, 3, 3, 3), TokenRow.Padding, TokenRow.Padding, Row(3, 7, 7, 7)]), trial.Replaced("slotParents", before, after), 4, Nodes, Slots);
    })
    { FitsScalarDevice = true };

    private static IEnumerable<KernelCase> Shift<T>() where T : unmanaged =>
        from shape in new[] { (Hidden: 8, Offset: 0), (Hidden: 9, Offset: 1), (Hidden: 1032, Offset: 0) }
        select new KernelCase(TokenTree.ShiftVariant<T>(), $"hidden={shape.Hidden}, offset={shape.Offset}", trial => RunShift<T>(trial, shape.Hidden, shape.Offset)) { FitsScalarDevice = shape.Hidden < 100 };

    private static void RunShift<T>(KernelTrial trial, int hidden, int offset) where T : unmanaged
    {
        // Width 2, depth 3: 14 nodes, subtrees of 7 with 4 leaves. The second sequence rests.
        const int Sequences = 3, Stride = 14, Kept = 7, Leaves = 4;
        int[] chosen = [1, -1, 0], lengths = [3, 4, 5], lengthsAfter = [4, 4, 6];
        int[] kept = [.. chosen.SelectMany(k => TreeReference.Subtree(Math.Max(k, 0), 2, Kept))];
        T[] states = Numbers.Normal<T>(Sequences * Stride * hidden, "states"), statesAfter = [.. states], frontier = Numbers.Normal<T>(Sequences * Leaves * hidden, "frontier"), frontierAfter = [.. frontier];
        int[] from = [.. Enumerable.Range(0, Sequences * Stride)];
        foreach (int s in new[] { 0, 2 })
        {
            for (int node = 0; node < Kept - 1; node++) from[(s * Stride) + node] = (s * Stride) + kept[(s * Kept) + node + 1];
            for (int leaf = 0; leaf < Leaves; leaf++) Array.Copy(states, ((s * Stride) + kept[(s * Kept) + Kept - Leaves + leaf]) * hidden, frontierAfter, ((s * Leaves) + leaf) * hidden, hidden);
        }

        for (int node = 0; node < from.Length; node++) Array.Copy(states, from[node] * hidden, statesAfter, node * hidden, hidden);
        int[] valid = [.. from.Select((_, i) => i % 3 == 0 ? 0 : 1)], tokens = [.. from.Select((_, i) => 100 + i)];
        float[] logs = Numbers.Normal<float>(from.Length, "logs"), entropies = Numbers.Normal<float>(from.Length, "entropies"), rests = Numbers.Normal<float>(from.Length, "rests");
        TokenTree.ShiftSubtrees(
            trial.Stream, trial.Input("chosen", chosen), trial.Input("kept", kept), trial.Replaced("lengths", lengths, lengthsAfter),
            trial.Replaced("nodeStates", states, statesAfter, offset), trial.Replaced("frontier", frontier, frontierAfter, offset),
            Moved("nodeValid", valid), Moved("nodeTokens", tokens), Moved("nodeLogProbabilities", logs), Moved("nodeEntropies", entropies), Moved("nodeRests", rests),
            Sequences, Stride, Kept, Leaves, hidden);

        ArrayView<TValue> Moved<TValue>(string name, TValue[] values) where TValue : unmanaged => trial.Replaced(name, values, [.. from.Select(i => values[i])]);
    }

    private static TokenRow Row(int sequence, int position, int prefix, int slot) => new() { Sequence = sequence, Position = position, Prefix = prefix, Slot = slot };
}
