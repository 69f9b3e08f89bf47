namespace LbrCore.KernelVerification.Cases;

/// <summary>The linear layer by its formula.</summary>
internal static class LinearReference
{
    /// <summary>In float64.</summary>
    public static double[] Exact(double[] x, double[] weight, double[]? bias, double[]? residual, int m, int n, int k)
    {
        var y = new double[m * n];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double sum = 0;
                for (int l = 0; l < k; l++) sum += x[(i * k) + l] * weight[(j * k) + l];
                y[(i * n) + j] = sum + (bias?[j] ?? 0) + (residual?[(i * n) + j] ?? 0);
            }
        }

        return y;
    }

    /// <summary>In float32, one product after the other, rounded to the output type.</summary>
    public static double[] Plain<TOut>(double[] x, double[] weight, double[]? bias, double[]? residual, int m, int n, int k) where TOut : unmanaged
    {
        var y = new double[m * n];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                float sum = 0;
                for (int l = 0; l < k; l++) sum += (float)x[(i * k) + l] * (float)weight[(j * k) + l];
                sum += (float)(bias?[j] ?? 0);
                y[(i * n) + j] = Numbers.Rounded<TOut>(sum + (float)(residual?[(i * n) + j] ?? 0));
            }
        }

        return y;
    }
}
