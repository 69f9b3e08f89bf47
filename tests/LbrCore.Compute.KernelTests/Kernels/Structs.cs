namespace LbrCore.Compute.KernelTests.Kernels;

/// <summary>Structs, records and tuples, in variables and in memory.</summary>
internal static partial class Structs
{
    internal struct Vector
    {
        public float X;
        public float Y;

        public Vector(float x, float y)
        {
            X = x;
            Y = y;
        }

        public Vector(float both) : this(both, both)
        {
        }

        public readonly float Largest => X > Y ? X : Y;

        public float Sum
        {
            readonly get => X + Y;
            set
            {
                X = value;
                Y = 0;
            }
        }

        public float this[int index]
        {
            readonly get => index == 0 ? X : Y;
            set
            {
                if (index == 0) X = value;
                else Y = value;
            }
        }

        public static Vector Unit => new(1, 0);

        public static Vector operator +(Vector a, Vector b) => new(a.X + b.X, a.Y + b.Y);

        public static Vector operator -(Vector a) => new(-a.X, -a.Y);

        public static Vector operator *(float f, Vector a) => new(f * a.X, f * a.Y);

        public static bool operator ==(Vector a, Vector b) => a.X == b.X && a.Y == b.Y;

        public static bool operator !=(Vector a, Vector b) => !(a == b);

        public static implicit operator Vector(float x) => new(x);

        public static explicit operator float(Vector v) => v.Largest;

        public static Vector operator ++(Vector a) => new(a.X + 1, a.Y + 1);

        public void Flip() => (X, Y) = (Y, X);

        public readonly Vector Flipped()
        {
            Vector copy = this;
            copy.Flip();
            return copy;
        }

        public readonly void Deconstruct(out float large, out float small)
        {
            large = Largest;
            small = X > Y ? Y : X;
        }

        public override readonly bool Equals(object? obj) => false;

        public override readonly int GetHashCode() => 0;
    }

    [Kernel, Check(PerThread = 8, Floats = 100)]
    public static void Operators(ArrayView<Vector> a, ArrayView<float> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        Vector v = a[i], w = a[i + n];
        Vector sum = v + w;
        a[i + n + n] = -sum;
        sum += 2f;
        sum.Flip();
        sum++;
        r[i * 8] = sum.Sum;
        r[(i * 8) + 1] = (float)(3 * v);
        r[(i * 8) + 2] = v == w ? 1 : v != w.Flipped() ? 2 : 3;
        v.Sum = 5;
        v.Sum += w.X;
        v[1] = w[0];
        v[0] -= 2;
        v[1]++;
        r[(i * 8) + 3] = v.X;
        r[(i * 8) + 4] = v.Y + Vector.Unit.X;
        (float large, float small) = w;
        r[(i * 8) + 5] = large - small;
        a[i].Flip();
        a[i].Sum = w.Largest;
        Vector u = new(7);
        u = i % 2 == 0 ? u : default;
        r[(i * 8) + 6] = u.Sum;
        r[(i * 8) + 7] = new Vector { X = w.Y, Y = 4 }.Largest;
    }

    internal readonly record struct Point(int X, int Y)
    {
        public int Manhattan => (X < 0 ? -X : X) + (Y < 0 ? -Y : Y);

        public Point Moved(int by) => this with { X = X + by };
    }

    internal record struct Weighted(Point At, float Weight)
    {
        public int Uses = 1;

        public int Bonus { get; set; } = 2;
    }

    [Kernel, Check(PerThread = 6, Integers = 50)]
    public static void Records(ArrayView<int> a, ArrayView<int> r, ArrayView<Weighted> w, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        var p = new Point(a[i], a[i + n]);
        Point q = p.Moved(3) with { Y = 5 };
        (int x, int y) = q;
        r[i * 6] = p.Manhattan + q.Manhattan + x - y;
        r[(i * 6) + 1] = p == q ? 1 : p != q.Moved(-3) ? 2 : 3;
        var z = new Weighted(q, 1.5f) { Bonus = 7 };
        z.Uses += a[i];
        Weighted copy = z;
        copy.At = p;
        copy.Weight *= 2;
        w[i] = copy;
        w[i + n].At = q;
        w[i + n].Uses++;
        r[(i * 6) + 2] = z.Uses + z.Bonus + (z == copy ? 100 : 0) + (z.At.X * 2);
        r[(i * 6) + 3] = w[i].At.Y + new Weighted().Bonus;
        r[(i * 6) + 4] = new Point { X = 3 }.Manhattan;
    }

    [Kernel, Check(PerThread = 4, Integers = 50)]
    public static void Tuples(ArrayView<int> a, ArrayView<float> b, ArrayView<int> r, ArrayView<(float, int)> t, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        (int Min, int Max) range = MinMax(a[i], a[i + n]);
        var (low, high) = range;
        r[i] = range.Max - range.Min + low;
        (long wide, double real) = (a[i], b[i]);
        (int, (float F, int G)) nested = (high, (b[i], low));
        nested.Item2.G += 4;
        (int h, (float f, _)) = nested;
        r[i + n] = h + (int)f + nested.Item2.G + (int)wide + (int)real;
        (low, high) = (high, low);
        (r[i + n + n], range.Min) = (low, high);
        range = (range.Max, range.Min);
        r[i + n + n] += range.Min * 1000;
        t[i] = (b[i], a[i]);
        t[i + n].Item2 += (int)t[i].Item1;
        var unnamed = (a[i], b[i], true);
        if (unnamed.Item3) t[i + n].Item1 = unnamed.Item2 + unnamed.Item1;
    }

    static (int Min, int Max) MinMax(int x, int y) => x < y ? (x, y) : (y, x);

    internal struct Mixed
    {
        public byte Small;
        public double Real;
        public Inner Part;
        public bool Flag;
        public Half Narrow;
    }

    internal struct Inner
    {
        public short A;
        public Float2 V;
        public BFloat16 B;
        public Conversions.Small E;
    }

    [Kernel, Check(PerThread = 3)]
    public static void NestedInMemory(ArrayView<Mixed> a, ArrayView<Inner> b, ArrayView<float> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        Mixed m = a[i];
        a[i + n] = m;
        a[i + n + n].Part = b[i];
        a[i + n + n].Part.V.Y = m.Part.V.X;
        a[i + n + n].Flag ^= m.Flag;
        b[i + n].V = m.Part.V;
        b[i + n].B = (BFloat16)(float)m.Narrow;
        b[i + n + n] = a[i].Part;
        b[i + n + n].E = m.Flag ? Conversions.Small.Big : m.Part.E;
        r[i] = m.Small + (float)m.Real + a[i].Part.A;
        ref Inner part = ref a[i].Part;
        part.A++;
        part.V = new Float2(1, 2);
    }

    internal struct Initialised(int size)
    {
        public int Size = size * 2;
        public readonly int Twice = size + size;
        public int Other = 5;

        public Initialised(int size, int other) : this(size) => Other = other;

        public Initialised() : this(9)
        {
        }
    }

    internal struct Semi
    {
        public int Value
        {
            get;
            set => field = value & 15;
        }

        public int Plain { get; set; }
    }

    [Kernel, Check(Integers = 50)]
    public static void Constructors(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        var x = new Initialised(a[i]);
        var y = new Initialised(a[i], 3);
        var z = new Initialised();
        Initialised none = default;
        var semi = new Semi { Value = a[i] + 7, Plain = 40 };
        semi.Value += 9;
        semi.Plain++;
        r[i] = x.Size + x.Twice + x.Other + (y.Other * 100) + y.Size + z.Size + z.Other + none.Other + (semi.Value * 1000) + semi.Plain;
    }

    /// <summary>The vocabulary's own structs.</summary>
    [Kernel, Check(PerThread = 8)]
    public static void Vectors(ArrayView<Float4> a, ArrayView<Int2> b, ArrayView<UInt4> c, ArrayView<Float2> d, ArrayView<float> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        Float4 v = a[i];
        v.X += 1;
        (v.Y, v.Z) = (v.Z, v.Y);
        a[i + n] = v;
        a[i + n + n].W = v.X;
        var q = new Int2(b[i].Y, b[i].X);
        q.X++;
        b[i + n] = q;
        c[i + n] = new UInt4(c[i].W, c[i].Z, (uint)q.X, 3);
        c[i + n].X ^= 5;
        d[i] = new Float2 { X = v.W, Y = d[i + n].X };
        r[i] = v.X;
        var index = new Index3D(i, 2, 3);
        (int x, int y, int z) = index;
        Index1D one = i;
        r[i + n] = x + y + z + index.Y + one + one.X + new Index2D(4, 5).X;
    }
}
