using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Fill, Copy and Cast: exact to the bit at all lengths and alignments.</summary>
internal static class ElementsCases
{
    private static readonly int[] s_lengths = [0, 1, 7, 8, 31, 32, 33, 1000, 4097, 8213];
    private static readonly (int X, int Y)[] s_offsets = [(0, 0), (3, 3), (1, 0)];

    public static IEnumerable<KernelCase> All =>
    [
        .. Fill(1.5f, float.NaN), .. Fill(Numbers.Round<BFloat16>(-0.0), Numbers.Round<BFloat16>(3)), .. Fill((Half)0.1f, Half.NegativeInfinity), .. Fill(-7, int.MinValue),
        .. Copy<float>(), .. Copy<BFloat16>(), .. Copy<Half>(), .. Copy<int>(),
        .. Cast<float, BFloat16>(), .. Cast<float, Half>(), .. Cast<BFloat16, float>(), .. Cast<BFloat16, Half>(), .. Cast<Half, float>(), .. Cast<Half, BFloat16>(),
    ];

    private static IEnumerable<KernelCase> Fill<T>(params T[] values) where T : unmanaged
    {
        foreach (int length in s_lengths)
        {
            foreach (int offset in (int[])[0, 3])
            {
                T value = values[length % values.Length];
                yield return new KernelCase(Elements.FillVariant<T>(), $"length={length}, offset={offset}", trial =>
                {
                    var expected = new T[length];
                    Array.Fill(expected, value);
                    Elements.LaunchFill(trial.Stream, trial.Output("y", expected, offset), value);
                })
                { FitsScalarDevice = length <= 33 };
            }
        }
    }

    private static IEnumerable<KernelCase> Copy<T>() where T : unmanaged
    {
        foreach (int length in s_lengths)
        {
            foreach ((int X, int Y) offsets in s_offsets)
            {
                yield return new KernelCase(Elements.CopyVariant<T>(), $"length={length}, offsets={offsets.X} and {offsets.Y}", trial =>
                {
                    T[] x = Numbers.Normal<T>(length, $"copy {length}", 100);
                    Elements.LaunchCopy(trial.Stream, trial.Input("x", x, offsets.X), trial.Output("y", x, offsets.Y));
                })
                { FitsScalarDevice = length <= 33 };
            }
        }
    }

    private static IEnumerable<KernelCase> Cast<TFrom, TTo>()
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        foreach (int length in s_lengths)
        {
            foreach ((int X, int Y) offsets in s_offsets)
            {
                yield return new KernelCase(Elements.CastVariant<TFrom, TTo>(), $"length={length}, offsets={offsets.X} and {offsets.Y}", trial =>
                {
                    TFrom[] x = Numbers.Normal<TFrom>(length, $"cast {length}", 100);
                    for (int i = 0; i < Math.Min(length, s_edges.Length); i++) x[(i * 37 + length / 2) % length] = Numbers.Round<TFrom>(s_edges[i]);
                    TTo[] y = Array.ConvertAll(x, element => Numbers.Round<TTo>(Numbers.ToDouble(element)));
                    Elements.LaunchCast(trial.Stream, trial.Input("x", x, offsets.X), trial.Output("y", y, offsets.Y, anyNaN: true));
                })
                { FitsScalarDevice = length <= 33 };
            }
        }
    }

    // Infinities, NaN, overflow of half and bfloat16, ties of bfloat16 and half, subnormal numbers of half.
    private static readonly double[] s_edges =
    [
        double.PositiveInfinity, double.NegativeInfinity, double.NaN, -0.0, 65504, 65519.99, 65520, -70000, 3.3961775e38, 3.4e38,
        1.00390625, 1.01171875, 1.00048828125, 1.00146484375, 6e-8, 2.98e-8, 3e-8, 5.5e-5, 1e-40,
    ];
}
