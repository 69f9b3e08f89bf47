using LbrCore.Compute.Cpu;
using Xunit;

namespace LbrCore.Compute.Tests.Lanes;

public unsafe class MemoryTests
{
    private static readonly uint[] Masks = [uint.MaxValue, 0, 1, 0x80000000, 0xffff, 0x12345678, 0x55555555, 0x7ffffffe];

    // Ways in which lanes address memory: side by side, all the same, strided, backward, scattered, pairwise equal.
    public static readonly TheoryData<string> Patterns = ["consecutive", "same", "strided", "backward", "scattered", "pairs"];

    private static I32 Index(string pattern) => pattern switch
    {
        "consecutive" => I32.LaneIdx + 5,
        "same" => 9,
        "strided" => I32.LaneIdx * 3,
        "backward" => (I32)40 - I32.LaneIdx,
        "scattered" => I32.LaneIdx * 37 % 101,
        _ => I32.LaneIdx / 2 + 3,
    };

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Every_element_kind_loads_the_active_lanes(string pattern)
    {
        const int Length = 128;
        byte[] memory = new byte[Length * 8];
        new Random(5).NextBytes(memory);
        I32 index = Index(pattern);
        foreach (uint bits in Masks)
        {
            KernelHarness.Warp(warp =>
            {
                Mask mask = Mask.FromBits(bits);
                fixed (byte* view = memory)
                {
                    byte* p = view;
                    Check(Cpu.Lanes.LoadS8(warp, p, index, Length, mask), (I32 x, int lane) => x[lane], i => (sbyte)p[i]);
                    Check(Cpu.Lanes.LoadU8(warp, p, index, Length, mask), (U32 x, int lane) => x[lane], i => (uint)p[i]);
                    Check(Cpu.Lanes.LoadS16(warp, p, index, Length, mask), (I32 x, int lane) => x[lane], i => (int)((short*)p)[i]);
                    Check(Cpu.Lanes.LoadU16(warp, p, index, Length, mask), (U32 x, int lane) => x[lane], i => (uint)((ushort*)p)[i]);
                    Check(Cpu.Lanes.LoadS32(warp, p, index, Length, mask), (I32 x, int lane) => x[lane], i => ((int*)p)[i]);
                    Check(Cpu.Lanes.LoadU32(warp, p, index, Length, mask), (U32 x, int lane) => x[lane], i => ((uint*)p)[i]);
                    Check(Cpu.Lanes.LoadF32(warp, p, index, Length, mask), (F32 x, int lane) => x[lane], i => ((float*)p)[i]);
                    Check(Cpu.Lanes.LoadS64(warp, p, index, Length, mask), (I64 x, int lane) => x[lane], i => ((long*)p)[i]);
                    Check(Cpu.Lanes.LoadU64(warp, p, index, Length, mask), (U64 x, int lane) => x[lane], i => ((ulong*)p)[i]);
                    Check(Cpu.Lanes.LoadF64(warp, p, index, Length, mask), (F64 x, int lane) => x[lane], i => ((double*)p)[i]);
                    Check(Cpu.Lanes.LoadU16(warp, (long)p, (I64)index, Length, 2, 0, mask), (U32 x, int lane) => x[lane], i => (uint)((ushort*)p)[i]);
                    Check(Cpu.Lanes.LoadF64(warp, (long)p, (I64)index, Length, 8, 0, mask), (F64 x, int lane) => x[lane], i => ((double*)p)[i]);
                    Check(Cpu.Lanes.LoadS16(warp, p, index, Length, 8, 6, mask), (I32 x, int lane) => x[lane], i => (int)((short*)p)[4 * i + 3]);

                    void Check<TLanes, T>(TLanes got, Func<TLanes, int, T> read, Func<int, T> expected) where T : unmanaged
                    {
                        for (int lane = 0; lane < 32; lane++)
                        {
                            T want = mask[lane] ? expected(index[lane]) : default;
                            Assert.True(LaneCheck.Same(want, read(got, lane)), $"{typeof(T).Name} lane {lane} mask {bits:x8}: expected {want}, got {read(got, lane)}");
                        }
                    }
                }
            });
        }
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Every_element_kind_stores_the_active_lanes_and_the_highest_wins(string pattern)
    {
        const int Length = 128;
        I32 index = Index(pattern);
        foreach (uint bits in Masks)
        {
            Mask mask = Mask.FromBits(bits);
            Check<byte>((warp, p) => Cpu.Lanes.StoreU8(warp, p, index, Length, mask, (U32)(I32.LaneIdx + 0x1f0)), lane => unchecked((byte)(lane + 0x1f0)));
            Check<sbyte>((warp, p) => Cpu.Lanes.StoreS8(warp, p, index, Length, mask, I32.LaneIdx - 20), lane => (sbyte)(lane - 20));
            Check<short>((warp, p) => Cpu.Lanes.StoreS16(warp, p, index, Length, mask, I32.LaneIdx - 20), lane => (short)(lane - 20));
            Check<ushort>((warp, p) => Cpu.Lanes.StoreU16(warp, p, index, Length, mask, (U32)I32.LaneIdx * 70001u), lane => unchecked((ushort)(lane * 70001)));
            Check<int>((warp, p) => Cpu.Lanes.StoreS32(warp, p, index, Length, mask, I32.LaneIdx - 7), lane => lane - 7);
            Check<uint>((warp, p) => Cpu.Lanes.StoreU32(warp, p, index, Length, mask, (U32)I32.LaneIdx), lane => (uint)lane);
            Check<float>((warp, p) => Cpu.Lanes.StoreF32(warp, p, index, Length, mask, (F32)I32.LaneIdx / 3f), lane => lane / 3f);
            Check<long>((warp, p) => Cpu.Lanes.StoreS64(warp, p, index, Length, mask, (I64)I32.LaneIdx << 40), lane => (long)lane << 40);
            Check<ulong>((warp, p) => Cpu.Lanes.StoreU64(warp, p, index, Length, mask, (U64)(U32)I32.LaneIdx), lane => (ulong)lane);
            Check<double>((warp, p) => Cpu.Lanes.StoreF64(warp, p, index, Length, mask, (F64)I32.LaneIdx / 3.0), lane => lane / 3.0);
            Check<float>((warp, p) => Cpu.Lanes.StoreF32(warp, (long)p, (I64)index, Length, 4, 0, mask, (F32)I32.LaneIdx), lane => lane);

            void Check<T>(Access store, Func<int, T> value) where T : unmanaged
            {
                var memory = new T[Length];
                var expected = new T[Length];
                for (int lane = 0; lane < 32; lane++) if (mask[lane]) expected[index[lane]] = value(lane);
                KernelHarness.Warp(warp =>
                {
                    fixed (T* p = memory) store(warp, (byte*)p);
                });
                Assert.Equal(expected, memory);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Patterns))]
    public void Words_of_8_and_16_bytes_travel_both_ways(string pattern)
    {
        const int Length = 128;
        uint[] memory = new uint[Length * 4];
        for (int i = 0; i < memory.Length; i++) memory[i] = (uint)i * 2654435761u;
        I32 index = Index(pattern);
        foreach (uint bits in Masks)
        {
            Mask mask = Mask.FromBits(bits);
            uint[] copy2 = new uint[memory.Length], copy4 = new uint[memory.Length], copyViews = new uint[memory.Length];
            KernelHarness.Warp(warp =>
            {
                fixed (uint* p = memory, c2 = copy2, c4 = copy4, cv = copyViews)
                {
                    Cpu.Lanes.LoadWords(warp, (byte*)p, index, Length, 8, 0, mask, out U32 a, out U32 b);
                    Cpu.Lanes.StoreWords(warp, (byte*)c2, index, Length, 8, 0, mask, a, b);
                    Cpu.Lanes.LoadWords(warp, (byte*)p, index, Length, 16, 0, mask, out U32 w, out U32 x, out U32 y, out U32 z);
                    Cpu.Lanes.StoreWords(warp, (byte*)c4, index, Length, 16, 0, mask, w, x, y, z);
                    Cpu.Lanes.LoadWords(warp, (long)p, (I64)index, Length, 16, 0, mask, out w, out x, out y, out z);
                    Cpu.Lanes.StoreWords(warp, (long)cv, (I64)index, Length, 16, 0, mask, w, x, y, z);
                    for (int lane = 0; lane < 32; lane++)
                    {
                        Assert.Equal(mask[lane] ? p[2 * index[lane] + 1] : 0, b[lane]);
                        Assert.Equal(mask[lane] ? p[4 * index[lane] + 3] : 0, z[lane]);
                    }
                }
            });
            uint[] expected2 = new uint[memory.Length], expected4 = new uint[memory.Length];
            for (int lane = 0; lane < 32; lane++)
            {
                if (!mask[lane]) continue;
                for (int i = 0; i < 2; i++) expected2[2 * index[lane] + i] = memory[2 * index[lane] + i];
                for (int i = 0; i < 4; i++) expected4[4 * index[lane] + i] = memory[4 * index[lane] + i];
            }

            Assert.Equal(expected2, copy2);
            Assert.Equal(expected4, copy4);
            Assert.Equal(expected4, copyViews);
        }
    }

    [Fact]
    public void Eight_bfloat16_a_lane_are_one_consecutive_block()
    {
        ushort[] memory = new ushort[256];
        for (int i = 0; i < memory.Length; i++) memory[i] = (ushort)i;
        KernelHarness.Warp(warp =>
        {
            fixed (ushort* p = memory)
            {
                Cpu.Lanes.LoadWords(warp, (byte*)p, I32.LaneIdx * 8, 256, 2, 0, Mask.All, out U32 a, out _, out _, out U32 d);
                for (int lane = 0; lane < 32; lane++)
                {
                    Assert.Equal((uint)(lane * 8 + 1) << 16 | (uint)(lane * 8), a[lane]);
                    Assert.Equal((uint)(lane * 8 + 7) << 16 | (uint)(lane * 8 + 6), d[lane]);
                }
            }
        });
    }

    [Theory]
    [InlineData(0, 31, uint.MaxValue, 31, 31)]      // the last lane is one too far
    [InlineData(-1, 100, uint.MaxValue, 0, -1)]     // the first lane is before the start
    [InlineData(100, 32, 0x00000100u, 8, 108)]      // one active lane outside
    [InlineData(int.MaxValue, 32, 1u, 0, int.MaxValue)]
    public void An_active_lane_outside_faults_and_says_where(int first, int length, uint bits, int lane, int index)
    {
        float[] memory = new float[256];
        foreach (bool store in new[] { false, true })
        {
            KernelVariant kernel = KernelHarness.Kernel((warp, _) =>
            {
                if (warp.GroupX != 3 || warp.WarpIdx != 1) return true;
                fixed (float* p = memory)
                {
                    if (store) Cpu.Lanes.StoreF32(warp, (byte*)p, I32.LaneIdx + first, length, Mask.FromBits(bits), 1f);
                    else Cpu.Lanes.LoadF32(warp, (byte*)p, I32.LaneIdx + first, length, Mask.FromBits(bits));
                }

                return true;
            });
            var fault = Assert.Throws<KernelFaultException>(() => KernelHarness.Run(kernel, new LaunchConfig(8, 64)));
            Assert.Equal("Test.Kernel", fault.Kernel);
            Assert.Equal(new Dim3(3, 0, 0), fault.Group);
            Assert.Equal(1, fault.Warp);
            Assert.Equal(lane, fault.Lane);
            Assert.Equal(index, fault.Index);
            Assert.Contains($"index {index} is outside its view of {length} elements", fault.Message);
        }
    }

    [Fact]
    public void Inactive_lanes_may_point_anywhere()
    {
        float[] memory = [7];
        KernelHarness.Warp(warp =>
        {
            fixed (float* p = memory)
            {
                F32 value = Cpu.Lanes.LoadF32(warp, (byte*)p, I32.LaneIdx * 1000000, 1, Mask.First(1));
                Cpu.Lanes.StoreF32(warp, (byte*)p, I32.LaneIdx * -1000000, 1, Mask.First(1), value + 1f);
                _ = Cpu.Lanes.LoadF32(warp, (long)0, (I64)long.MinValue, 0, 4, 0, Mask.None);
            }
        });
        Assert.Equal(8, memory[0]);
    }

    [Fact]
    public void A_wide_access_must_end_inside_and_64_bit_indices_do_not_overflow()
    {
        uint[] memory = new uint[8];
        Assert.Contains("16 bytes at index 5 reach beyond", Fault((warp, p) => Cpu.Lanes.LoadWords(warp, p, 5, 8, 4, 0, Mask.First(1), out _, out _, out _, out _)).Message);
        Assert.Equal(long.MaxValue / 2, Fault((warp, p) => Cpu.Lanes.LoadU32(warp, (long)p, (I64)(long.MaxValue / 2), 8, 4, 0, Mask.First(1))).Index);
        Assert.Equal(8, Fault((warp, p) => Cpu.Lanes.ReadF32(warp, p, 8, 8)).Index);
        Assert.Equal(-1, Fault((warp, p) => Cpu.Lanes.WriteS64(warp, p, -1, 8, 5)).Index);
        Assert.Equal(-1, Fault((warp, p) => Cpu.Lanes.WriteS64(warp, p, -1, 8, 5)).Lane);
        Assert.Equal(3, Fault((warp, p) => Cpu.Lanes.ReadWords(warp, p, 3, 4, 8, 4, out _, out _)).Index);

        KernelFaultException Fault(Access access) => Assert.Throws<KernelFaultException>(() => KernelHarness.Warp(warp =>
        {
            fixed (uint* p = memory) access(warp, (byte*)p);
        }));
    }

    private delegate void Access(DelegateWarp warp, byte* view);

    [Fact]
    public void Scalars_are_read_and_written_for_the_whole_warp()
    {
        byte[] memory = new byte[64];
        KernelHarness.Warp(warp =>
        {
            fixed (byte* p = memory)
            {
                Cpu.Lanes.WriteS8(warp, p, 0, 64, -3);
                Cpu.Lanes.WriteU16(warp, p, 1, 32, 0x12345);
                Cpu.Lanes.WriteF64(warp, p, 1, 8, 2.5);
                Cpu.Lanes.WriteF32(warp, p, 1, 4, 1.25f, 16, 8);
                Cpu.Lanes.WriteWords(warp, p, 2, 4, 16, 0, 1, 2, 3, 4);
                Assert.Equal(-3, Cpu.Lanes.ReadS8(warp, p, 0, 64));
                Assert.Equal(253u, Cpu.Lanes.ReadU8(warp, p, 0, 64));
                Assert.Equal(0x2345u, Cpu.Lanes.ReadU16(warp, p, 1, 32));
                Assert.Equal(2.5, Cpu.Lanes.ReadF64(warp, p, 1, 8));
                Assert.Equal(1.25f, Cpu.Lanes.ReadF32(warp, p, 6, 16));
                Cpu.Lanes.ReadWords(warp, p, 4, 8, 8, 0, out uint first, out uint second);
                Assert.Equal((1u, 2u), (first, second));
                Cpu.Lanes.ReadWords(warp, p, 2, 4, 16, 0, out first, out second, out _, out uint last);
                Assert.Equal((1u, 2u, 4u), (first, second, last));
            }
        });
    }
}
