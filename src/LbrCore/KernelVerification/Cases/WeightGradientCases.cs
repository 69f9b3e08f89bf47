using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Gradients of weights on tensor cores: tiles filled and not, few rows and many, rows of gradY longer than what is summed, slices that meet.</summary>
internal static class WeightGradientCases
{
    /// <summary>Rows of one product of tensor cores.</summary>
    private const int ProductRows = 16;

    private sealed record Sizes(int M, int N, int K, int Slices = 1, int Stride = 0);

    private static readonly Sizes[] s_sizes =
    [
        new(1, 1, 8, Stride: 8), new(33, 128, 128), new(70, 137, 144, Stride: 144), new(200, 40, 264, 2), new(520, 130, 136, 5, 136), new(0, 8, 8),
    ];

    // Whole tiles and slices of the others.
    private static readonly (Sizes Sizes, WarpGroupGradientPlan Plan)[] s_warpGroupSizes =
    [
        (new(1, 1, 8, Stride: 8), new(1, 1)), (new(64, 128, 128), new(1, 1)), (new(70, 137, 144, Stride: 144), new(4, 1)), (new(0, 8, 8), new(1, 1)),
        (new(900, 40, 24, 2), new(0, 2)), (new(1030, 130, 136, 5, 136), new(0, 5)), (new(700, 137, 264, 3, 144), new(4, 3)), (new(130, 40, 16, 4), new(0, 4)),
    ];

    public static IEnumerable<KernelCase> All =>
    [
        .. s_sizes.Select(sizes => new KernelCase(Linear.WeightGradientVariant<BFloat16>(), sizes.ToString(), trial => Run<BFloat16>(trial, sizes, null)) { FitsScalarDevice = sizes.M == 1 }),
        .. s_warpGroupSizes.Select(at => new KernelCase(
            Linear.WarpGroupsGradientVariant<BFloat16>(), $"{at.Sizes}, {at.Plan.Whole} whole", trial => Run<BFloat16>(trial, at.Sizes, at.Plan)) { FitsScalarDevice = at.Sizes.M == 1 }),
    ];

    private static void Run<T>(KernelTrial trial, Sizes sizes, WarpGroupGradientPlan? plan) where T : unmanaged
    {
        (int m, int n, int k) = (sizes.M, sizes.N, sizes.K);
        int stride = Math.Max(n, sizes.Stride), tiles = (int)Linear.WeightGradientTiles(n, k);
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
                double sum = 0, ofProduct = 0;
                float single = 0;
                for (int i = 0; i < m; i++)
                {
                    double product = ys[(i * stride) + row] * xs[(i * k) + column];
                    sum += product;
                    ofProduct += product;
                    if (plan is null) single += (float)product;
                    else if (i % ProductRows == ProductRows - 1 || i == m - 1) (single, ofProduct) = (TowardZero(single + ofProduct), 0);
                }

                (exact[(row * k) + column], plain[(row * k) + column]) = (before[(row * k) + column] + (runs * sum), before[(row * k) + column] + (runs * single));
            }
        }

        ArrayView<T> gradYView = trial.Input("gradY", gradY), xView = trial.Input("x", x);
        ArrayView<float> target = trial.Replaced("gradWeight", before, exact, plain);
        LinearWorkspace? workspace = sizes.Slices > 1 ? trial.Keep(new LinearWorkspace(trial.Device, (long)tiles * sizes.Slices * 128 * 128, tiles)) : null;
        var config = new LaunchConfig((tiles, sizes.Slices)) { DynamicSharedBytes = Linear.WeightGradientSharedBytes };
        for (int run = 0; run < runs; run++)
        {
            if (plan is not null)
            {
                plan.Launch(trial.Stream, gradYView, xView, target, m, n, k, stride, workspace);
                continue;
            }

            Linear.LaunchWeightGradient(
                trial.Stream, config, gradYView, xView, target, workspace is null ? default(ArrayView<float>) : workspace.Partials, workspace is null ? default(ArrayView<uint>) : workspace.Arrivals, m, n, k, stride);
        }
    }

    // Tensor cores cut off what does not fit when they add the sum of a product's terms (Fasi, Higham, Mikaitis and Pranesh, Numerical behavior of NVIDIA tensor cores, 2021), and so would the plain
    // computation that many rows are measured by: half a unit in the last place for each product, always toward zero.
    private static float TowardZero(double value)
    {
        var rounded = (float)value;
        return Math.Abs((double)rounded) <= Math.Abs(value) ? rounded : rounded > 0 ? MathF.BitDecrement(rounded) : MathF.BitIncrement(rounded);
    }
}
