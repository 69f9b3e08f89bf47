using System.Runtime.InteropServices;

namespace LbrCore.Compute.KernelTests.Harness;

/// <summary>Compares what two machines left in a view: the same bits, or NaN on both sides, or within the tolerance that the kernel asks for.</summary>
internal static class Comparison
{
    /// <summary>The first difference in words, or null.</summary>
    public static string? Difference(ElementLayout layout, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, CheckAttribute check)
    {
        for (int i = 0; i < expected.Length / layout.Size; i++)
        {
            foreach ((Type type, int offset) in layout.Scalars)
            {
                int at = (i * layout.Size) + offset;
                if (Scalar(type, expected[at..], actual[at..], check) is { } difference) return $"element {i}{(layout.Scalars.Length > 1 ? $" byte {offset}" : "")}: {difference}";
            }
        }

        return null;
    }

    static string? Scalar(Type type, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, CheckAttribute check)
    {
        if (type == typeof(float)) return Float(Get<float>(expected), Get<float>(actual), Get<int>(expected), Get<int>(actual), float.BitIncrement(Math.Abs(Get<float>(expected))) - Math.Abs(Get<float>(expected)), check);
        if (type == typeof(double)) return Float(Get<double>(expected), Get<double>(actual), Get<long>(expected), Get<long>(actual), double.BitIncrement(Math.Abs(Get<double>(expected))) - Math.Abs(Get<double>(expected)), check);
        if (type == typeof(Half)) return Float((double)Get<Half>(expected), (double)Get<Half>(actual), Get<short>(expected), Get<short>(actual), Math.Abs((double)Get<Half>(expected)) / 1024, check);
        if (type == typeof(BFloat16)) return Float((float)Get<BFloat16>(expected), (float)Get<BFloat16>(actual), Get<short>(expected), Get<short>(actual), Math.Abs((float)Get<BFloat16>(expected)) / 128, check);
        int size = ElementLayout.Of(type).Size;
        return expected[..size].SequenceEqual(actual[..size]) ? null : $"{Convert.ToHexString(actual[..size])} instead of {Convert.ToHexString(expected[..size])} ({type.Name}, little-endian)";
    }

    static string? Float(double expected, double actual, long expectedBits, long actualBits, double ulp, CheckAttribute check)
    {
        if (expectedBits == actualBits || (double.IsNaN(expected) && double.IsNaN(actual))) return null;
        if (check.Ulps > 0 && Math.Abs(expected - actual) <= check.Ulps * ulp) return null;
        if (check.Absolute > 0 && Math.Abs(expected - actual) <= check.Absolute) return null;
        return $"{actual:R} instead of {expected:R} (bits {actualBits:X} and {expectedBits:X})";
    }

    static T Get<T>(ReadOnlySpan<byte> bytes) where T : unmanaged => MemoryMarshal.Read<T>(bytes);
}
