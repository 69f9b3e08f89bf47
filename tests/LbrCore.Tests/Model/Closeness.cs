namespace LbrCore.Tests.Model;

/// <summary>How far numbers may be from the reference.</summary>
internal static class Closeness
{
    /// <summary>float32: no element is off by more than 2e-4 of the largest magnitude.</summary>
    public static void AssertSingle(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        double largest = 0, error = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(float.IsFinite(actual[i]), $"{what}: element {i} is {actual[i]}.");
            largest = Math.Max(largest, Math.Abs(expected[i]));
            error = Math.Max(error, Math.Abs((double)expected[i] - actual[i]));
        }

        Assert.True(error <= 2e-4 * largest, $"{what}: off by {error:e2}, {error / largest:e2} of the largest magnitude {largest:g4}; 2e-4 is allowed.");
    }

    /// <summary>16-bit storage: relative error under 2e-2 in the Euclidean norm.</summary>
    public static void AssertNarrow(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        double norm = 0, error = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            norm += (double)expected[i] * expected[i];
            error += Math.Pow((double)expected[i] - actual[i], 2);
        }

        Assert.True(Math.Sqrt(error / norm) < 2e-2, $"{what}: relative error {Math.Sqrt(error / norm):e2}; 2e-2 is allowed.");
    }
}
