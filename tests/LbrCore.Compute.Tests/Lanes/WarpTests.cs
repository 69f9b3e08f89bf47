using LbrCore.Compute.Cpu;
using Xunit;

namespace LbrCore.Compute.Tests.Lanes;

public class WarpTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(-1)]
    public void Shuffles_move_values_as_shfl_does(int amount)
    {
        Check(I32.LaneIdx * 3 + 1, Cpu.Lanes.Shuffle, Cpu.Lanes.ShuffleUp, Cpu.Lanes.ShuffleDown, Cpu.Lanes.ShuffleXor, (x, lane) => x[lane]);
        Check((U32)I32.LaneIdx * 70000000u, Cpu.Lanes.Shuffle, Cpu.Lanes.ShuffleUp, Cpu.Lanes.ShuffleDown, Cpu.Lanes.ShuffleXor, (x, lane) => x[lane]);
        Check((F32)I32.LaneIdx / 3f, Cpu.Lanes.Shuffle, Cpu.Lanes.ShuffleUp, Cpu.Lanes.ShuffleDown, Cpu.Lanes.ShuffleXor, (x, lane) => x[lane]);
        Check((I64)I32.LaneIdx * -30000000001L, Cpu.Lanes.Shuffle, Cpu.Lanes.ShuffleUp, Cpu.Lanes.ShuffleDown, Cpu.Lanes.ShuffleXor, (x, lane) => x[lane]);
        Check((U64)(U32)I32.LaneIdx << 50, Cpu.Lanes.Shuffle, Cpu.Lanes.ShuffleUp, Cpu.Lanes.ShuffleDown, Cpu.Lanes.ShuffleXor, (x, lane) => x[lane]);
        Check((F64)I32.LaneIdx / 7.0, Cpu.Lanes.Shuffle, Cpu.Lanes.ShuffleUp, Cpu.Lanes.ShuffleDown, Cpu.Lanes.ShuffleXor, (x, lane) => x[lane]);

        void Check<TLanes, T>(TLanes value, Func<TLanes, I32, TLanes> index, Func<TLanes, I32, TLanes> up, Func<TLanes, I32, TLanes> down, Func<TLanes, I32, TLanes> xor, Func<TLanes, int, T> read)
        {
            int by = amount & 31;
            for (int lane = 0; lane < 32; lane++)
            {
                Assert.Equal(read(value, by), read(index(value, amount), lane));
                Assert.Equal(read(value, lane - by < 0 ? lane : lane - by), read(up(value, amount), lane));
                Assert.Equal(read(value, lane + by > 31 ? lane : lane + by), read(down(value, amount), lane));
                Assert.Equal(read(value, lane ^ by), read(xor(value, amount), lane));
                Assert.Equal(read(value, lane * 5 + 3 & 31), read(index(value, I32.LaneIdx * 5 + 3), lane));
            }
        }
    }

    [Fact]
    public void Votes_count_active_lanes_only()
    {
        Mask predicate = Mask.FromBits(0x0000ff0f), active = Mask.FromBits(0x00000f0f);
        Assert.Equal(0x00000f0fu, Cpu.Lanes.Ballot(predicate, active));
        Assert.True(Cpu.Lanes.VoteAll(predicate, active));
        Assert.False(Cpu.Lanes.VoteAll(predicate, Mask.All));
        Assert.True(Cpu.Lanes.VoteAny(predicate, Mask.FromBits(1)));
        Assert.False(Cpu.Lanes.VoteAny(predicate, Mask.FromBits(0x10)));
    }

    [Fact]
    public void Float_sums_follow_the_butterfly()
    {
        var random = new Random(23);
        for (int round = 0; round < 100; round++)
        {
            var x = new float[32];
            for (int lane = 0; lane < 32; lane++) x[lane] = (float)Math.Exp(random.NextDouble() * 20 - 10) * (random.Next(2) * 2 - 1);
            float[] sum = [.. x];
            foreach (int distance in new[] { 16, 8, 4, 2, 1 }) sum = [.. Enumerable.Range(0, 32).Select(lane => sum[lane] + sum[lane ^ distance])];
            Assert.All(sum, s => Assert.Equal(sum[0], s));
            Assert.Equal(sum[0], Cpu.Lanes.ReduceAdd(LaneCheck.Make<F32, float>(x), Mask.All));
            Assert.Equal(x.Max(), Cpu.Lanes.ReduceMax(LaneCheck.Make<F32, float>(x), Mask.All));
            Assert.Equal(x.Take(5).Min(), Cpu.Lanes.ReduceMin(LaneCheck.Make<F32, float>(x), Mask.First(5)));
        }

        Assert.True(float.IsNaN(Cpu.Lanes.ReduceMax(((F32)1f).WithLane(30, float.NaN), Mask.All)));
        Assert.Equal(1f, Cpu.Lanes.ReduceMax(((F32)1f).WithLane(30, float.NaN), Mask.First(30)));
    }

    [Fact]
    public void Integer_reductions_leave_out_inactive_lanes()
    {
        Mask some = Mask.FromBits(0x00f0f0f1);
        int[] active = [.. Enumerable.Range(0, 32).Where(lane => some[lane])];
        Assert.Equal(active.Sum(lane => lane - 9), Cpu.Lanes.ReduceAdd(I32.LaneIdx - 9, some));
        Assert.Equal(active.Max() - 100, Cpu.Lanes.ReduceMax(I32.LaneIdx - 100, some));
        Assert.Equal(1u, Cpu.Lanes.ReduceMin((U32)I32.LaneIdx + 1u, some));
        Assert.Equal(active.Sum(lane => (long)lane << 40), Cpu.Lanes.ReduceAdd((I64)I32.LaneIdx << 40, some));
        Assert.Equal(unchecked(32 * 0x7fffffff), Cpu.Lanes.ReduceAdd((I32)0x7fffffff, Mask.All));
    }
}
