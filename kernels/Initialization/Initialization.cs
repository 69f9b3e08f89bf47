namespace LbrCore.Kernels;

// Initialization
// purpose   Random weights, made where they are used.
// math      y[i] = deviation * n_i; n_4j .. n_4j+3 from the four words of Philox4x32-10 at counter (j, tensor), in pairs by Box and Muller:
//           n = sqrt(-2 ln u) * (cos 2 pi v, sin 2 pi v)
// shapes    y [length], any length and alignment
// mapping   one thread four neighbouring numbers
// traffic   length elements written, about 30 operations each: bound by the arithmetic in 16 bits
// numerics  u and v have 23 bits, so |n| < 5.77. The same seed gives the same numbers on every device, up to 2 ulp of the functions.
// source    Box and Muller, A Note on the Generation of Random Normal Deviates (1958)
/// <summary>Initial values of weights.</summary>
public static partial class Initialization
{
    private const int Threads = 256;

    private const int PerThread = 4;

    /// <summary>y[i] = deviation * normal number i of (seed, tensor).</summary>
    /// <param name="y">[length]. Written.</param>
    /// <param name="length">Elements.</param>
    /// <param name="deviation">Standard deviation.</param>
    /// <param name="seedLow">Low half of the seed.</param>
    /// <param name="seedHigh">High half of the seed.</param>
    /// <param name="tensor">Number of the tensor among all of the seed.</param>
    [Kernel(GroupSize = Threads, Contract = nameof(CheckNormal))]
    [Variant(typeof(float))]
    [Variant(typeof(BFloat16))]
    [Variant(typeof(Half))]
    public static void Normal<T>(ArrayView<T> y, long length, float deviation, uint seedLow, uint seedHigh, uint tensor) where T : unmanaged
    {
        Grid.TriggerLaunchCompletion();
        long four = ((long)Grid.IdxX * Threads) + Group.IdxX, at = four * PerThread;
        if (at >= length) return;
        Grid.DependencySynchronize();
        UInt4 random = Philox.Next(new UInt4((uint)four, (uint)(four >> 32), tensor, 0), new UInt2(seedLow, seedHigh));
        Store(y, at, length, deviation, random.X, random.Y);
        Store(y, at + 2, length, deviation, random.Z, random.W);
    }

    private static void Store<T>(ArrayView<T> y, long at, long length, float deviation, uint first, uint second) where T : unmanaged
    {
        float radius = deviation * XMath.Sqrt(-2f * XMath.Log(Philox.ToUniform(first))), angle = 2f * MathF.PI * Philox.ToUniform(second);
        if (at < length) y[at] = Element.FromFloat<T>(radius * XMath.Cos(angle));
        if (at + 1 < length) y[at + 1] = Element.FromFloat<T>(radius * XMath.Sin(angle));
    }

    /// <summary>Queues <see cref="Normal"/> for a whole view.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="y">What is written.</param>
    /// <param name="deviation">Standard deviation.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="tensor">Number of the tensor among all of the seed.</param>
    public static void LaunchNormal<T>(ComputeStream stream, ArrayView<T> y, float deviation, ulong seed, uint tensor) where T : unmanaged =>
        LaunchNormal(stream, LaunchConfig.Cover(y.Length, Threads * PerThread), y, y.Length, deviation, (uint)seed, (uint)(seed >> 32), tensor);

    private static void CheckNormal<T>(LaunchContract contract, ArrayView<T> y, long length, float deviation, uint seedLow, uint seedHigh, uint tensor) where T : unmanaged
    {
        contract.NonNegative(length);
        contract.Length(y, length);
        contract.Require(float.IsFinite(deviation), $"deviation is {deviation}; give a finite number");
        contract.GridAtLeast(LaunchConfig.Cover(length, Threads * PerThread).Grid);
    }
}
