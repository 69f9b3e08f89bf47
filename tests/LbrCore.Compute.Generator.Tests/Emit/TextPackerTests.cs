using System.Text;
using LbrCore.Compute.Generator.Emit;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.Emit;

public sealed class TextPackerTests
{
    [Theory]
    [InlineData("")]
    [InlineData("%")]
    [InlineData("%f")]
    [InlineData("7")]
    [InlineData("%7 $3 _4 $_5")]
    [InlineData("%f0, %f1, %f2, %f300, %f0, %f299, %f12345678, %f123456789012345, %f007")]
    [InlineData("bar.sync 0; ld.global.v4.b32 {%r1, %r2}, [%rd10+16]; $end_3: 0f3F800000")]
    [InlineData("a0_1b2%c3$d4e5f6")]
    [InlineData("kernels/Größe.cs: %f1 é2 %é3")]
    public void Opens_what_was_packed(string text) => Assert.Equal([text, "", text, text + "x"], Opened([text, "", text, text + "x"]));

    [Fact]
    public void Opens_random_texts_of_few_characters()
    {
        var random = new Random(1);
        for (int i = 0; i < 300; i++)
        {
            string alphabet = i % 3 == 0 ? "%r0129 " : i % 3 == 1 ? "ab" : "%$_aZ019é\n;";
            string[] texts = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => new string([.. Enumerable.Range(0, random.Next(400)).Select(_ => alphabet[random.Next(alphabet.Length)])]))];
            Assert.Equal(texts, Opened(texts));
        }
    }

    [Fact]
    public void Texts_that_differ_in_numbers_take_hardly_more_than_one()
    {
        var random = new Random(1);
        int[] sources = [.. Enumerable.Range(0, 5000).Select(i => random.Next(i + 1))];
        string Text(int first) => string.Concat(sources.Select((from, i) => $"add.rn.f32 %f{first + i + 1}, %f{first + from}, %f{first + i};\n"));
        int one = TextPacker.Pack([Text(0)]).Length, ten = TextPacker.Pack([.. Enumerable.Range(0, 10).Select(_ => Text(0))]).Length;
        Assert.True(ten < one + 200, $"One takes {one} bytes, ten {ten}.");
    }

    [Fact]
    public void A_damaged_block_is_invalid_data_whatever_was_hit()
    {
        var random = new Random(1);
        byte[] block = TextPacker.Pack([.. Enumerable.Range(0, 3).Select(n => string.Concat(Enumerable.Range(0, 200).Select(i => $"mov.b32 %r{i * n % 50}, {i};\n")))]);
        for (int i = 0; i < 500; i++)
        {
            byte[] damaged = i % 2 == 0 ? block[..random.Next(block.Length)] : [.. block];
            if (i % 2 == 1) damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                _ = new PackedTexts(() => damaged)[2].Length;
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    private static string[] Opened(string[] texts)
    {
        byte[] block = TextPacker.Pack(texts);
        var packed = new PackedTexts(() => block);
        return [.. texts.Select((_, i) => Encoding.UTF8.GetString(packed[i]))];
    }
}
