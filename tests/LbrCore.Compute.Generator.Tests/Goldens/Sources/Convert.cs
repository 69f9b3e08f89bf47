/// <summary>A generic kernel: one text a declared type, with the conversions of that type.</summary>
public static partial class Convert
{
    [Kernel]
    [Variant(typeof(Half))]
    [Variant(typeof(double))]
    public static void Run<T>(ArrayView<T> x, ArrayView<float> y, long n) where T : unmanaged
    {
        long i = ((long)Grid.IdxX * Group.DimX) + Group.IdxX;
        if (i < n) y[i] = Element.ToFloat(x[i]);
    }
}
