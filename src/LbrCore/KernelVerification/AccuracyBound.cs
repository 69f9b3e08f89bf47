using LbrCore.Compute;

namespace LbrCore.KernelVerification;

/// <summary>
/// How far a result may be from the exact one. FlashAttention's rule: no more than a small factor times the error of the plain low-precision computation,
/// plus a floor of a few roundings for results that the plain computation happens to hit.
/// </summary>
internal static class AccuracyBound
{
    private const double Factor = 2;

    /// <summary>Roundings of the largest element that any element may be off.</summary>
    private const double ElementFloor = 4;

    /// <summary>Roundings that the whole may be off, relative to its norm.</summary>
    private const double NormFloor = 1;

    /// <summary>Compares a result with the exact one.</summary>
    /// <param name="actual">The result.</param>
    /// <param name="exact">The exact result in float64; infinities and NaN must be met as such.</param>
    /// <param name="plain">The plain computation in the precision of the elements.</param>
    /// <param name="type">Element type of the result.</param>
    public static ErrorMeasure Measure(ReadOnlySpan<double> actual, ReadOnlySpan<double> exact, ReadOnlySpan<double> plain, Type type)
    {
        double norm = 0, largest = 0, error = 0, plainError = 0, maximum = 0, plainMaximum = 0;
        int worst = -1;
        for (int i = 0; i < actual.Length; i++)
        {
            if (!double.IsFinite(exact[i]))
            {
                if (!actual[i].Equals(exact[i])) return ErrorMeasure.Wrong($"element {i} is {actual[i]}, exactly it is {exact[i]}");
                continue;
            }

            if (!double.IsFinite(actual[i])) return ErrorMeasure.Wrong($"element {i} is {actual[i]}, exactly it is {exact[i]}");
            double off = Math.Abs(actual[i] - exact[i]), plainOff = double.IsFinite(plain[i]) ? Math.Abs(plain[i] - exact[i]) : 0;
            norm += exact[i] * exact[i];
            largest = Math.Max(largest, Math.Abs(exact[i]));
            error += off * off;
            plainError += plainOff * plainOff;
            plainMaximum = Math.Max(plainMaximum, plainOff);
            if (off <= maximum) continue;
            maximum = off;
            worst = i;
        }

        double rounding = UnitRoundoff(type), smallest = SmallestStep(type), scale = norm > 0 ? Math.Sqrt(norm) : 1;
        double relative = Math.Sqrt(error) / scale, relativeBound = (Factor * Math.Sqrt(plainError) / scale) + (NormFloor * rounding) + (Math.Sqrt(actual.Length) * smallest / scale);
        double maximumBound = (Factor * plainMaximum) + (ElementFloor * rounding * largest) + smallest;
        double ofBound = actual.Length == 0 ? 0 : Math.Max(relative / relativeBound, maximum / maximumBound);
        string? failure = ofBound <= 1 ? null
            : maximum > maximumBound ? $"element {worst} is {actual[worst]}, exactly it is {exact[worst]}: off by {maximum:g3}, allowed is {maximumBound:g3}"
            : $"the relative error is {relative:g3}, allowed is {relativeBound:g3}";
        return new ErrorMeasure(failure, ofBound, relative, maximum);
    }

    // Half the distance of neighbouring numbers near 1.
    private static double UnitRoundoff(Type type) =>
        type == typeof(BFloat16) ? Math.ScaleB(1, -9) : type == typeof(Half) ? Math.ScaleB(1, -12) : Math.ScaleB(1, -24);

    // The distance of neighbouring numbers near 0. GPU approximations of float flush subnormal numbers, so there it is the smallest normal one.
    private static double SmallestStep(Type type) => type == typeof(Half) ? Math.ScaleB(1, -24) : Math.ScaleB(1, -126);
}

/// <summary>The distance of a result from the exact one.</summary>
/// <param name="Failure">What is wrong, or null.</param>
/// <param name="OfBound">The error as a part of what is allowed.</param>
/// <param name="Relative">Relative error in the Euclidean norm.</param>
/// <param name="Maximum">Largest absolute error of an element.</param>
internal readonly record struct ErrorMeasure(string? Failure, double OfBound, double Relative, double Maximum)
{
    /// <summary>A result for which no distance makes sense.</summary>
    public static ErrorMeasure Wrong(string failure) => new(failure, double.PositiveInfinity, double.NaN, double.NaN);
}
