using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Xunit;

namespace LbrCore.Compute.Tests.Vocabulary;

public class PackedTests
{
    [Fact]
    public void Sixteen_bytes_hold_as_many_elements_as_fit()
    {
        Assert.Equal((16, 8, 8, 4, 2, 1), (Packed<byte>.Count, Packed<BFloat16>.Count, Packed<Half>.Count, Packed<float>.Count, Packed<long>.Count, Packed<Float4>.Count));
        Assert.Equal(16, Unsafe.SizeOf<Packed<byte>>());
    }

    [Fact]
    public void Elements_and_words_are_the_same_bytes_in_little_endian_order()
    {
        var packed = default(Packed<ushort>);
        for (int i = 0; i < 8; i++)
        {
            packed[i] = (ushort)(0x1000 + i);
        }

        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(0x10011000u + (0x20002u * (uint)i), packed.GetWord(i));
        }

        packed.SetWord(2, 0xAABBCCDD);
        Assert.Equal([0x1000, 0x1001, 0x1002, 0x1003, 0xCCDD, 0xAABB, 0x1006, 0x1007], MemoryMarshal.Cast<Packed<ushort>, ushort>([packed]).ToArray());
    }

    [Fact]
    public void Floats_round_to_the_element_type()
    {
        Round<BFloat16>(0.333984375f);
        Round<Half>(0.333251953125f);
        Round<float>(1f / 3f);
        Round<double>(1f / 3f);
        static void Round<T>(float expected)
            where T : unmanaged
        {
            var packed = default(Packed<T>);
            for (int i = 0; i < Packed<T>.Count; i++)
            {
                packed.SetFloat(i, (i + 1) * (1f / 3f));
            }

            Assert.Equal(expected, packed.GetFloat(0));
            Assert.Equal(Element.ToFloat(Element.FromFloat<T>(2 * (1f / 3f))), packed.GetFloat(1));
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(8)]
    public void Indices_outside_are_refused(int index)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => default(Packed<Half>)[index]);
        Assert.Throws<ArgumentOutOfRangeException>(() => default(Packed<Half>).GetWord(index));
    }

    [Fact]
    public void Other_types_are_no_elements() =>
        Assert.Contains("no floating-point element type", Assert.Throws<NotSupportedException>(() => default(Packed<int>).GetFloat(0)).Message);
}
