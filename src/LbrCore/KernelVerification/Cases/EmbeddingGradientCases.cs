using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Sums of picked rows: empty and long segments, with and without an index list, written and added to.</summary>
internal static class EmbeddingGradientCases
{
    private static readonly (int Columns, bool Ordered, bool Accumulate)[] s_shapes = [(1, true, false), (33, true, true), (64, false, false), (300, false, true)];

    public static IEnumerable<KernelCase> All => [.. Backward<float>(), .. Backward<BFloat16>()];

    private static IEnumerable<KernelCase> Backward<T>() where T : unmanaged =>
        from shape in s_shapes
        select new KernelCase(Embedding.BackwardVariant<T>(), shape.ToString(), trial => Run<T>(trial, shape)) { FitsScalarDevice = shape.Columns <= 33 };

    private static void Run<T>(KernelTrial trial, (int Columns, bool Ordered, bool Accumulate) shape) where T : unmanaged
    {
        const int Rows = 13;
        const float Scale = 0.75f;
        int[] counts = [1, 0, 9, 3], order = [12, 0, 3, 3, 5, 7, 1, 2, 4, 6, 8, 9, 10];
        var segments = new RowSegment[counts.Length];
        for (int i = 0, start = 0; i < counts.Length; start += counts[i++]) segments[i] = new RowSegment { Target = counts.Length - 1 - i, Start = start, Count = counts[i] };
        T[] gradY = Numbers.Normal<T>(Rows * shape.Columns, $"gradY {shape}");
        float[] before = Numbers.Normal<float>(counts.Length * shape.Columns, "table");
        (double[] exact, double[] plain) = GradientReference.Both<float>(arithmetic =>
        {
            double[] table = new double[before.Length];
            foreach (RowSegment segment in segments)
            {
                for (int i = segment.Start; i < segment.Start + segment.Count; i++)
                {
                    for (int c = 0; c < shape.Columns; c++)
                    {
                        int at = (segment.Target * shape.Columns) + c;
                        table[at] = arithmetic.Round(table[at] + Numbers.ToDouble(gradY[((shape.Ordered ? order[i] : i) * shape.Columns) + c]));
                    }
                }
            }

            for (int i = 0; i < table.Length; i++) table[i] = arithmetic.Round((table[i] * Scale) + (shape.Accumulate ? before[i] : 0));
            return table;
        });
        ArrayView<float> target = shape.Accumulate ? trial.Replaced("gradTable", before, exact, plain) : trial.Output<float>("gradTable", exact, plain);
        Embedding.LaunchBackward(
            trial.Stream, trial.Input("gradY", gradY), shape.Ordered ? trial.Input("order", order) : default, trial.Input("segments", segments), target, segments.Length, shape.Columns, shape.Accumulate,
            Scale);
    }
}
