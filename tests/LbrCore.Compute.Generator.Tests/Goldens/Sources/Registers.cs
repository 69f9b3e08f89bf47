/// <summary>A register array: all indices are constants once the loops are unrolled, so that only values are left of it.</summary>
public static partial class Registers
{
    [Kernel]
    public static void Run(ArrayView<float> x, ArrayView<float> sorted)
    {
        ArrayView<float> v = LocalMemory.Allocate<float>(4);
        int at = Group.IdxX * 4;
        for (int i = 0; i < 4; i++) v[i] = x[at + i];
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3 - i; j++)
                (v[j], v[j + 1]) = (XMath.Min(v[j], v[j + 1]), XMath.Max(v[j], v[j + 1]));
        for (int i = 0; i < 4; i++) sorted[at + i] = v[i];
    }
}
