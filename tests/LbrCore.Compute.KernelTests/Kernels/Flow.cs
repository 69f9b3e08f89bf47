namespace LbrCore.Compute.KernelTests.Kernels;

/// <summary>Branches, loops and every way out of them.</summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Style", "IDE0059", Justification = "Dead assignments are under test.")]
internal static partial class Flow
{
    [Kernel, Check(Integers = 40)]
    public static void IfElse(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i < n)
        {
            int x = a[i], y = 0;
            if (x < 10) y = 1;
            else if (x < 20)
            {
                y = 2;
                if (x == 15) y += r[i];
            }
            else
            {
                if (x > 30)
                {
                    y = x;
                    r[i] = y + 1;
                    return;
                }

                y = 3;
            }

            r[i] = y;
        }
        else
        {
            r[i] = -1;
        }
    }

    [Kernel, Check(Integers = 40)]
    public static void Ternaries(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        int x = i < n ? a[i] : -1;
        int y = x < 0 ? 0 : x < 20 ? b[x % n] : x > 30 ? (b[i] > 5 ? 1 : 2) : a[x % n] + b[i];
        r[i] = y;
    }

    /// <summary>The right side of a short circuit must not be read where the left decides: index n is outside.</summary>
    [Kernel, Check(Integers = 40)]
    public static void ShortCircuit(ArrayView<int> a, ArrayView<int> b, ArrayView<int> r, int n)
    {
        int i = Thread.Index, far = (a.IntLength * 2) + i;
        bool inside = i < n;
        int x = 0;
        if (inside && a[inside ? i : far] > 10) x |= 1;
        if (!inside || a[inside ? i : far] < 20) x |= 2;
        if (inside && (a[inside ? i : far] == 5 || b[inside ? i : far] > 7) && b[inside ? i : far] < 33) x |= 4;
        bool y = i >= n || b[i >= n ? far : i] > 20 || (inside && a[i] > 3);
        r[i] = x + (y ? 8 : 0) + (inside ? a[inside ? i : far] : b[0]);
    }

    [Kernel, Check(Integers = 40)]
    public static void ForLoops(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        int sum = 0;
        for (int j = 0; j < a[i]; j++) sum += j;
        for (int j = a[i]; j > 3; j -= 2) sum ^= j * 3;
        for (int j = 0, k = 10; j < k; j++, k--) sum += k - j;
        for (uint j = 1; j < 5000; j *= 3) sum += (int)j;
        for (long j = -2; j <= 2; ++j) sum += (int)j + 1;
        for (int j = 0; j != 12; j += 4)
        {
            for (int k = j; k < a[i]; k += j + 1) sum += k;
        }

        int q = 0;
        for (; q < a[i];) q += 3;
        for (; ; q++)
            if (q % 7 == 0) break;
        r[i] = sum + q;
    }

    [Kernel, Check(Integers = 40)]
    public static void WhileLoops(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        int x = a[i], steps = 0;
        while (x > 1)
        {
            x = x % 2 == 0 ? x / 2 : (3 * x) + 1;
            steps++;
        }

        do
        {
            steps += x;
            x += 5;
        }
        while (x < a[i] && steps < 200);
        while (true)
        {
            if (++steps % 5 == 0) break;
        }

        do steps--; while (steps % 3 != 0);
        r[i] = steps;
    }

    [Kernel, Check(Integers = 40)]
    public static void BreakAndContinue(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        int sum = 0;
        for (int j = 0; j < 30; j++)
        {
            if (j % 3 == 1) continue;
            if (j == a[i]) break;
            for (int k = 0; ; k++)
            {
                if (k > j) break;
                if ((k & 1) == 0) continue;
                sum += k;
                if (sum > 500) goto_();
            }

            int m = 0;
            while (m < 10)
            {
                m++;
                if (m == a[(i + m) % n] % 10) continue;
                sum += m;
                if (sum % 11 == 0) break;
            }

            do
            {
                m--;
                if (m == 2) break;
                if (m % 2 == 0) continue;
                sum++;
            }
            while (m > 0);
            sum += j;
        }

        r[i] = sum;

        void goto_() => sum -= 100;
    }

    [Kernel, Check(Integers = 12)]
    public static void ReturnsFromLoops(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        r[i] = Find(a, i, n, a[i]) + First(a[i]) + Unrolled(a[i], a[(i + 1) % n]);
        for (int j = 0; j < n; j++)
        {
            if (a[j] == 12 && j > i)
            {
                r[i] += 1000;
                return;
            }

            while (a[i] > 6)
            {
                if (a[i] > 9)
                {
                    r[i]++;
                    return;
                }

                r[i] += 3;
                break;
            }
        }

        r[i] = -r[i];
    }

    static int Find(ArrayView<int> a, int from, int n, int what)
    {
        for (int d = 1; d < 20; d++)
        {
            for (int s = -1; s <= 1; s += 2)
            {
                int j = from + (s * d);
                if (j < 0 || j >= n) continue;
                switch (a[j] - what)
                {
                    case 0: return d * s;
                    case 1 when s > 0: break;
                    case 7: return 77;
                }

                if (a[j] == 11) return 1000 + j;
            }
        }

        return -5;
    }

    static int First(int x)
    {
        do
        {
            if (x > 100) return x;
            x = (x * 2) + 1;
        }
        while (true);
    }

    static int Unrolled(int x, int y)
    {
        for (int k = 0; k < 6; k++)
        {
            if (k == x) return k * 10;
            if (k == y) break;
            if (x + y == k) continue;
            y++;
        }

        return y;
    }

    /// <summary>A loop whose trip count looks constant but is not: the step reads what the body writes, or the counter has another name.</summary>
    [Kernel, Check(Integers = 5)]
    public static void TrickyTripCounts(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        int sum = 0, step = 1;
        for (int j = 0; j < 20; j += step)
        {
            sum += j;
            if (a[i] == j) step = 3;
        }

        int limit = 4;
        for (int j = 0; j < limit; j++)
            if (a[i] > j && limit < 9) limit++;
        sum += limit;
        int k = 0;
        ref int alias = ref k;
        for (k = 0; k < 8; k++)
            if (a[i] > 2) alias++;
        sum += alias * 100;
        for (int j = 0; j < 6; j++) Bump(ref j, a[i]);
        for (int j = 0; j < 5; j++)
        {
            int copy = j;
            copy += 2;
            Inner();
            sum += copy;
            void Inner() => j += a[i] & 1;
        }

        r[i] = sum;
    }

    static void Bump(ref int x, int by) => x += by;

    /// <summary>Early returns everywhere, none of them at the end.</summary>
    [Kernel, Check(Integers = 40)]
    public static void EarlyReturns(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        r[i] = 0;
        if (a[i] == 0) return;
        r[i] = Classify(a[i]);
        if (a[i] % 2 == 0)
        {
            if (a[i] % 3 == 0) return;
            r[i] += 100;
        }
        else
        {
            r[i] += 200;
            if (a[i] > 20) return;
            r[i] += 300;
        }

        r[i] *= 2;
    }

    static int Classify(int x)
    {
        if (x < 5) return 1;
        if (x < 10)
        {
            if (x == 7) return 2;
            x *= 2;
        }

        {
            if (x == 16) return 3;
        }

        return x > 30 ? 4 : x;
    }

    /// <summary>Both ways of a branch give a variable the same value from outside.</summary>
    [Kernel]
    public static void SameValue(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        int x = a[i], y = 0, z;
        if (x > 3) y = x;
        else y = x;
        if (n > 3) z = x;
        else z = x;
        r[i] = (n << ((x & 1) == 0 ? x : x)) + y - z;
    }

    /// <summary>A loop of all lanes carries a variable inside a branch that only some lanes take.</summary>
    [Kernel]
    public static void LoopInBranch(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        int x = a[i], y = x & 7;
        if (x > 3)
            for (int j = 0; j < n; j++)
                y = (y ^ x) - j;
        r[i] = y;
    }

    /// <summary>Dead code and constant conditions.</summary>
    [Kernel]
    public static void Constants(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        const int Size = 4;
        const bool Never = false;
        int x = a[i];
        if (Size > 3) x += Size;
        if (Size < 3 && x > 0) x = r[-1];
        while (Size == 3 && x > 0) x++;
        do x += 2; while (Size > 4 && Never);
        for (int j = Size; j < Size; j++) x = 0;
        x = Size == 4 ? x : r[-5];
        x += Limits.Shift + (int)Limits.Ratio + Limits.Letter + (Limits.On ? 1 : 0);
        r[i] = x << Limits.Shift;
    }
}

/// <summary>Constants of another class.</summary>
internal static class Limits
{
    public const int Shift = 3;
    public const double Ratio = 2.5;
    public const char Letter = 'x';
    public const bool On = true;
}
