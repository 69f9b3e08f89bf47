/// <summary>A loop over the grid: pointers are advanced, products and sums become one fma.</summary>
public static partial class Stride
{
    [Kernel(GroupSize = 256)]
    public static void Run(ArrayView<float> x, ArrayView<float> y, float scale, int n)
    {
        for (int i = (Grid.IdxX * 256) + Group.IdxX; i < n; i += Grid.DimX * 256) y[i] = (scale * x[i]) + y[i];
    }
}
