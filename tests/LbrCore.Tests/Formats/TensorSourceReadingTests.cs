using LbrCore.Formats;
using LbrCore.Formats.Safetensors;

namespace LbrCore.Tests.Formats;

public class TensorSourceReadingTests
{
    [Fact]
    public void ReadsEveryHalf()
    {
        ushort[] bits = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        float[] values = RoundTrip(TensorDtype.F16, bits);
        for (int i = 0; i < bits.Length; i++)
            Assert.Equal((float)BitConverter.UInt16BitsToHalf(bits[i]), values[i]);
    }

    [Fact]
    public void ReadsEveryBFloat16()
    {
        ushort[] bits = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        float[] values = RoundTrip(TensorDtype.BF16, bits);
        for (int i = 0; i < bits.Length; i++)
            Assert.Equal((uint)bits[i] << 16, BitConverter.SingleToUInt32Bits(values[i]));
    }

    [Fact]
    public void ReadsFloatsAndDoubles()
    {
        float[] floats = [0, -0f, 1.5f, float.MaxValue, float.Epsilon, float.NaN, float.NegativeInfinity];
        Assert.Equal(floats, RoundTrip(TensorDtype.F32, floats));
        Assert.Equal([0.1f, -3e38f, float.PositiveInfinity], RoundTrip(TensorDtype.F64, [0.1, -3e38, 1e300]));
    }

    [Fact]
    public void ReadsPartsAcrossChunks()
    {
        // More than two conversion chunks, from an odd beginning.
        double[] values = [.. Enumerable.Range(0, 100_003).Select(i => (double)i)];
        using var folder = new TemporaryFolder();
        using SafetensorsFile file = Written(folder, TensorDtype.F64, values);
        var part = new float[99_998];
        file.ReadAsFloat32("x", 5, part);
        for (int i = 0; i < part.Length; i++)
            Assert.Equal(i + 5, part[i]);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadAsFloat32("x", 6, part));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.ReadAsFloat32("x", -1, part));
    }

    [Fact]
    public void ReadsIntegers()
    {
        using var folder = new TemporaryFolder();
        using (SafetensorsFile file = Written(folder, TensorDtype.I32, [int.MinValue, 7]))
            Assert.Equal([int.MinValue, 7], file.ReadAsInt32("x"));
        using (SafetensorsFile file = Written(folder, TensorDtype.I64, [-1L, int.MaxValue]))
            Assert.Equal([-1, int.MaxValue], file.ReadAsInt32("x"));
        using (SafetensorsFile file = Written(folder, TensorDtype.I64, [1L << 31]))
            Assert.Contains("does not fit 32 bits", Assert.Throws<CheckpointException>(() => file.ReadAsInt32("x")).Message);
    }

    [Fact]
    public void RefusesOtherTypesByName()
    {
        using var folder = new TemporaryFolder();
        using SafetensorsFile file = Written(folder, TensorDtype.U16, new ushort[4]);
        Assert.Contains("U16", Assert.Throws<CheckpointException>(() => file.ReadAsFloat32("x")).Message);
        Assert.Contains("U16", Assert.Throws<CheckpointException>(() => file.ReadAsInt32("x")).Message);
    }

    private static float[] RoundTrip<T>(TensorDtype dtype, T[] values)
        where T : unmanaged
    {
        using var folder = new TemporaryFolder();
        using SafetensorsFile file = Written(folder, dtype, values);
        return file.ReadAsFloat32("x");
    }

    private static SafetensorsFile Written<T>(TemporaryFolder folder, TensorDtype dtype, T[] values)
        where T : unmanaged
    {
        string path = folder.File($"{Guid.NewGuid():N}.safetensors");
        using SafetensorsWriter writer = SafetensorsWriter.Create(path, [new TensorSpec("x", dtype, values.Length)]);
        writer.Append<T>("x", values);
        writer.Commit();
        return SafetensorsFile.Open(path);
    }
}
