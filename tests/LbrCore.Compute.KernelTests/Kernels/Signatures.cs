using LbrCore.Compute;
using LbrCore.Compute.KernelTests;
using LbrCore.Compute.KernelTests.Kernels;

/// <summary>A kernel outside of every namespace.</summary>
internal static partial class Unspaced
{
    [Kernel, Check]
    public static void Fill(ArrayView<int> r, int n)
    {
        int i = LbrCore.Compute.KernelTests.Kernels.Thread.Index;
        if (i < n) r[i] = i;
    }
}

namespace LbrCore.Compute.KernelTests.Kernels
{
    /// <summary>Parameters of every kind, names of every kind, classes in classes.</summary>
    public static partial class Signatures
    {
        internal enum Direction : short
        {
            Up = -1,
            Down = 1,
        }

        internal struct Settings
        {
            public byte Kind;
            public bool Enabled;
            public Half Scale;
            public Float2 Pair;
            public Offsets Inner;
        }

        internal struct Offsets
        {
            public short First;
            public long Second;
            public Direction Direction;
        }

        [Kernel, Check(PerThread = 8)]
        internal static void Scalars(ArrayView<double> r, sbyte a, byte b, short c, ushort d, char e, uint f, long g, ulong h, float k, double l, Half m, BFloat16 o, bool p, Direction q, nint s, Index1D t, int n)
        {
            int i = Thread.Index;
            if (i >= n) return;
            i *= 8;
            r[i] = a + b + c;
            r[i + 1] = d + e + f;
            r[i + 2] = g;
            r[i + 3] = h;
            r[i + 4] = k;
            r[i + 5] = l + (double)m;
            r[i + 6] = p ? (double)o : (int)q;
            r[i + 7] = s + t;
        }

        [Kernel, Check(PerThread = 8)]
        internal static void StructParameters(ArrayView<double> r, Settings s, Float4 v, int n, Index3D where)
        {
            int i = Thread.Index;
            if (i >= n) return;
            s.Pair.X += i;
            i *= 8;
            r[i] = s.Kind + (s.Enabled ? 1000 : 0);
            r[i + 1] = (double)s.Scale;
            r[i + 2] = s.Pair.X;
            r[i + 3] = s.Pair.Y;
            r[i + 4] = s.Inner.First + (double)s.Inner.Second;
            r[i + 5] = (int)s.Inner.Direction + where.X + where.Z;
            r[i + 6] = v.X + v.W;
            r[i + 7] = n;
        }

        [Kernel, Check]
        internal static void Keywords(ArrayView<int> @in, ArrayView<int> @out, int @class, int n, int größe, int stream, int config, int device, int kernelSlots)
        {
            int i = Thread.Index;
            if (i < n) @out[i] = @in[i] + @class + größe + stream + config + device + kernelSlots;
        }

        [Kernel, Check]
        internal static void @do(ArrayView<int> r, int n)
        {
            int i = Thread.Index, @while = 3;
            if (i < n) r[i] = i + @while;
        }

        [Kernel, Check]
        internal static void Größe(ArrayView<int> r, int n)
        {
            int länge = n, i = Thread.Index;
            if (i < länge) r[i] = länge;
        }

        [Kernel, Check]
        static void Private(ArrayView<Secret> r, int n)
        {
            int i = Thread.Index;
            if (i < n) r[i].Value = i;
        }

        struct Secret
        {
            public int Value;
        }

        [Kernel, Check]
        internal static void NoParameters()
        {
            if (Grid.IdxX < 0) Group.Barrier();
        }

        internal static partial class Inner
        {
            internal partial struct Deepest
            {
                [Kernel, Check]
                public static void Nested(ArrayView<int> r, int n)
                {
                    int i = Thread.Index;
                    if (i < n) r[i] = -i;
                }
            }
        }

        internal sealed partial record Holder(int X)
        {
            [Kernel, Check]
            [Variant(typeof(short), GroupSize = 32), Variant(typeof(long), GroupSize = 64)]
            internal static void InRecord<T>(ArrayView<T> a, ArrayView<T> r, int n) where T : unmanaged
            {
                int i = Thread.Index;
                if (i < n) r[i] = a[(Group.Dimension + i) % n];
            }
        }

        [Kernel, Check(Manual = true)]
        [Variant(typeof(float)), Variant(typeof(byte))]
        internal static void ViewInStruct<T>(Views.Matrix m, Box<T> box, T scalar, ArrayView<float> r) where T : unmanaged
        {
            int i = Thread.Index;
            if (i >= m.Rows) return;
            float sum = 0;
            for (int k = 0; k < m.Columns; k++) sum += m.At(i, k);
            r[i] = sum + (box.Count * 1000) + (Interop.SizeOf<T>() == 1 ? 0 : 0.5f);
        }

        /// <summary>With a contract, default values, and constants of other types than int.</summary>
        [Kernel(Contract = nameof(CheckScaled)), Check(Floats = 100, Whole = true)]
        [Variant(typeof(float), (byte)3, Direction.Up), Variant(typeof(double), (byte)200, Direction.Down)]
        internal static void Scaled<T>(ArrayView<T> x, ArrayView<T> y, int n, float factor = 1.5f, [Const] byte repeat = 3, bool negate = false, [Const] Direction direction = Direction.Up, long unused = long.MinValue, Settings settings = default)
            where T : unmanaged
        {
            int i = Thread.Index;
            if (i >= n) return;
            float v = Element.ToFloat(x[i]) * factor + settings.Kind;
            for (int k = 0; k < repeat; k++) v += (int)direction;
            y[i] = Element.FromFloat<T>(negate ? -v : v);
        }

        static void CheckScaled<T>(LaunchContract contract, ArrayView<T> x, ArrayView<T> y, int n, float factor, byte repeat, bool negate, Direction direction, long unused, Settings settings)
            where T : unmanaged
        {
            contract.Length(x, n);
            contract.Length(y, n);
            contract.Require(factor != 0, "factor must not be 0");
        }
    }
}
