namespace LbrCore.Compute.KernelTests.Kernels;

/// <summary>Register arrays: constants as indices after unrolling; and those that fall to local memory.</summary>
internal static partial class Arrays
{
    [Kernel, Check(Integers = 100, PerThread = 8)]
    public static void InRegisters(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        ArrayView<int> x = LocalMemory.Allocate<int>(8);
        for (int j = 0; j < 8; j++) x[j] += a[(i * 8) + j];
        for (int round = 0; round < 3; round++)
        {
            for (int j = 0; j + 1 < 8; j++)
            {
                if (x[j] > x[j + 1]) (x[j], x[j + 1]) = (x[j + 1], x[j]);
            }

            if (x[0] > 50) break;
            if (x[7] % 2 == 0) continue;
            x[round]++;
        }

        Rotate(x.SubView(2, 4));
        ArrayView<int> tail = x.SubView(6);
        tail[1] += (int)tail.Length + x.IntLength;
        for (int j = x.IntLength - 1; j >= 0; j--) r[(i * 8) + j] = x[j];
    }

    static void Rotate(ArrayView<int> x)
    {
        int first = x[0];
        for (int j = 0; j < x.IntLength - 1; j++) x[j] = x[j + 1];
        x[x.IntLength - 1] = first;
    }

    /// <summary>Carried through a loop whose bound is known at run time only.</summary>
    [Kernel, Check(Integers = 20, PerThread = 4)]
    public static void Carried(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        ArrayView<int> sums = LocalMemory.Allocate<int>(4);
        ArrayView<Float2> pairs = LocalMemory.Allocate<Float2>(2);
        for (int k = 0; k < a[i]; k++)
        {
            for (int j = 0; j < 4; j++)
            {
                if (k == 7 && j == 2) continue;
                sums[j] += k * j;
            }

            pairs[0].X += 1;
            pairs[1] = pairs[0];
            pairs[1].Y = k;
            if (sums[3] > 200) break;
            Accumulate(sums, k);
        }

        for (int j = 0; j < 4; j++) r[(i * 4) + j] = sums[j] + (int)pairs[j / 2].X + (int)pairs[j % 2].Y;
    }

    static void Accumulate(ArrayView<int> sums, int k)
    {
        sums[0] ^= k;
        if (k > 3) return;
        sums[1]--;
    }

    internal struct Item
    {
        public int Key;
        public (float, bool) Value;
    }

    [Kernel, Check(Integers = 20, PerThread = 4)]
    public static void OfStructs(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        ArrayView<Item> items = LocalMemory.Allocate<Item>(3);
        for (int j = 0; j < 3; j++) items[j] = new Item { Key = a[i + (j * n)], Value = (j, j == 1) };
        items[1].Key *= 2;
        items[2].Value.Item1 += 5;
        ref Item first = ref items[0];
        first.Value = items[2].Value;
        for (int j = 0; j < 3; j++) r[i + (j * n)] = items[j].Key + (int)items[j].Value.Item1 + (items[j].Value.Item2 ? 100 : 0);
    }

#pragma warning disable LBR0101 // That they fall to memory is what is tested.
    [Kernel, Check(Integers = 15, PerThread = 4)]
    public static void InMemory(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        ArrayView<int> counts = LocalMemory.Allocate<int>(16);
        ArrayView<Item> items = LocalMemory.Allocate<Item>(5);
        ArrayView<bool> seen = LocalMemory.Allocate<bool>(16);
        for (int j = 0; j < 4; j++)
        {
            int x = a[(i * 4) + j];
            counts[x]++;
            seen[x] = true;
            items[x % 5].Key += x;
            items[x % 5].Value.Item1 = j;
        }

        int sum = 0;
        for (int j = 0; j < 16; j++) sum += counts[j] * j * (seen[j] ? 3 : 5);
        r[i * 4] = sum;
        r[(i * 4) + 1] = counts[a[i]] + counts.SubView(a[i * 4] / 2)[0];
        r[(i * 4) + 2] = items[a[i] % 5].Key + (int)items[2].Value.Item1;
        Bump(ref counts[a[i]]);
        r[(i * 4) + 3] = counts[a[i]];
    }

    static void Bump(ref int x) => x += 7;

    /// <summary>Zero again each time control comes by.</summary>
    [Kernel(AllowLocalMemory = true), Check(Integers = 7)]
    public static void Fresh(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        int sum = 0;
        for (int k = 0; k < a[i] + 2; k++)
        {
            ArrayView<int> x = LocalMemory.Allocate<int>(8), y = LocalMemory.Allocate<int>(2);
            x[a[(i + k) % n]] += k;
            y[1] += k;
            for (int j = 0; j < 8; j++) sum += x[j] * j;
            sum += y[1];
        }

        r[i] = sum;
    }

    /// <summary>More rounds than are unrolled unasked, but an index that wants it.</summary>
    [Kernel(UnrollLimit = 4), Check(Integers = 100)]
    public static void ForcedUnrolling(ArrayView<int> a, ArrayView<int> r, int n)
    {
        int i = Thread.Index;
        if (i >= n) return;
        ArrayView<int> x = LocalMemory.Allocate<int>(20);
        for (int j = 0; j < 20; j++) x[j] = a[(i + j) % n];
        int sum = 0;
        for (int j = 0; j < 300; j++) sum += a[(i + j) % n];
        for (int j = 19; j > 0; j -= 3) sum += x[j] - x[j - 1];
        r[i] = sum;
    }
#pragma warning restore LBR0101
}
