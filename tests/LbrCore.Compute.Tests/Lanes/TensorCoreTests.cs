using LbrCore.Compute.Cpu;
using Xunit;

namespace LbrCore.Compute.Tests.Lanes;

public unsafe class TensorCoreTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Mma_adds_the_products_of_the_whole_matrices_in_order(bool half)
    {
        var random = new Random(29);
        for (int round = 0; round < 20; round++)
        {
            // Plain matrices first, then dealt out to lanes as the PTX manual draws them.
            float[,] a = Random(16, 16), b = Random(16, 8), d = Random(16, 8);
            U32 a0 = Fragment((g, t) => (a[g, 2 * t], a[g, 2 * t + 1])), a1 = Fragment((g, t) => (a[g + 8, 2 * t], a[g + 8, 2 * t + 1]));
            U32 a2 = Fragment((g, t) => (a[g, 2 * t + 8], a[g, 2 * t + 9])), a3 = Fragment((g, t) => (a[g + 8, 2 * t + 8], a[g + 8, 2 * t + 9]));
            U32 b0 = Fragment((g, t) => (b[2 * t, g], b[2 * t + 1, g])), b1 = Fragment((g, t) => (b[2 * t + 8, g], b[2 * t + 9, g]));
            F32 d0 = Sums((g, t) => d[g, 2 * t]), d1 = Sums((g, t) => d[g, 2 * t + 1]), d2 = Sums((g, t) => d[g + 8, 2 * t]), d3 = Sums((g, t) => d[g + 8, 2 * t + 1]);
            if (half) Cpu.Lanes.MmaHalf(a0, a1, a2, a3, b0, b1, ref d0, ref d1, ref d2, ref d3);
            else Cpu.Lanes.MmaBFloat16(a0, a1, a2, a3, b0, b1, ref d0, ref d1, ref d2, ref d3);
            for (int lane = 0; lane < 32; lane++)
            {
                int g = lane / 4, t = lane % 4;
                Assert.Equal(Expected(g, 2 * t), d0[lane]);
                Assert.Equal(Expected(g, 2 * t + 1), d1[lane]);
                Assert.Equal(Expected(g + 8, 2 * t), d2[lane]);
                Assert.Equal(Expected(g + 8, 2 * t + 1), d3[lane]);
            }

            float Expected(int row, int column)
            {
                float sum = d[row, column];
                for (int k = 0; k < 16; k++) sum = MathF.FusedMultiplyAdd(a[row, k], b[k, column], sum);
                return sum;
            }
        }

        float[,] Random(int rows, int columns)
        {
            var matrix = new float[rows, columns];
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++) matrix[i, j] = Value((float)(random.NextDouble() * 4 - 2));
            }

            return matrix;
        }

        float Value(float x) => half ? (float)(Half)x : (float)(BFloat16)x;

        uint Bits(float x) => half ? BitConverter.HalfToUInt16Bits((Half)x) : BitConverter.SingleToUInt32Bits(x) >> 16;

        U32 Fragment(Func<int, int, (float Low, float High)> element)
        {
            U32 result = default;
            for (int lane = 0; lane < 32; lane++)
            {
                (float low, float high) = element(lane / 4, lane % 4);
                result = result.WithLane(lane, Bits(low) | Bits(high) << 16);
            }

            return result;
        }

        static F32 Sums(Func<int, int, float> element)
        {
            F32 result = default;
            for (int lane = 0; lane < 32; lane++) result = result.WithLane(lane, element(lane / 4, lane % 4));
            return result;
        }
    }

    [Fact]
    public void LoadMatrix_deals_out_rows_or_columns()
    {
        // Row r of the 32 rows starts at element 9r + 1 (never aligned: the CPU must not care) and holds 100r + column.
        ushort[] shared = new ushort[300];
        for (int row = 0; row < 32; row++)
        {
            for (int column = 0; column < 8; column++) shared[9 * row + 1 + column] = (ushort)(100 * row + column);
        }

        KernelHarness.Warp(warp =>
        {
            fixed (ushort* p = shared)
            {
                I32 rows = I32.LaneIdx * 9 + 1;
                Cpu.Lanes.LoadMatrix(warp, (long)p, (I64)rows, 300, 2, 0, false, out U32 m0, out U32 m1, out U32 m2, out U32 m3);
                Cpu.Lanes.LoadMatrix(warp, (long)p, (I64)rows, 300, 2, 0, true, out U32 t0, out U32 t1);
                Cpu.Lanes.LoadMatrix(warp, (long)p, (I64)(rows - 1), 300, 2, 2, false, out U32 single);
                for (int lane = 0; lane < 32; lane++)
                {
                    int g = lane / 4, t = lane % 4;
                    Assert.Equal(Pair(g, 2 * t, g, 2 * t + 1), m0[lane]);
                    Assert.Equal(Pair(g + 8, 2 * t, g + 8, 2 * t + 1), m1[lane]);
                    Assert.Equal(Pair(g + 16, 2 * t, g + 16, 2 * t + 1), m2[lane]);
                    Assert.Equal(Pair(g + 24, 2 * t, g + 24, 2 * t + 1), m3[lane]);
                    Assert.Equal(Pair(2 * t, g, 2 * t + 1, g), t0[lane]);
                    Assert.Equal(Pair(2 * t + 8, g, 2 * t + 9, g), t1[lane]);
                    Assert.Equal(m0[lane], single[lane]);
                }
            }
        });
        var fault = Assert.Throws<KernelFaultException>(() => KernelHarness.Warp(warp =>
        {
            fixed (ushort* p = shared) Cpu.Lanes.LoadMatrix(warp, (long)p, (I64)(I32.LaneIdx * 42), 300, 2, 0, false, out _);
        }));
        Assert.Equal((7, 294L), (fault.Lane, fault.Index));

        static uint Pair(int row0, int column0, int row1, int column1) => (uint)(100 * row0 + column0) | (uint)(100 * row1 + column1) << 16;
    }

    [Fact]
    public void CopyAsync_copies_valid_lanes_and_clears_the_others()
    {
        float[] source = [.. Enumerable.Range(0, 128).Select(i => (float)i)], target = new float[132];
        Array.Fill(target, -1);
        KernelHarness.Warp(warp =>
        {
            fixed (float* from = source, to = target)
            {
                // Lane 31 is not valid and points outside, lane 0 is not active.
                I64 index = ((I64)I32.LaneIdx * 4).WithLane(31, 1L << 40);
                Cpu.Lanes.CopyAsync(warp, (long)to, (I64)(I32.LaneIdx * 4), 132, (long)from, index, 128, 4, 16, Mask.First(31), Mask.FromBits(~1u));
            }
        });
        for (int i = 0; i < 132; i++) Assert.Equal(i < 4 || i >= 128 ? -1 : i >= 124 ? 0 : source[i], target[i]);
    }
}
