using LbrCore.Compute.Cpu;

namespace LbrCore.Compute;

/// <summary>
/// Matrix products of four warps on the tensor cores of compute capability 9.0, which read both factors from shared memory while the warps go on. Usable inside a kernel only, by whole groups
/// of threads whose size is a multiple of 128.
/// </summary>
/// <remarks>
/// PTX ISA, Asynchronous Warpgroup Level Matrix Instructions: <c>wgmma</c>. A kernel that uses it runs on no other architecture (target <c>sm_90a</c>) and on the CPU. Order of a product:
/// what ordinary stores or <see cref="AsyncCopy"/> wrote to shared memory is followed by <see cref="ProxyFence"/> in the writing threads and a barrier; then <see cref="Fence"/>, any number of
/// <see cref="MultiplyK16{T}"/>, <see cref="Commit"/>; the sums may be read, and the shared memory written again, after <see cref="Wait"/>. The CPU multiplies at once.
/// Dynamic shared memory of such a kernel starts at a multiple of 1024 bytes; factors are stored as <see cref="WarpGroupLayout"/> says, from a multiple of 1024 bytes on.
/// </remarks>
public static unsafe class WarpGroup
{
    /// <summary>Threads of a warp group: four warps, the first of which has an index divisible by four.</summary>
    public const int Threads = 128;

    /// <summary>
    /// sums += a · b, a 64 x 16, b 16 x n, n twice the length of <paramref name="sums"/>. Both factors are stored in rows of 64 elements along k (see <see cref="WarpGroupLayout.AlongK"/>),
    /// or across it, which is called transposed (see <see cref="WarpGroupLayout.AcrossK"/>).
    /// </summary>
    /// <remarks>
    /// <c>wgmma.mma_async.sync.aligned.m64nNk16.f32.bf16.bf16</c> (or <c>.f16.f16</c>) with descriptors of 128-byte swizzled matrices. As with <see cref="Mma"/> the order of additions within the 16
    /// products is not said; the CPU adds in ascending k.
    /// </remarks>
    /// <typeparam name="T"><see cref="BFloat16"/> or <see cref="Half"/>.</typeparam>
    /// <param name="sums">An array of <see cref="LocalMemory"/> of 4 to 128 floats, a multiple of four: this lane's part of the sum, as <see cref="WarpGroupLayout.Accumulator"/> says.</param>
    /// <param name="a">Shared memory with A.</param>
    /// <param name="indexA">Index of the element (0, first k) of A: the start of the matrix plus k, or, transposed, plus 64 k.</param>
    /// <param name="b">Shared memory with B.</param>
    /// <param name="indexB">Index of the element (first k, 0) of B, likewise.</param>
    /// <param name="transposedA">A compile-time constant: A is stored across k.</param>
    /// <param name="transposedB">A compile-time constant: B is stored across k.</param>
    /// <param name="panel">A compile-time constant: elements from one panel of 64 columns of a transposed B to the next.</param>
    public static void MultiplyK16<T>(ArrayView<float> sums, ArrayView<T> a, int indexA, ArrayView<T> b, int indexB, bool transposedA = false, bool transposedB = false, int panel = 0)
        where T : unmanaged
    {
        if (typeof(T) != typeof(BFloat16) && typeof(T) != typeof(Half))
        {
            throw new NotSupportedException($"WarpGroup.MultiplyK16 multiplies BFloat16 or Half, not {typeof(T).Name}.");
        }

        ScalarLane lane = ScalarLane.Require("WarpGroup.MultiplyK16");
        for (int register = 0; register < sums.IntLength; register++)
        {
            (int row, int column) = WarpGroupLayout.Accumulator((32 * (lane.WarpIdx & 3)) + lane.LaneIdx, register);
            float sum = sums[register];
            for (int k = 0; k < WarpGroupLayout.K; k++)
            {
                int fromA = transposedA ? WarpGroupLayout.AcrossK(indexA, row, k, 0) : WarpGroupLayout.AlongK(indexA, row, k);
                int fromB = transposedB ? WarpGroupLayout.AcrossK(indexB, column, k, panel) : WarpGroupLayout.AlongK(indexB, column, k);
                sum = MathF.FusedMultiplyAdd(Element.ToFloat(a[fromA]), Element.ToFloat(b[fromB]), sum);
            }

            sums[register] = sum;
        }
    }

    /// <summary>Orders this thread's accesses to the sums' registers before the products that follow. Needed before the first product and after other code wrote the sums.</summary>
    /// <remarks><c>wgmma.fence.sync.aligned</c>.</remarks>
    public static void Fence() => ScalarLane.Require("WarpGroup.Fence");

    /// <summary>Closes the group of products started since the last call.</summary>
    /// <remarks><c>wgmma.commit_group.sync.aligned</c>.</remarks>
    public static void Commit() => ScalarLane.Require("WarpGroup.Commit");

    /// <summary>Waits until at most <paramref name="pendingGroups"/> of the warp group's youngest groups of products are still under way.</summary>
    /// <remarks><c>wgmma.wait_group.sync.aligned n</c>.</remarks>
    /// <param name="pendingGroups">A compile-time constant, 0 for all products.</param>
    public static void Wait(int pendingGroups)
    {
        ScalarLane.Require("WarpGroup.Wait");
        ArgumentOutOfRangeException.ThrowIfNegative(pendingGroups);
    }

    /// <summary>Makes what this thread wrote to shared memory visible to products that are started after the next barrier.</summary>
    /// <remarks>PTX ISA, Memory Consistency Model, Proxies: <c>fence.proxy.async.shared::cta</c>.</remarks>
    public static void ProxyFence() => ScalarLane.Require("WarpGroup.ProxyFence");
}
