using LbrCore.Compute.Cpu;
using Xunit;

namespace LbrCore.Compute.Tests.Lanes;

public unsafe class AtomicTests
{
    [Fact]
    public void Lanes_take_their_turn_in_order()
    {
        long[] memory = [100, 0];
        KernelHarness.Warp(warp =>
        {
            fixed (long* p = memory)
            {
                I64 old = Cpu.Lanes.AtomicAdd(warp, (long)p, 0L, 2L, 8, 0, Mask.FromBits(0xfffffff0), (I64)I32.LaneIdx);
                long expected = 100;
                for (int lane = 4; lane < 32; lane++)
                {
                    Assert.Equal(expected, old[lane]);
                    expected += lane;
                }

                Assert.Equal(expected, p[0]);
                Cpu.Lanes.AtomicExchange(warp, (long)p, 1L, 2L, 8, 0, Mask.All, (I64)I32.LaneIdx);
                Assert.Equal(31, p[1]);
            }
        });
    }

    [Fact]
    public void Every_operation_does_what_it_says()
    {
        KernelHarness.Warp(warp =>
        {
            int i = 5;
            uint u = 0xf0;
            float f = 1;
            double d = 0.5;
            Mask one = Mask.First(1);
            Assert.Equal(5, Cpu.Lanes.AtomicMin(warp, (long)&i, 0L, 1L, 4, 0, one, (I32)(-7))[0]);
            Assert.Equal(-7, Cpu.Lanes.AtomicMax(warp, (long)&i, 0L, 1L, 4, 0, one, (I32)(-8))[0]);
            Assert.Equal(-7, Cpu.Lanes.AtomicCompareExchange(warp, (long)&i, 0L, 1L, 4, 0, one, (I32)9, (I32)(-7))[0]);
            Assert.Equal(9, Cpu.Lanes.AtomicCompareExchange(warp, (long)&i, 0L, 1L, 4, 0, one, (I32)10, (I32)1)[0]);
            Assert.Equal(9, i);
            Assert.Equal(0xf0u, Cpu.Lanes.AtomicAnd(warp, (long)&u, 0L, 1L, 4, 0, one, (U32)0x3cu)[0]);
            Assert.Equal(0x30u, Cpu.Lanes.AtomicOr(warp, (long)&u, 0L, 1L, 4, 0, one, (U32)0x01u)[0]);
            Assert.Equal(0x31u, Cpu.Lanes.AtomicXor(warp, (long)&u, 0L, 1L, 4, 0, one, (U32)0xffu)[0]);
            Assert.Equal(0xceu, Cpu.Lanes.AtomicMax(warp, (long)&u, 0L, 1L, 4, 0, one, (U32)0x80000000u)[0]);
            Assert.Equal(0x80000000u, u);
            Cpu.Lanes.AtomicAdd(warp, (long)&f, 0L, 1L, 4, 0, Mask.All, (F32)0.25f);
            Cpu.Lanes.AtomicAdd(warp, (long)&d, 0L, 1L, 8, 0, Mask.All, (F64)0.25);
            Assert.Equal(9f, f);
            Assert.Equal(8.5, d);
            f = float.NaN;
            Assert.True(float.IsNaN(Cpu.Lanes.AtomicAdd(warp, (long)&f, 0L, 1L, 4, 0, one, (F32)1f)[0]));
        });
    }

    [Fact]
    public void Groups_on_several_threads_do_not_lose_updates()
    {
        long[] sums = new long[4];
        fixed (long* p = sums)
        {
            nint address = (nint)p;
            KernelVariant kernel = KernelHarness.Kernel((warp, _) =>
            {
                Cpu.Lanes.AtomicAdd(warp, (long)address, (I64)(I32.LaneIdx & 3), 4L, 8, 0, warp.Active, (I64)1L);
                return true;
            });
            KernelHarness.Run(kernel, new LaunchConfig(2000, 48), 4);
        }

        Assert.All(sums, sum => Assert.Equal(2000L * 12, sum));
    }

    [Fact]
    public void Faults_name_the_lane()
    {
        int value = 0;
        nint address = (nint)(&value);
        var outside = Assert.Throws<KernelFaultException>(() => KernelHarness.Warp(warp =>
            Cpu.Lanes.AtomicAdd(warp, (long)address, (I64)I32.LaneIdx, 1L, 4, 0, Mask.FromBits(0x10), (I32)1)));
        Assert.Equal(4, outside.Lane);
        var unaligned = Assert.Throws<KernelFaultException>(() => KernelHarness.Warp(warp =>
            Cpu.Lanes.AtomicAdd(warp, (long)address + 2, 0L, 1L, 4, 0, Mask.First(1), (I32)1)));
        Assert.Contains("no multiple of 4", unaligned.Message);
    }
}
