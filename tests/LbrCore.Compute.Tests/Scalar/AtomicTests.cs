using Xunit;

namespace LbrCore.Compute.Tests.Scalar;

public class AtomicTests
{
    [Fact]
    public void Additions_from_many_threads_are_all_counted()
    {
        int count = 0;
        uint wrapped = uint.MaxValue;
        long wide = 0;
        ulong unsignedWide = 0;
        float single = 0;
        double real = 0;
        var olds = new int[4 * 100];
        ScalarTest.Run(4, 100, () =>
        {
            olds[Atomic.Add(ref count, 1)]++;
            Atomic.Add(ref wrapped, 1u);
            Atomic.Add(ref wide, -5_000_000_000L);
            Atomic.Add(ref unsignedWide, 5_000_000_000ul);
            Atomic.Add(ref single, 0.5f);
            Atomic.Add(ref real, 0.25);
        });
        Assert.Equal((400, 399u, -2_000_000_000_000L, 2_000_000_000_000ul, 200f, 100.0), (count, wrapped, wide, unsignedWide, single, real));
        Assert.All(olds, n => Assert.Equal(1, n));
    }

    [Fact]
    public void Operations_keep_what_they_say_and_return_the_old_value()
    {
        int i = 10;
        Assert.Equal([10, -3, -3, 40, 40 & 12, 8 | 3, 11 ^ 2, 9], [Atomic.Min(ref i, -3), Atomic.Max(ref i, -9), Atomic.Max(ref i, 40), Atomic.And(ref i, 12), Atomic.Or(ref i, 3), Atomic.Xor(ref i, 2), Atomic.Exchange(ref i, 9), i]);
        uint u = 10;
        Assert.Equal([10u, 3u, 0x80000000u, 0x80000000u, 0x80000001u], [Atomic.Min(ref u, 3u), Atomic.Max(ref u, 0x80000000u), Atomic.And(ref u, 0xFFFFFFFFu), Atomic.Or(ref u, 1u), u]);
        long l = -1;
        Assert.Equal([-1L, long.MinValue, 5L, 4L, 6L, 5L], [Atomic.Min(ref l, long.MinValue), Atomic.Max(ref l, 5L), Atomic.And(ref l, 4L), Atomic.Or(ref l, 2L), Atomic.Xor(ref l, 3L), l]);
        ulong w = 1;
        Assert.Equal([1ul, ulong.MaxValue, 7ul, 7ul, 0ul], [Atomic.Max(ref w, ulong.MaxValue), Atomic.Min(ref w, 7ul), Atomic.Xor(ref w, 0ul), Atomic.Exchange(ref w, 0ul), w]);
    }

    [Fact]
    public void CompareExchange_compares_first_and_replaces_only_on_equality()
    {
        int i = 5;
        Assert.Equal(5, Atomic.CompareExchange(ref i, 4, 9));
        Assert.Equal(5, i);
        Assert.Equal(5, Atomic.CompareExchange(ref i, 5, 9));
        Assert.Equal(9, i);
        ulong w = ulong.MaxValue;
        Assert.Equal(ulong.MaxValue, Atomic.CompareExchange(ref w, ulong.MaxValue, 1ul));
        Assert.Equal(1ul, w);
    }

    [Fact]
    public void Operations_are_atomic_between_host_threads_too()
    {
        int max = int.MinValue;
        float single = 0;
        double real = 0;
        uint bits = 0;
        Parallel.For(0, 4, thread =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                Atomic.Max(ref max, (i * 4) + thread);
                Atomic.Add(ref single, 1f);
                Atomic.Add(ref real, 1.0);
                Atomic.Xor(ref bits, 1u << (thread + (i % 8 * 4)));
            }
        });
        Assert.Equal((79_999, 80_000f, 80_000.0, 0u), (max, single, real, bits));
    }
}
