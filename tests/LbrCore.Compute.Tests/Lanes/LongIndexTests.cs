using LbrCore.Compute.Cpu;
using Xunit;

namespace LbrCore.Compute.Tests.Lanes;

// Loads and stores with a 64-bit index in every lane: of one view, and of a view of its own in every lane. Both against plain arrays.
public unsafe class LongIndexTests
{
    private const int Length = 128;

    private static readonly uint[] s_masks = [uint.MaxValue, 0, 1, 0x80000000, 0x0f0f0f0f, 0x12345678];

    private static readonly long[][] s_patterns =
    [
        [.. Enumerable.Range(0, 32).Select(lane => lane + 7L)],
        [.. Enumerable.Range(0, 32).Select(lane => (lane * 37L) + 5).Select(i => i % Length)],
        [.. Enumerable.Range(0, 32).Select(lane => 9L + (lane / 2))],
    ];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Loads_give_the_active_lanes_their_elements(bool oneView)
    {
        byte[] memory = new byte[Length * 8];
        new Random(7).NextBytes(memory);
        foreach (long[] pattern in s_patterns)
        {
            foreach (uint bits in s_masks)
            {
                KernelHarness.Warp(warp =>
                {
                    Mask mask = Mask.FromBits(bits);
                    I64 index = ToLanes(pattern);
                    fixed (byte* view = memory)
                    {
                        byte* p = view;
                        long one = (long)p;
                        I64 each = one;
                        I64 lengths = Length;
                        I32 s8 = oneView ? Cpu.Lanes.LoadS8(warp, one, index, Length, 1, 0, mask) : Cpu.Lanes.LoadS8(warp, each, index, lengths, 1, 0, mask);
                        U32 u8 = oneView ? Cpu.Lanes.LoadU8(warp, one, index, Length, 1, 0, mask) : Cpu.Lanes.LoadU8(warp, each, index, lengths, 1, 0, mask);
                        I32 s16 = oneView ? Cpu.Lanes.LoadS16(warp, one, index, Length, 2, 0, mask) : Cpu.Lanes.LoadS16(warp, each, index, lengths, 2, 0, mask);
                        U32 u16 = oneView ? Cpu.Lanes.LoadU16(warp, one, index, Length, 2, 0, mask) : Cpu.Lanes.LoadU16(warp, each, index, lengths, 2, 0, mask);
                        I32 s32 = oneView ? Cpu.Lanes.LoadS32(warp, one, index, Length, 4, 0, mask) : Cpu.Lanes.LoadS32(warp, each, index, lengths, 4, 0, mask);
                        U32 u32 = oneView ? Cpu.Lanes.LoadU32(warp, one, index, Length, 4, 0, mask) : Cpu.Lanes.LoadU32(warp, each, index, lengths, 4, 0, mask);
                        F32 f32 = oneView ? Cpu.Lanes.LoadF32(warp, one, index, Length, 4, 0, mask) : Cpu.Lanes.LoadF32(warp, each, index, lengths, 4, 0, mask);
                        I64 s64 = oneView ? Cpu.Lanes.LoadS64(warp, one, index, Length, 8, 0, mask) : Cpu.Lanes.LoadS64(warp, each, index, lengths, 8, 0, mask);
                        U64 u64 = oneView ? Cpu.Lanes.LoadU64(warp, one, index, Length, 8, 0, mask) : Cpu.Lanes.LoadU64(warp, each, index, lengths, 8, 0, mask);
                        F64 f64 = oneView ? Cpu.Lanes.LoadF64(warp, one, index, Length, 8, 0, mask) : Cpu.Lanes.LoadF64(warp, each, index, lengths, 8, 0, mask);
                        // The third short of a struct of four.
                        U32 field = oneView ? Cpu.Lanes.LoadU16(warp, one, index, Length, 8, 4, mask) : Cpu.Lanes.LoadU16(warp, each, index, lengths, 8, 4, mask);
                        for (int lane = 0; lane < 32; lane++)
                        {
                            long i = pattern[lane];
                            bool on = mask[lane];
                            Assert.Equal(on ? (sbyte)p[i] : 0, s8[lane]);
                            Assert.Equal(on ? p[i] : 0u, u8[lane]);
                            Assert.Equal(on ? ((short*)p)[i] : 0, s16[lane]);
                            Assert.Equal(on ? ((ushort*)p)[i] : 0u, u16[lane]);
                            Assert.Equal(on ? ((int*)p)[i] : 0, s32[lane]);
                            Assert.Equal(on ? ((uint*)p)[i] : 0u, u32[lane]);
                            Assert.True(LaneCheck.Same(on ? ((float*)p)[i] : 0f, f32[lane]));
                            Assert.Equal(on ? ((long*)p)[i] : 0L, s64[lane]);
                            Assert.Equal(on ? ((ulong*)p)[i] : 0ul, u64[lane]);
                            Assert.True(LaneCheck.Same(on ? ((double*)p)[i] : 0d, f64[lane]));
                            Assert.Equal(on ? ((ushort*)p)[(4 * i) + 2] : 0u, field[lane]);
                        }
                    }
                });
            }
        }
    }

    [Fact]
    public void Stores_write_the_active_lanes_and_the_highest_wins()
    {
        foreach (long[] pattern in s_patterns)
        {
            foreach (uint bits in s_masks)
            {
                Check<sbyte>((warp, p, index, mask) => Cpu.Lanes.StoreS8(warp, p, index, Length, 1, 0, mask, I32.LaneIdx), lane => (sbyte)lane);
                Check<byte>((warp, p, index, mask) => Cpu.Lanes.StoreU8(warp, p, index, Length, 1, 0, mask, (U32)I32.LaneIdx), lane => (byte)lane);
                Check<short>((warp, p, index, mask) => Cpu.Lanes.StoreS16(warp, p, index, Length, 2, 0, mask, I32.LaneIdx), lane => (short)lane);
                Check<ushort>((warp, p, index, mask) => Cpu.Lanes.StoreU16(warp, p, index, Length, 2, 0, mask, (U32)I32.LaneIdx), lane => (ushort)lane);
                Check<int>((warp, p, index, mask) => Cpu.Lanes.StoreS32(warp, p, index, Length, 4, 0, mask, I32.LaneIdx), lane => lane);
                Check<uint>((warp, p, index, mask) => Cpu.Lanes.StoreU32(warp, p, index, Length, 4, 0, mask, (U32)I32.LaneIdx), lane => (uint)lane);
                Check<float>((warp, p, index, mask) => Cpu.Lanes.StoreF32(warp, p, index, Length, 4, 0, mask, (F32)I32.LaneIdx), lane => lane);
                Check<long>((warp, p, index, mask) => Cpu.Lanes.StoreS64(warp, p, index, Length, 8, 0, mask, (I64)I32.LaneIdx), lane => lane);
                Check<ulong>((warp, p, index, mask) => Cpu.Lanes.StoreU64(warp, p, index, Length, 8, 0, mask, (U64)I32.LaneIdx), lane => (ulong)lane);
                Check<double>((warp, p, index, mask) => Cpu.Lanes.StoreF64(warp, p, index, Length, 8, 0, mask, (F64)I32.LaneIdx), lane => lane);

                void Check<T>(Action<DelegateWarp, long, I64, Mask> store, Func<int, T> value) where T : unmanaged
                {
                    T[] got = new T[Length], expected = new T[Length];
                    KernelHarness.Warp(warp =>
                    {
                        fixed (T* p = got) store(warp, (long)p, ToLanes(pattern), Mask.FromBits(bits));
                    });
                    for (int lane = 0; lane < 32; lane++)
                    {
                        if ((bits >> lane & 1) != 0) expected[pattern[lane]] = value(lane);
                    }

                    Assert.Equal(expected, got);
                }
            }
        }
    }

    [Theory]
    [InlineData(-1L)]
    [InlineData(Length)]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData(1L << 32)]
    public void An_active_lane_outside_is_named_and_an_inactive_one_is_free(long outside)
    {
        float[] memory = new float[Length];
        long[] indices = [.. Enumerable.Range(0, 32).Select(lane => lane == 21 ? outside : lane)];
        foreach (bool store in new[] { false, true })
        {
            KernelFaultException fault = Assert.Throws<KernelFaultException>(() => Access(uint.MaxValue, store));
            Assert.Equal((21, outside), (fault.Lane, fault.Index));
            Access(~(1u << 21), store);
        }

        void Access(uint bits, bool store) => KernelHarness.Warp(warp =>
        {
            fixed (float* p = memory)
            {
                if (store) Cpu.Lanes.StoreF32(warp, (long)p, ToLanes(indices), Length, 4, 0, Mask.FromBits(bits), 1f);
                else Cpu.Lanes.LoadF32(warp, (long)p, ToLanes(indices), Length, 4, 0, Mask.FromBits(bits));
            }
        });
    }

    private static I64 ToLanes(long[] values)
    {
        I64 lanes = default;
        for (int lane = 0; lane < 32; lane++) lanes = lanes.WithLane(lane, values[lane]);
        return lanes;
    }
}
