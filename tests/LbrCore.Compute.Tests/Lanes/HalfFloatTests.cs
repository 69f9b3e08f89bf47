using LbrCore.Compute.Cpu;
using Xunit;

namespace LbrCore.Compute.Tests.Lanes;

public class HalfFloatTests
{
    [Fact]
    public void All_sixteen_bit_floats_widen_exactly()
    {
        for (int start = 0; start < 65536; start += 32)
        {
            U32 bits = (U32)(I32.LaneIdx + start);
            F32 half = Cpu.Lanes.HalfToF32(bits), brain = Cpu.Lanes.BFloat16ToF32(bits);
            for (int lane = 0; lane < 32; lane++)
            {
                Assert.True(LaneCheck.Same((float)BitConverter.UInt16BitsToHalf((ushort)(start + lane)), half[lane]), $"half {start + lane:x4}");
                Assert.True(LaneCheck.Same(BitConverter.UInt32BitsToSingle((uint)(start + lane) << 16), brain[lane]), $"bfloat16 {start + lane:x4}");
            }
        }
    }

    [Fact]
    public void Floats_round_to_nearest_even()
    {
        foreach (float[] x in Inputs())
        {
            F32 value = LaneCheck.Make<F32, float>(x);
            U32 half = Cpu.Lanes.F32ToHalf(value), brain = Cpu.Lanes.F32ToBFloat16(value);
            for (int lane = 0; lane < 32; lane++)
            {
                if (float.IsNaN(x[lane]))
                {
                    Assert.True(Half.IsNaN(BitConverter.UInt16BitsToHalf((ushort)half[lane])) && half[lane] <= 0xffff);
                    Assert.True((brain[lane] & 0x7fff) > 0x7f80 && brain[lane] <= 0xffff);
                    continue;
                }

                Assert.True(BitConverter.HalfToUInt16Bits((Half)x[lane]) == half[lane], $"half of {x[lane]:R}");
                Assert.True(NearestBFloat16(x[lane]) == brain[lane], $"bfloat16 of {x[lane]:R}: {brain[lane]:x4}");
                Assert.Equal(half[lane], Cpu.Lanes.F32ToHalf(x[lane]));
                Assert.Equal(brain[lane], Cpu.Lanes.F32ToBFloat16(x[lane]));
            }
        }
    }

    [Fact]
    public void Pairs_agree_with_the_vocabulary()
    {
        var random = new Random(11);
        for (int round = 0; round < 200; round++)
        {
            // Half of the rounds with exponents close together, where fused rounding shows.
            uint keep = round % 2 == 0 ? 0xffffffffu : 0x83ff83ffu, set = round % 2 == 0 ? 0 : 0x3c003c00u;
            U32 a = Bits(), b = Bits(), c = Bits();
            U32 sum = Cpu.Lanes.AddBFloat16x2(a, b), product = Cpu.Lanes.MultiplyBFloat16x2(a, b), fused = Cpu.Lanes.FmaBFloat16x2(a, b, c), larger = Cpu.Lanes.MaxBFloat16x2(a, b);
            U32 halfSum = Cpu.Lanes.AddHalfx2(a, b), halfProduct = Cpu.Lanes.MultiplyHalfx2(a, b), halfFused = Cpu.Lanes.FmaHalfx2(a, b, c), halfLarger = Cpu.Lanes.MaxHalfx2(a, b);
            for (int lane = 0; lane < 32; lane++)
            {
                BFloat16x2 x = new() { Bits = a[lane] }, y = new() { Bits = b[lane] }, z = new() { Bits = c[lane] };
                Brain(x + y, sum[lane]);
                Brain(x * y, product[lane]);
                Brain(BFloat16x2.Fma(x, y, z), fused[lane]);
                Brain(BFloat16x2.Max(x, y), larger[lane]);
                Half2 p = new() { Bits = a[lane] }, q = new() { Bits = b[lane] }, r = new() { Bits = c[lane] };
                Pair(p + q, halfSum[lane]);
                Pair(p * q, halfProduct[lane]);
                Pair(Half2.Fma(p, q, r), halfFused[lane]);
                Pair(Half2.Max(p, q), halfLarger[lane]);
            }

            U32 Bits()
            {
                U32 bits = default;
                for (int lane = 0; lane < 32; lane++) bits = bits.WithLane(lane, (uint)random.NextInt64() & keep | set);
                return bits;
            }
        }

        static void Brain(BFloat16x2 expected, uint got)
        {
            BFloat16x2 pair = new() { Bits = got };
            Assert.True(LaneCheck.Same(expected.Low, pair.Low) && LaneCheck.Same(expected.High, pair.High), $"expected {expected}, got {pair}");
        }

        static void Pair(Half2 expected, uint got)
        {
            Half2 pair = new() { Bits = got };
            Assert.True(LaneCheck.Same(expected.Low, pair.Low) && LaneCheck.Same(expected.High, pair.High), $"expected {expected}, got {pair}");
        }
    }

    private static IEnumerable<float[]> Inputs()
    {
        var random = new Random(7);
        float[] special = LaneCheck.Values<float>();
        for (int start = 0; start + 32 <= special.Length; start += 32) yield return special[start..(start + 32)];

        // Values on, just below and just above the midpoints of both formats, and over the whole range of half.
        for (int round = 0; round < 500; round++)
        {
            var x = new float[32];
            for (int i = 0; i < 32; i++)
            {
                uint bits = (uint)random.NextInt64();
                bits = (i % 4) switch
                {
                    0 => bits & 0xffff0000 | 0x8000,
                    1 => (bits & 0xffffe000 | 0x1000) + (uint)random.Next(-1, 2),
                    2 => (bits & 0x8fffffff) % 0x10000000 + 0x33000000 | bits & 0x80000000,
                    _ => bits,
                };
                x[i] = BitConverter.UInt32BitsToSingle(bits);
            }

            yield return x;
        }
    }

    // Chooses between the two neighbours by distance, in double: no bit tricks.
    private static uint NearestBFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        uint low = bits >> 16, high = low + 1;
        double below = Value(low), above = Value(high), x = value;
        if (below == x) return low;
        if (double.IsInfinity(x)) return low;
        double toLow = Math.Abs(x - below), toHigh = Math.Abs(above - x);
        return toLow < toHigh || (toLow == toHigh && low % 2 == 0) ? low : high;

        // The neighbour above the largest number counts as the next power of two.
        static double Value(uint bfloat16) => (bfloat16 & 0x7fff) == 0x7f80 ? Math.ScaleB((bfloat16 & 0x8000) != 0 ? -1 : 1, 128) : BitConverter.UInt32BitsToSingle(bfloat16 << 16);
    }
}
