using LbrCore.Compute.DeviceLibrary;
using Xunit;

namespace LbrCore.Compute.Tests.Vocabulary;

public class PhiloxTests
{
    /// <summary>The known answers that Random123 publishes for philox4x32-10 (kat_vectors).</summary>
    public static TheoryData<uint[], uint[], uint[]> KnownAnswers => new()
    {
        { [0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
        { [~0u, ~0u, ~0u, ~0u], [~0u, ~0u], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd] },
        { [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1] },
    };

    [Theory]
    [MemberData(nameof(KnownAnswers))]
    public void Next_gives_the_published_answers(uint[] counter, uint[] key, uint[] expected)
    {
        var c = new UInt4(counter[0], counter[1], counter[2], counter[3]);
        var k = new UInt2(key[0], key[1]);
        Assert.Equal(expected, Words(Philox.Next(c, k)));
        Assert.Equal(expected, Words(DeviceRandom.Philox4x32(c, k)));
    }

    [Fact]
    public void Uniform_is_strictly_between_0_and_1()
    {
        Assert.Equal(MathF.ScaleB(1, -24), Philox.ToUniform(0));
        Assert.Equal(1 - MathF.ScaleB(1, -24), Philox.ToUniform(uint.MaxValue));
        Assert.Equal(0.5f + MathF.ScaleB(1, -24), Philox.ToUniform(0x80000000));
        foreach (uint bits in Sample(100_000))
        {
            Assert.InRange(Philox.ToUniform(bits), float.Epsilon, MathF.BitDecrement(1));
            Assert.Equal(Philox.ToUniform(bits), DeviceRandom.ToUniform(bits));
        }
    }

    [Fact]
    public void Uniform_numbers_fill_16_cells_evenly()
    {
        int[] cells = new int[16];
        foreach (uint bits in Sample(160_000))
        {
            cells[(int)(Philox.ToUniform(bits) * 16)]++;
        }

        // Chi-square with 15 degrees of freedom exceeds 44 once in 10 000; the numbers are fixed, so this never flickers.
        double chiSquare = cells.Sum(n => (n - 10_000.0) * (n - 10_000.0) / 10_000.0);
        Assert.InRange(chiSquare, 0, 44);
    }

    [Fact]
    public void Gumbel_on_the_device_is_Gumbel_on_the_host()
    {
        uint[] edges = [0, 1, 2, 0x7FFFFFFF, 0x80000000, 0x80000001, ~1u, ~0u, 0x5E2D58D8, 0x5E2D58D9];
        foreach (uint bits in edges.Concat(Sample(200_000)))
        {
            double u = (bits + 0.5) / 4294967296.0;
            double expected = -Math.Log(-Math.Log(u));
            Assert.Equal(expected, Philox.ToGumbel(bits), 1e-5);

            // Near zero the outer logarithm cancels: there the error is absolute.
            Assert.InRange(DeviceRandom.ToGumbel(bits) - expected, -3e-6, 3e-6);
        }
    }

    [Fact]
    public void Gumbel_numbers_are_finite_and_rise_to_the_top()
    {
        Assert.InRange(Philox.ToGumbel(0), -3.3f, -3.0f);
        Assert.InRange(Philox.ToGumbel(uint.MaxValue), 22f, 23f);
        for (uint step = 0; step < 1000; step++)
        {
            Assert.True(DeviceRandom.ToGumbel(uint.MaxValue - step) > DeviceRandom.ToGumbel(uint.MaxValue - step - 1));
        }
    }

    [Fact]
    public void Gumbel_maximum_samples_the_softmax()
    {
        double[] probabilities = [0.6, 0.3, 0.09, 0.009, 0.001];
        int[] counts = new int[probabilities.Length];
        const int Draws = 100_000;
        for (uint draw = 0; draw < Draws; draw++)
        {
            int best = 0;
            double bestScore = double.NegativeInfinity;
            for (int token = 0; token < probabilities.Length; token++)
            {
                UInt4 words = Philox.Next(new UInt4(draw, (uint)token, 0, 0), new UInt2(12, 34));
                double score = Math.Log(probabilities[token]) + DeviceRandom.ToGumbel(words.X);
                (best, bestScore) = score > bestScore ? (token, score) : (best, bestScore);
            }

            counts[best]++;
        }

        double chiSquare = counts.Select((n, i) => Math.Pow(n - (Draws * probabilities[i]), 2) / (Draws * probabilities[i])).Sum();
        Assert.InRange(chiSquare, 0, 23.5);
    }

    private static IEnumerable<uint> Sample(uint count)
    {
        for (uint i = 0; i < count / 4; i++)
        {
            foreach (uint word in Words(Philox.Next(new UInt4(i, 0, 0, 0), new UInt2(1, 2))))
            {
                yield return word;
            }
        }
    }

    private static uint[] Words(UInt4 words) => [words.X, words.Y, words.Z, words.W];
}
