using System.Numerics;
using LbrCore.Compute.Cpu;
using Xunit;

namespace LbrCore.Compute.Tests.Lanes;

public class BitTests
{
    [Fact]
    public void Counts_agree_with_BitOperations()
    {
        LaneCheck.Unary<U32, uint, I32, int>(Cpu.Lanes.PopCount, BitOperations.PopCount, "popcount");
        LaneCheck.Unary<U64, ulong, I32, int>(Cpu.Lanes.PopCount, BitOperations.PopCount, "popcount");
        LaneCheck.Unary<U32, uint, I32, int>(Cpu.Lanes.LeadingZeroCount, BitOperations.LeadingZeroCount, "clz");
        LaneCheck.Unary<U64, ulong, I32, int>(Cpu.Lanes.LeadingZeroCount, BitOperations.LeadingZeroCount, "clz");
        LaneCheck.Unary<U32, uint, I32, int>(Cpu.Lanes.TrailingZeroCount, BitOperations.TrailingZeroCount, "ctz");
        LaneCheck.Unary<U64, ulong, I32, int>(Cpu.Lanes.TrailingZeroCount, BitOperations.TrailingZeroCount, "ctz");
    }

    [Fact]
    public void Bits_are_reversed_and_rotated()
    {
        LaneCheck.Unary<U32, uint, U32, uint>(Cpu.Lanes.ReverseBits, Reversed, "reverse");
        LaneCheck.Unary<U32, uint, U32, uint>(x => Cpu.Lanes.ReverseBits(x[0]), Reversed, "reverse", [.. Enumerable.Repeat(0x12345679u, 32)]);
        LaneCheck.Unary<U64, ulong, U64, ulong>(Cpu.Lanes.ReverseBits, x => (ulong)Reversed((uint)x) << 32 | Reversed((uint)(x >> 32)), "reverse");
        LaneCheck.Binary<U32, uint, I32, int, U32, uint>(Cpu.Lanes.RotateLeft, BitOperations.RotateLeft, "rotate");
        LaneCheck.Binary<U64, ulong, I32, int, U64, ulong>(Cpu.Lanes.RotateLeft, BitOperations.RotateLeft, "rotate");
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(4, 8)]
    [InlineData(0, 32)]
    [InlineData(31, 1)]
    [InlineData(20, 31)]
    [InlineData(32, 4)]
    [InlineData(200, 200)]
    [InlineData(256 + 3, 256 + 5)]
    [InlineData(-1, 3)]
    public void Bit_fields_are_those_of_bfe(int offset, int count)
    {
        LaneCheck.Unary<U32, uint, U32, uint>(x => Cpu.Lanes.BitExtract(x, offset, count), x => Field(x, offset & 255, count & 255), "bfe");
        LaneCheck.Unary<U32, uint, U32, uint>(x => Cpu.Lanes.BitExtract(x[0], offset, count), x => Field(x, offset & 255, count & 255), "bfe", [.. Enumerable.Repeat(0xf2345679u, 32)]);
    }

    [Fact]
    public void High_halves_of_products()
    {
        LaneCheck.Binary<U32, uint>(Cpu.Lanes.MultiplyHigh, (x, y) => (uint)((UInt128)x * y >> 32), "mulhi");
        LaneCheck.Binary<I32, int>(Cpu.Lanes.MultiplyHigh, (x, y) => (int)((Int128)x * y >> 32), "mulhi");
        LaneCheck.Binary<U64, ulong>(Cpu.Lanes.MultiplyHigh, (x, y) => (ulong)((UInt128)x * y >> 64), "mulhi");
        LaneCheck.Binary<I64, long>(Cpu.Lanes.MultiplyHigh, (x, y) => (long)((Int128)x * y >> 64), "mulhi");
    }

    [Fact]
    public void Integer_order_and_magnitude()
    {
        LaneCheck.Binary<I32, int>(Cpu.Lanes.Min, Math.Min, "min");
        LaneCheck.Binary<I64, long>(Cpu.Lanes.Min, Math.Min, "min");
        LaneCheck.Binary<U32, uint>(Cpu.Lanes.Max, Math.Max, "max");
        LaneCheck.Binary<U64, ulong>(Cpu.Lanes.Max, Math.Max, "max");
        LaneCheck.Unary<I32, int, I32, int>(Cpu.Lanes.Abs, x => x < 0 ? unchecked(-x) : x, "abs");
        LaneCheck.Unary<I64, long, I64, long>(Cpu.Lanes.Abs, x => x < 0 ? unchecked(-x) : x, "abs");
    }

    [Fact]
    public void Masks_and_their_bits()
    {
        var random = new Random(3);
        for (int round = 0; round < 50; round++)
        {
            uint a = (uint)random.NextInt64(), b = (uint)random.NextInt64();
            Mask x = Mask.FromBits(a), y = Mask.FromBits(b);
            Assert.Equal(a, x.Bits);
            Assert.Equal(a & b, (x & y).Bits);
            Assert.Equal(a | b, (x | y).Bits);
            Assert.Equal(a ^ b, (x ^ y).Bits);
            Assert.Equal(a ^ b, (x != y).Bits);
            Assert.Equal(~(a ^ b), (x == y).Bits);
            Assert.Equal(~a, (!x).Bits);
            Assert.Equal(a & ~b, Mask.Except(x, y).Bits);
            Assert.Equal(a != 0, x.AnyLane);
            Assert.Equal(BitOperations.PopCount(a), x.Count);
            Assert.Equal((a >> 9 & 1) != 0, x[9]);
            Assert.Equal(a | 1u << 9, x.WithLane(9, true).Bits);
            F64 chosen = Cpu.Lanes.Select(x, (F64)1.0, (F64)2.0);
            I32 number = Cpu.Lanes.Select(x, (I32)1, (I32)2);
            for (int lane = 0; lane < 32; lane++)
            {
                Assert.Equal((a >> lane & 1) != 0 ? 1.0 : 2.0, chosen[lane]);
                Assert.Equal((a >> lane & 1) != 0 ? 1 : 2, number[lane]);
            }
        }

        Assert.True(Mask.All.AllLanes);
        Assert.False(Mask.None.AnyLane);
        Assert.Equal(0x1fu, Mask.First(5).Bits);
        Assert.Equal(0u, Mask.First(-3).Bits);
        Assert.Equal(uint.MaxValue, Mask.First(40).Bits);
        Assert.Equal(uint.MaxValue, ((Mask)true).Bits);
        Assert.Equal("1...............................", Mask.First(1).ToString());
    }

    private static uint Reversed(uint x)
    {
        uint result = 0;
        for (int i = 0; i < 32; i++) result |= (x >> i & 1) << 31 - i;
        return result;
    }

    private static uint Field(uint x, int offset, int count)
    {
        uint result = 0;
        for (int i = 0; i < count && offset + i < 32; i++) result |= (x >> offset + i & 1) << i;
        return result;
    }
}
