namespace LbrCore.Compute.KernelTests.Kernels;

/// <summary>Switch statements and expressions with all patterns on values.</summary>
internal static partial class Switches
{
    internal enum Mode : byte
    {
        Add,
        Subtract,
        Multiply,
        Keep = 9,
    }

    internal readonly record struct Pair(int X, int Y);

    [Kernel, Check(Integers = 12)]
    public static void Statement(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        int x = a[i], y = 0;
        switch (x)
        {
            case 0:
                y = 10;
                break;
            case 1:
            case 2:
                y = 20;
                if (x == 2) break;
                y++;
                break;
            default:
                y = 30;
                break;
            case 5:
                return;
            case > 6 and < 9:
                y = 40;
                break;
            case 9 or 10:
                {
                    int z = y + 3;
                    y = z * 2;
                    break;
                }

            case 11 when y == 0:
                y = 50;
                break;
            case int other when other == 12:
                y = other;
                break;
        }

        switch (y)
        {
            case 30: r[i] = x; break;
            default: r[i] = y; break;
        }
    }

    [Kernel, Check(Integers = 12)]
    public static void InLoops(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        int sum = 0;
        for (int j = 0; j < 20; j++)
        {
            switch ((a[i] + j) % 6)
            {
                case 0: continue;
                case 1:
                    sum += 1;
                    break;
                case 2:
                    if (j > 10) continue;
                    sum += 2;
                    break;
                case 3:
                    for (int k = 0; k < 4; k++)
                    {
                        switch (k)
                        {
                            case 1: continue;
                            case 3: break;
                            default: sum += k; break;
                        }

                        sum += 5;
                        if (sum % 7 == 0) break;
                    }

                    break;
                case 4:
                    if (a[i] == 11 && j > 5)
                    {
                        r[i] = -sum;
                        return;
                    }

                    break;
                default:
                    sum *= 2;
                    sum %= 1000;
                    break;
            }

            sum += 100;
        }

        r[i] = sum;
    }

    [Kernel, Check(Integers = 12)]
    public static void OnAllTypes(ArrayView<byte> a, ArrayView<long> b, ArrayView<Mode> c, ArrayView<bool> d, ArrayView<char> e, ArrayView<float> f, ArrayView<ulong> g, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        int x = 0;
        switch (a[i])
        {
            case 3: x = 1; break;
            case 200: x = 2; break;
            case < 2: x = 3; break;
        }

        switch (b[i])
        {
            case 4L: x += 10; break;
            case -1: x += 20; break;
            case 1L << 40: x += 30; break;
            default: break;
        }

        switch (c[i])
        {
            case Mode.Add: x += 100; break;
            case Mode.Multiply or Mode.Subtract: x += 200; break;
            case Mode.Keep: x *= 2; break;
        }

        switch (d[i])
        {
            case true: x += 1000; break;
            case false: x += 2000; break;
        }

        x += e[i] switch { 'a' => 1, (char)5 => 2, > (char)9 => 3, _ => 4 } * 10000;
        x += f[i] switch { float.NaN => 1, < 0 => 2, 0 => 3, >= 1.5f and < 2.5f => 4, float.PositiveInfinity => 5, _ => 6 } * 100000;
        x += g[i] switch { 0 => 1, 7 => 2, ulong.MaxValue => 3, > 10 => 4, _ => 5 } * 1000000;
        r[i] = x;
    }

    [Kernel, Check(Integers = 12, PerThread = 8)]
    public static void Expressions(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        int x = a[i], y = b[i];
        r[i * 8] = x switch { 0 => 5, 1 or 2 => y, > 3 and <= 6 => x * y, not 7 when y > 4 => -1, _ => -2 };
        r[(i * 8) + 1] = (x, y) switch
        {
            (0, _) => 1,
            (_, 0) => 2,
            ( > 5, > 5) => 3,
            (var p, var q) when p == q => 4,
            _ => 5,
        };
        r[(i * 8) + 2] = new Pair(x, y) switch { { X: 1 } => 10, { Y: > 3, X: < 3 } p => p.Y, (5, _) => 20, _ => 30 };
        r[(i * 8) + 3] = x is > 2 and < 8 or 11 ? 1 : 0;
        r[(i * 8) + 4] = x is not (3 or 4) ? y : 0;
        r[(i * 8) + 5] = x switch
        {
            < 3 => y switch { < 6 => a[i] + 1, _ => b[i] + 2 },
            var z => z * 2,
        };
        r[(i * 8) + 6] = (Mode)(x % 4) switch { Mode.Add => x + y, Mode.Subtract => x - y, Mode.Multiply => x * y, _ => x };
        r[(i * 8) + 7] = (x > 6) switch { true => 1, false => 2 };
    }

    [Kernel, Check(Integers = 12)]
    public static void OfStructs(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        Pair p = a[i] switch { < 4 => new Pair(a[i], 1), < 8 => new Pair(2, a[i]), _ => default };
        (int X, float Y) t = a[i] > 5 ? (p.X, 2.5f) : (p.Y, a[i]);
        r[i] = (p.X * 100) + p.Y + (int)(t.Y * 1000) + t.X;
    }
}
