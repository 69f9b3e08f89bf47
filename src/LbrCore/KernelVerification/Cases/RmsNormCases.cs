using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>RMS normalisation: rows that fit registers, longer ones, unaligned ones, and rows with NaN or infinity.</summary>
internal static class RmsNormCases
{
    private const float Epsilon = 1e-6f;

    // Aligned and unaligned rows for every number of threads; 8208 exceeds 1024 pieces of 16 bytes in every type.
    private static readonly (int Rows, int HiddenSize, int Offset)[] s_shapes =
    [
        (0, 64, 0), (1, 1, 0), (3, 8, 0), (2, 31, 0), (2, 32, 0), (5, 33, 0), (3, 128, 1), (33, 96, 0), (2, 896, 0),
        (3, 1536, 0), (2, 2048, 0), (1, 4096, 0), (2, 8192, 0), (2, 8208, 0), (2, 2049, 0),
    ];

    public static IEnumerable<KernelCase> All => [.. Forward<float>(), .. Forward<BFloat16>(), .. Forward<Half>()];

    private static IEnumerable<KernelCase> Forward<T>() where T : unmanaged =>
        s_shapes.SelectMany(shape => new[]
        {
            new KernelCase(VariantOf<T>(shape), Name(shape), trial => RunForward<T>(trial, shape)) { FitsScalarDevice = shape.Rows < 10 },
            new KernelCase(ResidualVariantOf<T>(shape), Name(shape), trial => RunResidual<T>(trial, shape)) { FitsScalarDevice = shape.Rows < 10 },
        });

    private static KernelVariant VariantOf<T>((int Rows, int HiddenSize, int Offset) shape) where T : unmanaged
    {
        (bool packed, int threads) = Path<T>(shape);
        return RmsNorm.ForwardVariant<T>(packed, threads);
    }

    private static KernelVariant ResidualVariantOf<T>((int Rows, int HiddenSize, int Offset) shape) where T : unmanaged
    {
        (bool packed, int threads) = Path<T>(shape);
        return RmsNorm.ForwardResidualVariant<T>(packed, threads);
    }

    // What the launchers choose.
    private static (bool Packed, int Threads) Path<T>((int Rows, int HiddenSize, int Offset) shape) where T : unmanaged
    {
        bool packed = shape.Offset == 0 && shape.HiddenSize % Packed<T>.Count == 0;
        int threads = RmsNorm.ThreadsFor<T>(shape.HiddenSize, ref packed);
        return (packed, threads);
    }

    private static string Name((int Rows, int HiddenSize, int Offset) shape) => $"rows={shape.Rows}, hiddenSize={shape.HiddenSize}, offset={shape.Offset}";

    private static void RunForward<T>(KernelTrial trial, (int Rows, int HiddenSize, int Offset) shape) where T : unmanaged
    {
        T[] x = Rows<T>(shape, "x"), weight = Numbers.Normal<T>(shape.HiddenSize, "weight");
        double[] exact = RmsNormReference.Exact(Numbers.ToDouble(x), Numbers.ToDouble(weight), Epsilon);
        double[] plain = RmsNormReference.Plain<T>(Numbers.ToDouble(x), Numbers.ToDouble(weight), Epsilon);
        RmsNorm.LaunchForward(
            trial.Stream, trial.Input("x", x, shape.Offset), trial.Input("weight", weight, shape.Offset), trial.Output<T>("y", exact, plain, shape.Offset),
            shape.Rows, shape.HiddenSize, Epsilon);
    }

    private static void RunResidual<T>(KernelTrial trial, (int Rows, int HiddenSize, int Offset) shape) where T : unmanaged
    {
        T[] x = Rows<T>(shape, "x"), residual = Numbers.Normal<T>(shape.Rows * shape.HiddenSize, "residual", 3), weight = Numbers.Normal<T>(shape.HiddenSize, "weight");
        double[] sum = [.. Numbers.ToDouble(x).Zip(Numbers.ToDouble(residual), (a, b) => a + b)];
        // What is normalised is the sum as it is stored.
        double[] stored = Array.ConvertAll(sum, Numbers.Rounded<T>);
        double[] exact = RmsNormReference.Exact(stored, Numbers.ToDouble(weight), Epsilon), plain = RmsNormReference.Plain<T>(stored, Numbers.ToDouble(weight), Epsilon);
        RmsNorm.LaunchForwardResidual(
            trial.Stream, trial.Input("x", x, shape.Offset), trial.Replaced("residual", residual, sum, stored, shape.Offset), trial.Input("weight", weight, shape.Offset),
            trial.Output<T>("y", exact, plain, shape.Offset), shape.Rows, shape.HiddenSize, Epsilon);
    }

    // The second row holds a NaN, the third an infinity, the fourth is tiny.
    private static T[] Rows<T>((int Rows, int HiddenSize, int Offset) shape, string seed) where T : unmanaged
    {
        T[] x = Numbers.Normal<T>(shape.Rows * shape.HiddenSize, $"{seed} {shape}");
        int middle = shape.HiddenSize / 2;
        if (shape.Rows < 5) return x;
        x[shape.HiddenSize + middle] = Numbers.Round<T>(double.NaN);
        x[(2 * shape.HiddenSize) + middle] = Numbers.Round<T>(double.NegativeInfinity);
        for (int i = 0; i < shape.HiddenSize; i++) x[(3 * shape.HiddenSize) + i] = Numbers.Round<T>(1e-4 * Numbers.ToDouble(x[i]));
        return x;
    }
}
