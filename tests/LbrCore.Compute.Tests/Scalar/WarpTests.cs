using Xunit;

namespace LbrCore.Compute.Tests.Scalar;

public class WarpTests
{
    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(45)]
    public void Shuffles_take_the_value_of_the_right_lane_for_every_delta(int size)
    {
        for (int delta = 0; delta < 32; delta++)
        {
            var results = new (int Up, int Down, int Xor, int Index, int Broadcast)[size];
            ScalarTest.Run(1, size, () =>
            {
                int me = Group.LinearIndex;
                results[me] = (
                    Warp.ShuffleUp(me, delta),
                    Warp.ShuffleDown(me, delta),
                    Warp.ShuffleXor(me, delta),
                    Warp.Shuffle(me, (Warp.LaneIdx * 5) + delta),
                    Warp.Broadcast(me, delta));
            });
            for (int i = 0; i < size; i++)
            {
                int warp = i / 32 * 32;
                int lane = i % 32;
                int Or(int source) => source >= 0 && source < 32 && warp + source < size ? warp + source : i;
                Assert.Equal((Or(lane - delta), Or(lane + delta), Or(lane ^ delta), Or(((lane * 5) + delta) % 32), Or(delta)), results[i]);
            }
        }
    }

    [Fact]
    public void Shuffles_carry_values_of_any_size()
    {
        var small = new byte[32];
        var wide = new Float4[32];
        ScalarTest.Run(1, 32, () =>
        {
            int lane = Warp.LaneIdx;
            small[lane] = Warp.ShuffleXor((byte)lane, 1);
            wide[lane] = Warp.ShuffleXor(new Float4(lane, 2, 3, -lane), 31);
        });
        for (int lane = 0; lane < 32; lane++)
        {
            Assert.Equal(lane ^ 1, small[lane]);
            Assert.Equal(new Float4(31 - lane, 2, 3, lane - 31), wide[lane]);
        }
    }

    [Theory]
    [InlineData(32, 0xFFFFFFFFu)]
    [InlineData(20, 0x000FFFFFu)]
    public void Votes_count_the_lanes_that_exist(int size, uint present)
    {
        var votes = new (uint Thirds, bool All, bool NotAll, bool Any, bool None)[size];
        ScalarTest.Run(1, size, () =>
        {
            int lane = Warp.LaneIdx;
            votes[lane] = (Warp.Ballot(lane % 3 == 0), Warp.All(lane >= 0), Warp.All(lane != 7), Warp.Any(lane == 19), Warp.Any(lane > 31));
        });
        Assert.All(votes, vote => Assert.Equal((0x49249249u & present, true, false, true, false), vote));
    }

    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(37)]
    [InlineData(1)]
    public void Integer_reductions_reach_every_lane(int size)
    {
        var results = new (int Sum, int Max, int Min, uint USum, uint UMax, uint UMin)[size];
        ScalarTest.Run(1, size, () =>
        {
            int me = Group.LinearIndex;
            int value = (me * 7919 % 101) - 50;
            uint large = uint.MaxValue - (uint)me;
            results[me] = (Warp.ReduceAdd(value), Warp.ReduceMax(value), Warp.ReduceMin(value), Warp.ReduceAdd(large), Warp.ReduceMax(large), Warp.ReduceMin(large));
        });
        for (int first = 0; first < size; first += 32)
        {
            int[] members = [.. Enumerable.Range(first, Math.Min(32, size - first))];
            int[] values = [.. members.Select(i => (i * 7919 % 101) - 50)];
            uint sum = unchecked((uint)-members.Sum(i => i + 1));
            var expected = (values.Sum(), values.Max(), values.Min(), sum, uint.MaxValue - (uint)first, uint.MaxValue - (uint)members[^1]);
            Assert.All(members, i => Assert.Equal(expected, results[i]));
        }
    }

    [Fact]
    public void Float_sum_adds_in_the_order_of_the_butterfly()
    {
        var random = new Random(3);
        float[] values = [.. Enumerable.Range(0, 32).Select(_ => (random.NextSingle() - 0.5f) * MathF.Pow(10, random.Next(-5, 5)))];
        float[] sums = new float[32];
        float[] byShuffle = new float[32];
        ScalarTest.Run(1, 32, () =>
        {
            float sum = values[Warp.LaneIdx];
            sums[Warp.LaneIdx] = Warp.ReduceAdd(sum);
            for (int distance = 16; distance > 0; distance /= 2)
            {
                sum += Warp.ShuffleXor(sum, distance);
            }

            byShuffle[Warp.LaneIdx] = sum;
        });

        // A tree: neighbours at distance 16 first.
        float[] tree = values;
        while (tree.Length > 1)
        {
            tree = [.. Enumerable.Range(0, tree.Length / 2).Select(i => tree[i] + tree[i + (tree.Length / 2)])];
        }

        Assert.All(sums, sum => Assert.Equal(BitConverter.SingleToInt32Bits(tree[0]), BitConverter.SingleToInt32Bits(sum)));
        Assert.Equal(sums, byShuffle);
    }

    [Fact]
    public void Float_maximum_and_minimum_let_NaN_win()
    {
        var results = new (float Max, float Min, float NaNMax, float NaNMin)[40];
        ScalarTest.Run(1, 40, () =>
        {
            float value = Group.LinearIndex - 20.5f;
            float poisoned = Warp.LaneIdx == 3 ? float.NaN : value;
            results[Group.LinearIndex] = (Warp.ReduceMax(value), Warp.ReduceMin(value), Warp.ReduceMax(poisoned), Warp.ReduceMin(poisoned));
        });
        Assert.All(results[..32], result => Assert.Equal((10.5f, -20.5f, float.NaN, float.NaN), result));
        Assert.All(results[32..], result => Assert.Equal((18.5f, 11.5f, float.NaN, float.NaN), result));
    }

    [Fact]
    public void Reductions_of_other_types_are_refused() =>
        Assert.Contains("takes int, uint or float", ScalarTest.Fails(1, 1, () => Warp.ReduceAdd(1.0)).Message);
}
