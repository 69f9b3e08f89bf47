using static LbrCore.Compute.KernelTests.Kernels.Elsewhere;

namespace LbrCore.Compute.KernelTests.Kernels;

/// <summary>Methods, local functions and references.</summary>
internal static partial class Calls
{
    [Kernel, Check(Integers = 40)]
    public static void Helpers(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        int x = Twice(a[i]) + Elsewhere.Scaled(x: 3, by: a[i]);
        x += Scaled(2) + Elsewhere.Scaled(by: Twice(Twice(1)), x: x++);
        Elsewhere.Scale(ref x);
        if (Elsewhere.TryHalve(x, out int half)) x = half;
        Elsewhere.TryHalve(x + 1, out x);
        Elsewhere.TryHalve(x * 2, out _);
        r[i] = x.Doubled().Doubled() + Fibonacci(a[i] % 10);
    }

    static int Twice(int x) => x * 2;

    static int Fibonacci(int n)
    {
        int a = 0, b = 1;
        for (int i = 0; i < n; i++) (a, b) = (b, a + b);
        return a;
    }

    [Kernel, Check(Integers = 40)]
    public static void LocalFunctions(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        int sum = 0, calls = 0;
        for (int j = 0; j < a[i]; j++)
        {
            Add(j);
            if (calls > 20) break;
            AddTwice(j + calls);
        }

        r[i] = sum + Static(calls) + Nested(3) + Generic<long>(2);

        void Add(int x)
        {
            calls++;
            if (x % 3 == 0) return;
            sum += x;
        }

        void AddTwice(int x)
        {
            Add(x);
            int inner = x * 2;
            Local();
            Add(inner);
            void Local() => inner += calls;
        }

        static int Static(int x) => x << 2;

        int Nested(int x)
        {
            int result = x;
            while (result < 50)
            {
                result += Step();
                if (result == 42) return -1;
            }

            return result;
            int Step() => (sum & 3) + 5;
        }

        int Generic<T>(int x) where T : unmanaged => x * Interop.SizeOf<T>() + i;
    }

    [Kernel, Check(Integers = 40, PerThread = 4)]
    public static void References(ArrayView<int> a, ArrayView<Node> s, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        int x = a[i];
        ref int alias = ref x;
        alias += 5;
        ref int element = ref r[i];
        element = x;
        element++;
        Elsewhere.Scale(ref element);
        ref Node node = ref s[i];
        node.Left = 7;
        Elsewhere.Scale(ref node.Right);
        Swap(ref node.Left, ref x);
        var local = new Node { Left = a[i], Right = 3 };
        Swap(ref local.Left, ref local.Right);
        ref int part = ref local.Left;
        part *= 2;
        part = ref alias;
        part++;
        ArrayView<int> registers = LocalMemory.Allocate<int>(3);
        ref int slot = ref registers[1];
        slot = x;
        Swap(ref registers[0], ref registers[1]);
        Elsewhere.Scale(ref slot);
        r[i + n] = registers[0] + (registers[1] * 3) + local.Left + (local.Right * 5);
        r[i + n + n] = Sum(in s[i]) + Sum(local) + SumIn(in x, i) + Bump(ref x) + x;
    }

    static void Swap(ref int x, ref int y) => (x, y) = (y, x);

    static int Sum(in Node node) => node.Left + node.Right;

    static int SumIn(in int x, in int y) => x + y;

    static int Bump(ref int x)
    {
        for (int k = 0; k < 3; k++)
        {
            x += k;
            if (x > 30) return 100;
        }

        return x;
    }

    internal struct Node
    {
        public int Left;
        public int Right;
    }

    /// <summary>C# evaluates from left to right and copies where a variable is read-only.</summary>
    [Kernel, Check(Integers = 40, PerThread = 2)]
    public static void Order(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        int k = 1;
        int x = k + (k = 5) + k++ * k;
        x += k-- - --k;
        int j = i;
        r[j++ % n] = j + (j = i);
        (a[j++], k) = (k, j++);
        (int p, int q) = (q_(ref k), k);
        var counter = new Counter { Value = a[i] };
        x += Read(in counter) + counter.Next() + counter.Next();
        r[i + n] = x + (p * 2) + q + k + j + counter.Value;

        static int q_(ref int v) => v += 3;
    }

    static int Read(in Counter c) => c.Next() + c.Next();

    internal struct Counter
    {
        public int Value;

        public int Next() => Value++;
    }

    /// <summary>Variables declared in conditions and in branches.</summary>
    [Kernel, Check(Integers = 9)]
    public static void DeclaredInside(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        int sum = 0, x = a[i];
        while (Elsewhere.TryHalve(x, out int half))
        {
            sum += half;
            x = half - 1;
            if (sum > 100) break;
        }

        while (x + sum is var y and < 60)
        {
            sum += y + 7;
        }

        for (int k = 0; k < 6; k++)
        {
            if (a[(i + k) % n] > 4)
            {
                Elsewhere.TryHalve(a[(i + k) % n], out int inner);
                sum += inner;
            }
            else if (Elsewhere.TryHalve(k * 2, out int other) && other != 2)
            {
                sum -= other;
            }
        }

        r[i] = sum;
    }
}

/// <summary>Helpers in another class.</summary>
internal static class Elsewhere
{
    public static int Scaled(int x, int by = 4) => x * by;

    public static void Scale(ref int x) => x *= 3;

    public static bool TryHalve(int x, out int half)
    {
        half = x / 2;
        if (x > 3)
        {
            return true;
        }

        half = -x;
        return false;
    }

    public static int Doubled(this int x) => x + x;
}
