using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Normal numbers: each against Box and Muller in float64 from the same random words.</summary>
internal static class InitializationCases
{
    private const ulong Seed = 0x0000_0007_8000_0003;

    public static IEnumerable<KernelCase> All => [.. Normal<float>(), .. Normal<BFloat16>(), .. Normal<Half>()];

    private static IEnumerable<KernelCase> Normal<T>() where T : unmanaged =>
        from length in new[] { 0, 1, 2, 5, 64, 4099 }
        select new KernelCase(Initialization.NormalVariant<T>(), $"length={length}", trial => Run<T>(trial, length)) { FitsScalarDevice = length <= 64 };

    private static void Run<T>(KernelTrial trial, int length) where T : unmanaged
    {
        const float Deviation = 0.02f;
        var exact = new double[length];
        for (int i = 0; i < length; i++)
        {
            uint[] words = SamplingReference.Philox([(uint)(i / 4), 0, 9, 0], unchecked((uint)Seed), (uint)(Seed >> 32));
            double u = Uniform(words[i % 4 / 2 * 2]), v = Uniform(words[(i % 4 / 2 * 2) + 1]), radius = Deviation * Math.Sqrt(-2 * Math.Log(u));
            exact[i] = radius * (i % 2 == 0 ? Math.Cos(2 * Math.PI * v) : Math.Sin(2 * Math.PI * v));
        }

        // The angle is a float32: near the zeros of cosine and sine it is off by a rounding of the largest angle.
        double[] plain = Array.ConvertAll(exact, value => Numbers.Rounded<T>(value + (Deviation * 1e-6)));
        Initialization.LaunchNormal(trial.Stream, trial.Output<T>("y", exact, plain), Deviation, Seed, 9);
    }

    private static double Uniform(uint word) => ((word >> 9) + 0.5) / (1 << 23);
}
