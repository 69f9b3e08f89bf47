using System.Numerics;

namespace LbrCore.Compute.KernelTests.Kernels;

internal interface IBinary<T> where T : unmanaged
{
    static abstract T Identity { get; }

    static abstract T Apply(T x, T y);

    static virtual T Twice(T x) => x;
}

internal readonly struct AddFloat : IBinary<float>
{
    public static float Identity => 0;

    public static float Apply(float x, float y) => x + y;

    public static float Twice(float x) => x + x;
}

internal readonly struct MaxFloat : IBinary<float>
{
    public static float Identity => float.NegativeInfinity;

    public static float Apply(float x, float y) => x > y ? x : y;
}

internal interface IShape
{
    float Area { get; }

    void Grow(float by);
}

internal struct Square : IShape
{
    public float Side;

    public readonly float Area => Side * Side;

    public void Grow(float by) => Side += by;
}

internal struct Strip : IShape
{
    public float Side;
    public float Length;

    public float Area { get; private set; }

    public void Grow(float by)
    {
        Length += by;
        Area = Side + Length;
    }
}

internal struct Box<T> where T : unmanaged
{
    public T Value;
    public int Count;

    public Box(T value) => (Value, Count) = (value, Interop.SizeOf<T>());

    public readonly Box<TOther> With<TOther>(TOther other) where TOther : unmanaged => new(other) { Count = Count * 10 };
}

internal readonly struct Complex(float re, float im) : IAdditionOperators<Complex, Complex, Complex>, IMultiplyOperators<Complex, Complex, Complex>, IUnaryNegationOperators<Complex, Complex>
{
    public readonly float Re = re;
    public readonly float Im = im;

    public static Complex operator +(Complex a, Complex b) => new(a.Re + b.Re, a.Im - b.Im);

    public static Complex operator *(Complex a, Complex b) => new(a.Re * b.Re, a.Im);

    public static Complex operator -(Complex a) => new(-a.Re, -a.Im);
}

/// <summary>Generic kernels and helpers.</summary>
internal static partial class Generics
{
    [Kernel, Check(Floats = 100)]
    [Variant(typeof(AddFloat)), Variant(typeof(MaxFloat))]
    public static void Reduce<TOp>(ArrayView<float> a, ArrayView<float> r, int n) where TOp : unmanaged, IBinary<float>
    {
        int i = Thread.Index;
        if (i >= n) return;
        float x = TOp.Identity;
        for (int j = 0; j < 5; j++) x = TOp.Apply(x, a[(i + j) % n]);
        r[i] = TOp.Twice(x);
    }

    [Kernel, Check(PerThread = 8)]
    [Variant(typeof(float)), Variant(typeof(double)), Variant(typeof(int)), Variant(typeof(ulong)), Variant(typeof(Half)), Variant(typeof(byte)), Variant(typeof(short))]
    public static void Arithmetic<T>(ArrayView<T> a, ArrayView<T> b, ArrayView<T> r, ArrayView<int> c, int n) where T : unmanaged, INumber<T>
    {
        int i = Thread.Index;
        if (i >= n) return;
        T x = a[i], y = b[i];
        r[i * 8] = x + y;
        r[(i * 8) + 1] = x - y;
        r[(i * 8) + 2] = x * y;
        r[(i * 8) + 3] = y == T.Zero ? T.One : x == T.Zero ? y : T.MultiplicativeIdentity;
        r[(i * 8) + 4] = x < y ? x : y;
        x++;
        x += y;
        r[(i * 8) + 5] = x;
        r[(i * 8) + 6] = Square(y);
        r[(i * 8) + 7] = T.Max(x, y);
        c[i] = (x > y ? 1 : 0) + (x >= y ? 2 : 0) + (x != y ? 4 : 0) + (typeof(T) == typeof(float) ? 8 : 16);
    }

    static T Square<T>(T x) where T : unmanaged, IMultiplyOperators<T, T, T> => x * x;

    [Kernel, Check(PerThread = 8)]
    [Variant(typeof(sbyte)), Variant(typeof(byte)), Variant(typeof(ushort)), Variant(typeof(int)), Variant(typeof(uint)), Variant(typeof(long)), Variant(typeof(ulong))]
    public static void Bits<T>(ArrayView<T> a, ArrayView<T> b, ArrayView<int> s, ArrayView<T> r, int n) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        int i = Thread.Index;
        if (i >= n) return;
        T x = a[i], y = b[i];
        r[i * 8] = (x & y) | ~x;
        r[(i * 8) + 1] = x ^ y;
        r[(i * 8) + 2] = x << s[i];
        r[(i * 8) + 3] = x >> s[i];
        r[(i * 8) + 4] = x >>> s[i];
        r[(i * 8) + 5] = x == T.MaxValue ? T.MinValue : --x;
        r[(i * 8) + 6] = T.CreateTruncating(s[i]);
        r[(i * 8) + 7] = -y;
    }

    [Kernel, Check(PerThread = 2, Floats = 100, Whole = true)]
    public static void UserNumbers(ArrayView<Complex> a, ArrayView<Complex> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        r[i] = Norm(a[i], a[i + n]);
        r[i + n] = Square(a[i]);
    }

    static T Norm<T>(T x, T y) where T : unmanaged, IAdditionOperators<T, T, T>, IMultiplyOperators<T, T, T>, IUnaryNegationOperators<T, T>
    {
        T sum = -x;
        sum += y * x;
        return sum + sum;
    }

    [Kernel, Check(Floats = 100, Whole = true, PerThread = 2)]
    public static void Constrained(ArrayView<float> a, ArrayView<float> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        var square = new Square { Side = a[i] };
        var strip = new Strip { Side = a[i] };
        r[i] = Grown(ref square, 2) + square.Side;
        r[i + n] = Grown(ref strip, 3) + strip.Length + strip.Area;
    }

    static float Grown<T>(ref T shape, float by) where T : struct, IShape
    {
        shape.Grow(by);
        T copy = shape;
        copy.Grow(by);
        return shape.Area + (copy.Area / 2);
    }

    [Kernel, Check(PerThread = 2)]
    [Variant(typeof(float)), Variant(typeof(long)), Variant(typeof(Float4))]
    public static void Boxes<T>(ArrayView<T> a, ArrayView<Box<T>> b, ArrayView<Box<Half>> c, ArrayView<int> r, T extra, Box<T> whole, int n) where T : unmanaged
    {
        int i = Thread.Index;
        if (i >= n) return;
        var box = new Box<T>(a[i]);
        b[i] = box;
        b[i + n] = whole;
        Box<Half> other = box.With((Half)1.5f);
        c[i] = other;
        r[i] = box.Count + other.Count + Outer<T>.Inner(3) + Outer<T>.Size<Half>() + whole.Count;
        a[i + n] = extra;
    }

    static class Outer<T> where T : unmanaged
    {
        public static int Inner(int x) => x * Interop.SizeOf<T>();

        public static int Size<TOther>() where TOther : unmanaged => Both<TOther, T>() + Inner(1);

        static int Both<TFirst, TSecond>() where TFirst : unmanaged where TSecond : unmanaged => (Interop.SizeOf<TFirst>() * 1000) + Interop.SizeOf<TSecond>();
    }

    [Kernel, Check(PerThread = 4)]
    [Variant(typeof(float)), Variant(typeof(double)), Variant(typeof(Half)), Variant(typeof(BFloat16))]
    public static void Elements<T>(ArrayView<T> a, ArrayView<T> r, ArrayView<float> f, int n) where T : unmanaged
    {
        int i = Thread.Index;
        if (i >= n) return;
        float x = Element.ToFloat(a[i]);
        f[i] = x;
        r[i] = Element.FromFloat<T>(x * 0.3f);
        r[i + n] = typeof(T) == typeof(Half) ? a[i] : default;
        r[i + n + n] = Element.FromFloat<T>(f[i + n]);
    }

    [Kernel, Check(PerThread = 2)]
    [Variant(typeof(int), 3, true, Conversions.Small.Big), Variant(typeof(float), -2, false, Conversions.Small.One)]
    public static void Constants<T>(ArrayView<T> a, ArrayView<int> r, int n, [Const] int count, [Const] bool flag, [Const] Conversions.Small mode) where T : unmanaged
    {
        int i = Thread.Index;
        if (i >= n) return;
        ArrayView<int> registers = LocalMemory.Allocate<int>(flag ? count * 2 : 4);
        for (int j = 0; j < registers.IntLength; j++) registers[j] = j * count;
        int sum = (int)mode;
        for (int j = 0; j < registers.Length; j++) sum += registers[j];
        r[i] = flag ? sum : -sum;
        r[i + n] = mode switch { Conversions.Small.Big => 1, _ => count };
    }
}
