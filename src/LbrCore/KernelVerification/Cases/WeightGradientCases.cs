using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Gradients of weights on tensor cores: tiles filled and not, few rows and many, rows of gradY longer than what is summed, slices that meet.</summary>
internal static class WeightGradientCases
{
    private sealed record Sizes(int M, int N, int K, int Slices = 1, int Stride = 0);

    private static readonly Sizes[] s_sizes =
    [
        new(1, 1, 8, Stride: 8), new(33, 128, 128), new(70, 137, 144, Stride: 144), new(200, 40, 264, 2), new(520, 130, 136, 5, 136), new(1000, 24, 16, 3, 24), new(0, 8, 8),
    ];

    private static readonly WeightGradientShape[] s_shapes = [WeightGradientShape.Portable, .. WeightGradientShape.WarpGroups];

    public static IEnumerable<KernelCase> All =>
        from shape in s_shapes
        from sizes in s_sizes
        select new KernelCase(shape.Variant<BFloat16>(), sizes.ToString(), trial => Run<BFloat16>(trial, shape, sizes)) { FitsScalarDevice = sizes.M == 1 };

    private static void Run<T>(KernelTrial trial, WeightGradientShape shape, Sizes sizes) where T : unmanaged
    {
        (int m, int n, int k) = (sizes.M, sizes.N, sizes.K);
        int stride = Math.Max(n, sizes.Stride), tiles = (int)shape.Tiles(n, k);
        T[] gradY = Numbers.Normal<T>(m * stride, "gradY"), x = Numbers.Normal<T>(m * k, "x");
        float[] before = Numbers.Normal<float>(n * k, "gradWeight");
        double[] ys = Numbers.ToDouble(gradY), xs = Numbers.ToDouble(x);
        // Where slices meet it runs twice, since the workspace must be left as it was found.
        int runs = sizes.Slices > 1 ? 2 : 1;
        double[] exact = new double[n * k], plain = new double[n * k];
        for (int row = 0; row < n; row++)
        {
            for (int column = 0; column < k; column++)
            {
                double sum = 0;
                float single = 0;
                for (int i = 0; i < m; i++)
                {
                    sum += ys[(i * stride) + row] * xs[(i * k) + column];
                    single += (float)ys[(i * stride) + row] * (float)xs[(i * k) + column];
                }

                (exact[(row * k) + column], plain[(row * k) + column]) = (before[(row * k) + column] + (runs * sum), before[(row * k) + column] + (runs * single));
            }
        }

        ArrayView<T> gradYView = trial.Input("gradY", gradY), xView = trial.Input("x", x);
        ArrayView<float> target = trial.Replaced("gradWeight", before, exact, plain);
        LinearWorkspace? workspace = sizes.Slices > 1 ? trial.Keep(new LinearWorkspace(trial.Device, (long)tiles * sizes.Slices * shape.TileElements, tiles)) : null;
        for (int run = 0; run < runs; run++) shape.Launch(trial.Stream, gradYView, xView, target, m, n, k, stride, sizes.Slices, workspace);
    }
}
