using LbrCore.Compute.Cpu;
using Xunit;

namespace LbrCore.Compute.Tests.Lanes;

public class ConversionTests
{
    [Fact]
    public void Casts_from_int_are_those_of_CSharp()
    {
        LaneCheck.Unary<I32, int, U32, uint>(x => (U32)x, x => unchecked((uint)x), "(uint)");
        LaneCheck.Unary<I32, int, I64, long>(x => (I64)x, x => unchecked((long)x), "(long)");
        LaneCheck.Unary<I32, int, U64, ulong>(x => (U64)x, x => unchecked((ulong)x), "(ulong)");
        LaneCheck.Unary<I32, int, F32, float>(x => (F32)x, x => unchecked((float)x), "(float)");
        LaneCheck.Unary<I32, int, F64, double>(x => (F64)x, x => unchecked((double)x), "(double)");
    }

    [Fact]
    public void Casts_from_uint_are_those_of_CSharp()
    {
        LaneCheck.Unary<U32, uint, I32, int>(x => (I32)x, x => unchecked((int)x), "(int)");
        LaneCheck.Unary<U32, uint, I64, long>(x => (I64)x, x => unchecked((long)x), "(long)");
        LaneCheck.Unary<U32, uint, U64, ulong>(x => (U64)x, x => unchecked((ulong)x), "(ulong)");
        LaneCheck.Unary<U32, uint, F32, float>(x => (F32)x, x => unchecked((float)x), "(float)");
        LaneCheck.Unary<U32, uint, F64, double>(x => (F64)x, x => unchecked((double)x), "(double)");
    }

    [Fact]
    public void Casts_from_long_are_those_of_CSharp()
    {
        LaneCheck.Unary<I64, long, I32, int>(x => (I32)x, x => unchecked((int)x), "(int)");
        LaneCheck.Unary<I64, long, U32, uint>(x => (U32)x, x => unchecked((uint)x), "(uint)");
        LaneCheck.Unary<I64, long, U64, ulong>(x => (U64)x, x => unchecked((ulong)x), "(ulong)");
        LaneCheck.Unary<I64, long, F32, float>(x => (F32)x, x => unchecked((float)x), "(float)");
        LaneCheck.Unary<I64, long, F64, double>(x => (F64)x, x => unchecked((double)x), "(double)");
    }

    [Fact]
    public void Casts_from_ulong_are_those_of_CSharp()
    {
        LaneCheck.Unary<U64, ulong, I32, int>(x => (I32)x, x => unchecked((int)x), "(int)");
        LaneCheck.Unary<U64, ulong, U32, uint>(x => (U32)x, x => unchecked((uint)x), "(uint)");
        LaneCheck.Unary<U64, ulong, I64, long>(x => (I64)x, x => unchecked((long)x), "(long)");
        LaneCheck.Unary<U64, ulong, F32, float>(x => (F32)x, x => unchecked((float)x), "(float)");
        LaneCheck.Unary<U64, ulong, F64, double>(x => (F64)x, x => unchecked((double)x), "(double)");
    }

    [Fact]
    public void Casts_from_float_are_those_of_CSharp()
    {
        LaneCheck.Unary<F32, float, I32, int>(x => (I32)x, x => unchecked((int)x), "(int)");
        LaneCheck.Unary<F32, float, U32, uint>(x => (U32)x, x => unchecked((uint)x), "(uint)");
        LaneCheck.Unary<F32, float, I64, long>(x => (I64)x, x => unchecked((long)x), "(long)");
        LaneCheck.Unary<F32, float, U64, ulong>(x => (U64)x, x => unchecked((ulong)x), "(ulong)");
        LaneCheck.Unary<F32, float, F64, double>(x => (F64)x, x => unchecked((double)x), "(double)");
    }

    [Fact]
    public void Casts_from_double_are_those_of_CSharp()
    {
        LaneCheck.Unary<F64, double, I32, int>(x => (I32)x, x => unchecked((int)x), "(int)");
        LaneCheck.Unary<F64, double, U32, uint>(x => (U32)x, x => unchecked((uint)x), "(uint)");
        LaneCheck.Unary<F64, double, I64, long>(x => (I64)x, x => unchecked((long)x), "(long)");
        LaneCheck.Unary<F64, double, U64, ulong>(x => (U64)x, x => unchecked((ulong)x), "(ulong)");
        LaneCheck.Unary<F64, double, F32, float>(x => (F32)x, x => unchecked((float)x), "(float)");
    }

    [Fact]
    public void Narrow_integers_are_cut_out_as_casts_do()
    {
        LaneCheck.Unary<I32, int, I32, int>(Cpu.Lanes.SignExtend8, x => unchecked((sbyte)x), "(sbyte)");
        LaneCheck.Unary<I32, int, I32, int>(Cpu.Lanes.SignExtend16, x => unchecked((short)x), "(short)");
        LaneCheck.Unary<U32, uint, U32, uint>(Cpu.Lanes.ZeroExtend8, x => unchecked((byte)x), "(byte)");
        LaneCheck.Unary<U32, uint, U32, uint>(Cpu.Lanes.ZeroExtend16, x => unchecked((ushort)x), "(ushort)");
    }

    [Fact]
    public void Broadcast_lane_read_and_replacement()
    {
        F32 value = 1.5f;
        for (int lane = 0; lane < 32; lane++) Assert.Equal(1.5f, value[lane]);
        F64 changed = ((F64)2.0).WithLane(17, 3.0);
        for (int lane = 0; lane < 32; lane++) Assert.Equal(lane == 17 ? 3.0 : 2.0, changed[lane]);
        Assert.Throws<ArgumentOutOfRangeException>(() => value[32]);
        Assert.Throws<ArgumentOutOfRangeException>(() => I32.LaneIdx.WithLane(-1, 0));
        for (int lane = 0; lane < 32; lane++) Assert.Equal(lane, I32.LaneIdx[lane]);
    }
}
