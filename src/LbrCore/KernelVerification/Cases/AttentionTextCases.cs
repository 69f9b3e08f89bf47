using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Attention of prompts on tensor cores: runs longer and shorter than a group's rows, runs that continue a text, several texts in one group, padding, both layouts of keys.</summary>
internal static class AttentionTextCases
{
    // Texts: (sequence, first position, rows) one after the other; a negative sequence for padding.
    private sealed record Shape(int QueryHeads, int KeyValueHeads, params (int Sequence, int First, int Rows)[] Texts)
    {
        public bool SlotMajor { get; init; }

        public bool WantsLogSums { get; init; }

        public double Scale { get; init; } = 1;

        public override string ToString() => $"{QueryHeads}/{KeyValueHeads} heads, {string.Join(' ', Texts)}{(SlotMajor ? ", slot-major" : "")}{(WantsLogSums ? ", log sums" : "")}, scale {Scale}";
    }

    private static readonly Shape[] s_shapes =
    [
        new(1, 1, (0, 0, 5)), new(2, 1, (0, 0, 150)) { WantsLogSums = true }, new(2, 2, (1, 0, 63), (0, 64, 2), (-1, 0, 3), (2, 7, 90)),
        new(3, 1, (0, 127, 1), (1, 3, 1), (0, 20, 40), (2, 0, 33), (1, 60, 2)) { SlotMajor = true, WantsLogSums = true }, new(1, 1, (0, 100, 65)) { Scale = 30 },
    ];

    public static IEnumerable<KernelCase> All => [.. new[] { 64, 80, 96, 128, 256 }.SelectMany(headDim => (KernelCase[])[.. Of<BFloat16>(headDim), .. Of<Half>(headDim)])];

    private static IEnumerable<KernelCase> Of<T>(int headDim) where T : unmanaged => s_shapes.Select(shape =>
        new KernelCase(Attention.TextVariant<T>(headDim), $"{shape}, head size {headDim}", trial => Run<T>(trial, shape, headDim)) { FitsScalarDevice = shape == s_shapes[0] });

    private static void Run<T>(KernelTrial trial, Shape shape, int headDim) where T : unmanaged
    {
        int slots = shape.Texts.Max(text => text.First + text.Rows) + 1, sequences = shape.Texts.Max(text => text.Sequence) + 1;
        CacheLayout layout = shape.SlotMajor
            ? new CacheLayout { SequenceStride = (long)slots * shape.KeyValueHeads * headDim, HeadStride = headDim, SlotStride = shape.KeyValueHeads * headDim, Slots = slots }
            : CacheLayout.HeadMajor(shape.KeyValueHeads, slots, headDim);
        TokenRow[] rows =
        [
            .. from text in shape.Texts
               from i in Enumerable.Range(text.First, text.Rows)
               select text.Sequence < 0 ? TokenRow.Padding : TokenRow.InText(text.Sequence, i),
        ];
        var problem = new AttentionProblem(rows.Length, shape.QueryHeads, shape.KeyValueHeads, headDim, (shape.QueryHeads + 2) * headDim, layout) { Rows = AttentionRows.Texts };
        int[] parents = [.. Enumerable.Repeat(-1, sequences * slots)];
        new AttentionOperands<T>(problem, rows, parents, sequences, shape.Scale).Run(trial, new AttentionPlan(AttentionKernel.Text), wantsLogSums: shape.WantsLogSums);
    }
}
