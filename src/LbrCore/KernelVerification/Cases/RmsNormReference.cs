namespace LbrCore.KernelVerification.Cases;

/// <summary>RMS normalisation by its formula.</summary>
internal static class RmsNormReference
{
    /// <summary>In float64, from the elements as they are stored.</summary>
    public static double[] Exact(double[] x, double[] weight, double epsilon)
    {
        int columns = weight.Length;
        var y = new double[x.Length];
        for (int row = 0; row < x.Length / columns; row++)
        {
            double squares = 0;
            for (int i = 0; i < columns; i++) squares += x[(row * columns) + i] * x[(row * columns) + i];
            double rms = Math.Sqrt((squares / columns) + epsilon);
            for (int i = 0; i < columns; i++) y[(row * columns) + i] = weight[i] * (x[(row * columns) + i] / rms);
        }

        return y;
    }

    /// <summary>As transformers computes it: sums in float32, the normalised value rounded to the element type, the product rounded again.</summary>
    public static double[] Plain<T>(double[] x, double[] weight, double epsilon) where T : unmanaged
    {
        int columns = weight.Length;
        var y = new double[x.Length];
        for (int row = 0; row < x.Length / columns; row++)
        {
            float squares = 0;
            for (int i = 0; i < columns; i++) squares += (float)x[(row * columns) + i] * (float)x[(row * columns) + i];
            float scale = 1f / MathF.Sqrt((squares / columns) + (float)epsilon);
            for (int i = 0; i < columns; i++) y[(row * columns) + i] = Numbers.Rounded<T>(weight[i] * Numbers.Rounded<T>((float)x[(row * columns) + i] * scale));
        }

        return y;
    }
}
