/// <summary>Eight bfloat16 numbers with one 128-bit load and one store, past the first-level cache.</summary>
public static partial class Packs
{
    [Kernel(GroupSize = 128)]
    public static void Run(ArrayView<BFloat16> x, ArrayView<BFloat16> y, float scale)
    {
        int at = ((Grid.IdxX * 128) + Group.IdxX) * Packed<BFloat16>.Count;
        Packed<BFloat16> p = x.LoadPacked(at, CacheHint.Streaming);
        for (int i = 0; i < Packed<BFloat16>.Count; i++) p.SetFloat(i, p.GetFloat(i) * scale);
        y.StorePacked(at, p, CacheHint.Streaming);
    }
}
