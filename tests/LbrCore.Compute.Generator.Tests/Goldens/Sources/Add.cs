/// <summary>The first kernel of every book: one element a lane, and lanes beyond the end do nothing.</summary>
public static partial class Add
{
    [Kernel]
    public static void Run(ArrayView<float> a, ArrayView<float> b, ArrayView<float> sum, int n)
    {
        int i = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (i < n) sum[i] = a[i] + b[i];
    }
}
