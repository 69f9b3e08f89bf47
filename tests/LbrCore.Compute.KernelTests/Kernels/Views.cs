namespace LbrCore.Compute.KernelTests.Kernels;

/// <summary>Access to global memory in all its forms.</summary>
internal static partial class Views
{
    [Kernel, Check(PerThread = 4)]
    public static void Parts(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        ArrayView<int> mine = r.SubView(i * 4, 4), rest = a.SubView(n), far = a.SubView((long)i, 3L);
        mine[0] = rest[i];
        mine[1] = far[2] + far.IntLength + (int)rest.Length;
        mine[2L] = (int)mine.SubView(1).SubView(1L).Length;
        mine.SubView(3)[0] = a[(long)i] + (mine.IsValid ? 1 : 0) + (int)(a.Length - r.Length);
        ArrayView<int> none = ArrayView<int>.Empty, other = default;
        if (none.Length > 0 || other.IntLength > 0) mine[0] = none[0];
        ArrayView<int> either = i % 2 == 0 ? mine : r.SubView(i * 4, 2);
        mine[3] += either.IntLength;
        if (i % 3 == 0) either = mine.SubView(1, 1);
        either[0]++;
        Pick(a, r, i)[i * 4]++;
    }

    static ArrayView<int> Pick(ArrayView<int> a, ArrayView<int> r, int i)
    {
        if (i < 0) return a;
        return r;
    }

    [Kernel, Check(PerThread = 16)]
    public static void Casts(ArrayView<float> a, ArrayView<byte> b, ArrayView<Float4> v, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        r[i] = a.Cast<int>()[i] ^ b.Cast<int>()[i];
        r[i + n] = (int)a.Cast<Float4>().Length + (int)b.Cast<long>().Length + (int)v.Cast<Half>().Length;
        v[i] = a.Cast<Float4>()[i];
        v.Cast<float>()[(i * 4) + 2] = a[i];
        b.Cast<UInt2>()[i + n] = new UInt2(b[i], 7);
        r[i + n + n] = b.SubView(i * 4, 4).Cast<short>()[1];
    }

    [Kernel, Check(PerThread = 2)]
    [Variant(typeof(int)), Variant(typeof(double)), Variant(typeof(Half)), Variant(typeof(byte)), Variant(typeof(Float4))]
    public static void Hints<T>(ArrayView<T> a, ArrayView<T> b, ArrayView<T> c, ArrayView<T> d, ArrayView<T> e, int n) where T : unmanaged
    {
        int i = Thread.Index;
        if (i >= n) return;
        b.Store(i, a.Load(i, CacheHint.ReadOnly), CacheHint.Streaming);
        c.Store((long)i, a.Load((long)i, CacheHint.Streaming), CacheHint.KeepInL2);
        d.Store(i, a.Load(i + n, CacheHint.KeepInL2), CacheHint.Default);
        e.Store(i, e.Load(i + n, CacheHint.Volatile), CacheHint.Volatile);
    }

    [Kernel, Check(PerThread = 16)]
    [Variant(typeof(float)), Variant(typeof(BFloat16)), Variant(typeof(Half))]
    public static void PackedFloats<T>(ArrayView<T> a, ArrayView<T> b, ArrayView<float> r, int n) where T : unmanaged
    {
        int i = Thread.Index;
        if (i >= n) return;
        int at = i * Packed<T>.Count;
        Packed<T> x = a.LoadPacked(at), y = a.LoadPacked((long)at, CacheHint.ReadOnly), z = default;
        for (int j = 0; j < Packed<T>.Count; j++)
        {
            float f = x.GetFloat(j);
            r[(i * 16) + j] = f;
            z.SetFloat(j, f * 0.5f);
            y[j] = x[Packed<T>.Count - 1 - j];
        }

        z[1] = x[0];
        z.SetWord(3, x.GetWord(0) ^ 3u);
        b.StorePacked(at, y);
        b.StorePacked((long)at + (n * Packed<T>.Count), z, CacheHint.Streaming);
    }

    [Kernel, Check(PerThread = 16)]
    [Variant(typeof(int)), Variant(typeof(long)), Variant(typeof(short)), Variant(typeof(byte)), Variant(typeof(bool)), Variant(typeof(double)), Variant(typeof(char))]
    public static void PackedElements<T>(ArrayView<T> a, ArrayView<T> b, ArrayView<Packed<T>> c, int n) where T : unmanaged
    {
        int i = Thread.Index;
        if (i >= n) return;
        int at = i * Packed<T>.Count;
        Packed<T> x = a.LoadPacked(at, CacheHint.Streaming);
        var y = new Packed<T>();
        for (int j = 0; j < Packed<T>.Count; j++) y[Packed<T>.Count - 1 - j] = x[j];
        b.StorePacked(at, y, CacheHint.KeepInL2);
        c[i] = x;
        c[i + n][0] = a[i];
    }

    [Kernel, Check(PerThread = 4)]
    public static void PackedArithmetic(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        Packed<int> x = a.LoadPacked(i * 4);
        x[0] += 5;
        x[1]++;
        x[2] <<= 3;
        (x[3], x[0]) = (x[0], x[3]);
        r.StorePacked(i * 4, x);
    }

    /// <summary>Structs beside vectors: the vector need not lie at a multiple of its size.</summary>
    internal struct Sample
    {
        public int Id;
        public Float4 Value;
        public UInt2 Tag;
    }

    [Kernel, Check(PerThread = 2)]
    public static void VectorsInStructs(ArrayView<Sample> a, ArrayView<Float4> r, ArrayView<UInt2> t, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        r[i] = a[i].Value;
        a[i + n].Value = r[i + n];
        t[i] = a[i].Tag;
        a[i].Tag = new UInt2((uint)a[i].Id, 3);
    }

    /// <summary>Views in structs.</summary>
    internal readonly struct Matrix(ArrayView<float> data, int rows, int columns)
    {
        public readonly ArrayView<float> Data = data;
        public readonly int Rows = rows;
        public readonly int Columns = columns;

        public ref float this[int row, int column] => ref Data[(row * Columns) + column];

        public float At(int row, int column) => Data[(row * Columns) + column];

        public ArrayView<float> Row(int row) => Data.SubView(row * Columns, Columns);
    }

    [Kernel, Check(PerThread = 8, Floats = 50, Whole = true)]
    public static void InStructs(ArrayView<float> a, ArrayView<float> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        var m = new Matrix(a, n, 8);
        ArrayView<float> row = m.Row(i);
        float sum = 0;
        for (int j = 0; j < m.Columns; j++) sum += m.At(i, j) * row[j];
        var s = new Matrix(SharedMemory.Allocate<float>(256), 32, 8);
        s.Data[Group.LinearIndex] = sum;
        r[i] = s.At(0, Group.LinearIndex) + (m.Rows * 3);
    }
}
