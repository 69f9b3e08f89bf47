using System.IO.Compression;
using System.Text;
using Xunit;

namespace LbrCore.Compute.Tests.Kernels;

public sealed class CompressedTextTests
{
    private static readonly byte[] s_text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 500).Select(i => $"add.rn.f32 %f{i}, %f{i + 1}, %f{i * 7 % 50};\n")));

    [Fact]
    public void GivesBackWhatWasDeflated() => Assert.Equal(s_text, CompressedText.Inflate(Deflate(s_text), s_text.Length).ToArray());

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void RefusesAnotherLength(int difference) =>
        Assert.Throws<InvalidDataException>(() => { CompressedText.Inflate(Deflate(s_text), s_text.Length + difference); });

    [Fact]
    public void RefusesAShortStream() => Assert.Throws<InvalidDataException>(() => { CompressedText.Inflate(Deflate(s_text).AsSpan(0, 100), s_text.Length); });

    private static byte[] Deflate(byte[] plain)
    {
        using var target = new MemoryStream();
        using (var deflate = new DeflateStream(target, CompressionLevel.Optimal)) deflate.Write(plain);
        return target.ToArray();
    }
}
