namespace LbrCore.KernelVerification.Cases;

/// <summary>Arithmetic of gradient references: in float64, or with every operation rounded to float32 as a plain implementation computes it.</summary>
/// <param name="Single">Whether operations are rounded.</param>
internal readonly record struct GradientReference(bool Single)
{
    /// <summary>The result of an operation.</summary>
    public double Round(double value) => Single ? (float)value : value;

    /// <summary>The exponential, in single precision with the few roundings that a fast one is off.</summary>
    public double Exp(double value) => Single ? (float)Math.Exp((float)value) * (1 + Math.ScaleB(1, -22)) : Math.Exp(value);

    /// <summary>The reciprocal of the root, in single precision with the error that rsqrt.approx may have (PTX ISA: 2^-22.9).</summary>
    public double ReciprocalRoot(double value) => Single ? (float)(1 / Math.Sqrt((float)value) * (1 + Math.Pow(2, -22.9))) : 1 / Math.Sqrt(value);

    /// <summary>The sum of products.</summary>
    public double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++) sum = Round(sum + Round(a[i] * b[i]));
        return sum;
    }

    /// <summary>Both computations; the second rounded to the element type.</summary>
    public static (double[] Exact, double[] Plain) Both<T>(Func<GradientReference, double[]> compute) where T : unmanaged =>
        (compute(new GradientReference(false)), Array.ConvertAll(compute(new GradientReference(true)), Numbers.Rounded<T>));
}
