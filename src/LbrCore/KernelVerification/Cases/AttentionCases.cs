using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Attention: prompts, single tokens and trees in one batch; head sizes up to 256; grouped heads; both layouts of keys; large scores; padding rows.</summary>
internal static class AttentionCases
{
    private sealed record Shape(int QueryHeads, int KeyValueHeads, int HeadDim, int Prefix, int TreeRows)
    {
        public bool SlotMajor { get; init; }

        public double Scale { get; init; } = 1;

        public int Offset { get; init; }
    }

    private static readonly Shape[] s_shapes =
    [
        new(1, 1, 16, 3, 2), new(2, 1, 33, 0, 3), new(4, 2, 64, 40, 9), new(3, 1, 64, 7, 20) { SlotMajor = true }, new(2, 2, 1, 9, 1),
        new(2, 1, 80, 12, 4) { Offset = 1 }, new(2, 2, 96, 70, 1), new(6, 2, 128, 33, 13), new(2, 1, 128, 31, 3) { SlotMajor = true, Scale = 30 },
        new(2, 1, 200, 5, 3), new(2, 1, 256, 50, 6) { Offset = 1 },
    ];

    public static IEnumerable<KernelCase> All => [.. Portable<float>(), .. Portable<BFloat16>(), .. Portable<Half>(), .. Naive<float>(), .. Naive<BFloat16>(), .. AttentionTreeCases.All, .. AttentionTextCases.All];

    private static IEnumerable<KernelCase> Portable<T>() where T : unmanaged =>
        from shape in s_shapes
        let perLane = shape.HeadDim <= 64 ? 2 : shape.HeadDim <= 128 ? 4 : 8
        select new KernelCase(Attention.PortableVariant<T>(perLane), shape.ToString(), trial => Run<T>(trial, shape, AttentionKernel.Portable)) { FitsScalarDevice = shape.Prefix < 13 && shape.TreeRows < 5 };

    // Besides the shapes of all: more than one round of keys, in the prefix and along the path.
    private static IEnumerable<KernelCase> Naive<T>() where T : unmanaged =>
        from shape in s_shapes.Append(new Shape(2, 1, 128, 300, 3)).Append(new Shape(1, 1, 24, 2, 400))
        select new KernelCase(Attention.NaiveVariant<T>(), shape.ToString(), trial => Run<T>(trial, shape, AttentionKernel.Naive)) { FitsScalarDevice = shape.Prefix < 8 && shape.TreeRows < 4 };

    private static void Run<T>(KernelTrial trial, Shape shape, AttentionKernel kernel) where T : unmanaged
    {
        const int Sequences = 3;
        (int heads, int groups, int d) = (shape.QueryHeads, shape.KeyValueHeads, shape.HeadDim);
        int slots = shape.Prefix + shape.TreeRows + 2, stride = (heads * d) + 3;
        CacheLayout layout = shape.SlotMajor
            ? new CacheLayout { SequenceStride = (long)slots * groups * d, HeadStride = d, SlotStride = groups * d, Slots = slots }
            : CacheLayout.HeadMajor(groups, slots, d);
        (TokenRow[] rows, int[] parents) = Rows(shape, Sequences, slots);
        var operands = new AttentionOperands<T>(new AttentionProblem(rows.Length, heads, groups, d, stride, layout), rows, parents, Sequences, shape.Scale);
        operands.Run(trial, new AttentionPlan(kernel), offset: shape.Offset, wantsLogSums: kernel == AttentionKernel.Portable && rows.All(row => row.Sequence >= 0));
    }

    // Sequence 0: a tree. Sequence 1: a piece of a prompt. Sequence 2: a single token; with an even number of tree rows also a row of padding.
    private static (TokenRow[] Rows, int[] Parents) Rows(Shape shape, int sequences, int slots)
    {
        var rows = new List<TokenRow>();
        int[] parents = [.. Enumerable.Repeat(-1, sequences * slots)];
        for (int node = 0; node < shape.TreeRows; node++)
        {
            // A deep chain with bushes on it.
            int parent = node % 3 == 2 ? node - 2 : node - 1;
            parents[shape.Prefix + node] = parent < 0 ? -1 : shape.Prefix + parent;
            rows.Add(new TokenRow { Sequence = 0, Prefix = shape.Prefix, Slot = shape.Prefix + node });
        }

        if (shape.TreeRows % 2 == 0) rows.Add(TokenRow.Padding);
        for (int position = Math.Max(0, shape.Prefix - 2); position <= shape.Prefix; position++) rows.Add(TokenRow.InText(1, position));
        rows.Add(TokenRow.InText(2, shape.Prefix / 2));
        return ([.. rows], parents);
    }
}
