namespace LbrCore.KernelVerification.Cases;

/// <summary>Softmax by its formula, largest logit subtracted.</summary>
internal static class SoftmaxReference
{
    /// <summary>In float64.</summary>
    public static double[] Exact(double[] x, int columns)
    {
        var y = new double[x.Length];
        for (int start = 0; start < x.Length; start += columns)
        {
            double largest = x.AsSpan(start, columns).ToArray().Aggregate(double.NegativeInfinity, Math.Max), sum = 0;
            for (int i = start; i < start + columns; i++) sum += Math.Exp(x[i] - largest);
            for (int i = start; i < start + columns; i++) y[i] = Math.Exp(x[i] - largest) / sum;
        }

        return y;
    }

    /// <summary>In float32, rounded to the element type.</summary>
    public static double[] Plain<T>(double[] x, int columns) where T : unmanaged
    {
        var y = new double[x.Length];
        for (int start = 0; start < x.Length; start += columns)
        {
            float largest = (float)x.AsSpan(start, columns).ToArray().Aggregate(double.NegativeInfinity, Math.Max), sum = 0;
            for (int i = start; i < start + columns; i++) sum += MathF.Exp((float)x[i] - largest);
            for (int i = start; i < start + columns; i++) y[i] = Numbers.Rounded<T>(MathF.Exp((float)x[i] - largest) / sum);
        }

        return y;
    }
}
