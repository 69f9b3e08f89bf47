namespace LbrCore.Compute.KernelTests.Kernels;

/// <summary>Atomics: their order is open, so sums are compared, and old values only where each thread has a cell of its own.</summary>
internal static partial class Atomics
{
    internal struct Cell
    {
        public int Count;
        public ulong Bits;
    }

    [Kernel, Check(PerThread = 2)]
    [Variant(typeof(AtomicInt)), Variant(typeof(AtomicUInt)), Variant(typeof(AtomicLong)), Variant(typeof(AtomicULong))]
    public static void Integers<TOps>(ArrayView<ulong> a, ArrayView<ulong> totals, ArrayView<ulong> r) where TOps : unmanaged, IAtomics
    {
        int i = Thread.Index;
        r[i] = TOps.All(totals.SubView(0, 8), r.SubView(i, 1), a[i]);
    }

    internal interface IAtomics
    {
        static abstract ulong All(ArrayView<ulong> totals, ArrayView<ulong> own, ulong x);
    }

    internal readonly struct AtomicInt : IAtomics
    {
        public static ulong All(ArrayView<ulong> totals, ArrayView<ulong> own, ulong x)
        {
            ArrayView<int> t = totals.Cast<int>(), o = own.Cast<int>();
            int y = (int)x;
            Atomic.Add(ref t[0], y);
            Atomic.Min(ref t[2], y);
            Atomic.Max(ref t[4], y);
            Atomic.And(ref t[6], y);
            Atomic.Or(ref t[8], y);
            Atomic.Xor(ref t[10], y);
            int old = Atomic.Exchange(ref o[0], y) + Atomic.CompareExchange(ref o[0], y, 5) + Atomic.CompareExchange(ref o[0], 6, 7);
            return (uint)(old + Atomic.Add(ref o[0], 3) + o[0]);
        }
    }

    internal readonly struct AtomicUInt : IAtomics
    {
        public static ulong All(ArrayView<ulong> totals, ArrayView<ulong> own, ulong x)
        {
            ArrayView<uint> t = totals.Cast<uint>(), o = own.Cast<uint>();
            uint y = (uint)x;
            Atomic.Add(ref t[0], y);
            Atomic.Min(ref t[2], y);
            Atomic.Max(ref t[4], y);
            Atomic.And(ref t[6], y);
            Atomic.Or(ref t[8], y);
            Atomic.Xor(ref t[10], y);
            uint old = Atomic.Exchange(ref o[0], y) + Atomic.CompareExchange(ref o[0], y, 5) + Atomic.CompareExchange(ref o[0], 6, 7);
            return old + Atomic.Add(ref o[0], 3) + o[0];
        }
    }

    internal readonly struct AtomicLong : IAtomics
    {
        public static ulong All(ArrayView<ulong> totals, ArrayView<ulong> own, ulong x)
        {
            ArrayView<long> t = totals.Cast<long>(), o = own.Cast<long>();
            long y = (long)x;
            Atomic.Add(ref t[0], y);
            Atomic.Min(ref t[1], y);
            Atomic.Max(ref t[2], y);
            Atomic.And(ref t[3], y);
            Atomic.Or(ref t[4], y);
            Atomic.Xor(ref t[5], y);
            long old = Atomic.Exchange(ref o[0], y) + Atomic.CompareExchange(ref o[0], y, 5) + Atomic.CompareExchange(ref o[0], 6, 7);
            return (ulong)(old + Atomic.Add(ref o[0], 3) + o[0]);
        }
    }

    internal readonly struct AtomicULong : IAtomics
    {
        public static ulong All(ArrayView<ulong> totals, ArrayView<ulong> own, ulong x)
        {
            Atomic.Add(ref totals[0], x);
            Atomic.Min(ref totals[1], x);
            Atomic.Max(ref totals[2], x);
            Atomic.And(ref totals[3], x);
            Atomic.Or(ref totals[4], x);
            Atomic.Xor(ref totals[5], x);
            ulong old = Atomic.Exchange(ref own[0], x) + Atomic.CompareExchange(ref own[0], x, 5) + Atomic.CompareExchange(ref own[0], 6, 7);
            return old + Atomic.Add(ref own[0], 3) + own[0];
        }
    }

    /// <summary>Whole numbers, so that the order of the additions does not matter.</summary>
    [Kernel, Check(Floats = 1000, Whole = true)]
    public static void Floats(ArrayView<float> a, ArrayView<double> b, ArrayView<float> sum, ArrayView<double> wide)
    {
        int i = Thread.Index;
        Atomic.Add(ref sum[0], a[i]);
        Atomic.Add(ref wide[0], b[i]);
        if (i == 0) return;
        sum[i] = Atomic.Exchange(ref a[i], 2.5f) + Atomic.Add(ref a[i], 1f);
        wide[i] = Atomic.Exchange(ref b[i], 2.5) + Atomic.Add(ref b[i], 1);
    }

    [Kernel, Check(Integers = 15, Cooperative = true)]
    public static void SharedHistogram(ArrayView<int> a, ArrayView<Cell> r)
    {
        ArrayView<int> counts = SharedMemory.Allocate<int>(17);
        int t = Group.LinearIndex;
        for (int k = t; k < 17; k += Group.Dimension) counts[k] = 0;
        Group.Barrier();
        Atomic.Add(ref counts[a[Thread.Index]], 1);
        if (a[Thread.Index] > 7) Atomic.Max(ref counts[16], t * 2);
        Group.Barrier();
        Atomic.Add(ref r[0].Count, counts[a[Thread.Index]] + counts[16]);
        Atomic.Xor(ref r[Thread.Index].Bits, 5ul);
    }
}
