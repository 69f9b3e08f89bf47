namespace LbrCore.Compute;

/// <summary>Copies from global to shared memory that run while the thread goes on. Usable inside a kernel only.</summary>
/// <remarks>
/// PTX ISA, Data Movement and Conversion Instructions: <c>cp.async</c>, <c>cp.async.commit_group</c>, <c>cp.async.wait_group</c>. The copies of a thread since its last
/// <see cref="Commit"/> form a group; groups complete in order. <see cref="Wait"/> is for the thread's own copies: a barrier must follow before other threads read
/// them. The CPU copies at once. Both addresses are multiples of the number of bytes.
/// </remarks>
public static unsafe class AsyncCopy
{
    /// <summary>Starts to copy 16 bytes, past the L1 cache.</summary>
    /// <remarks><c>cp.async.cg.shared.global [dst], [src], 16</c>.</remarks>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="shared">Destination in shared memory.</param>
    /// <param name="sharedIndex">Index of the first destination element.</param>
    /// <param name="global">Source in global memory.</param>
    /// <param name="globalIndex">Index of the first source element.</param>
    public static void Copy16<T>(ArrayView<T> shared, int sharedIndex, ArrayView<T> global, int globalIndex)
        where T : unmanaged => Copy(16, shared, sharedIndex, global, globalIndex, true);

    /// <inheritdoc cref="Copy16{T}(ArrayView{T}, int, ArrayView{T}, int)"/>
    public static void Copy16<T>(ArrayView<T> shared, int sharedIndex, ArrayView<T> global, long globalIndex)
        where T : unmanaged => Copy(16, shared, sharedIndex, global, globalIndex, true);

    /// <summary>Starts to copy 16 bytes, past the L1 cache, or to write 16 zero bytes.</summary>
    /// <remarks><c>cp.async.cg.shared.global [dst], [src], 16, n</c> with n = 16 or 0.</remarks>
    /// <typeparam name="T">Element type.</typeparam>
    /// <param name="shared">Destination in shared memory.</param>
    /// <param name="sharedIndex">Index of the first destination element.</param>
    /// <param name="global">Source in global memory.</param>
    /// <param name="globalIndex">Index of the first source element; not used when <paramref name="valid"/> is false.</param>
    /// <param name="valid">False writes zeros and does not read the source.</param>
    public static void Copy16<T>(ArrayView<T> shared, int sharedIndex, ArrayView<T> global, int globalIndex, bool valid)
        where T : unmanaged => Copy(16, shared, sharedIndex, global, globalIndex, valid);

    /// <inheritdoc cref="Copy16{T}(ArrayView{T}, int, ArrayView{T}, int, bool)"/>
    public static void Copy16<T>(ArrayView<T> shared, int sharedIndex, ArrayView<T> global, long globalIndex, bool valid)
        where T : unmanaged => Copy(16, shared, sharedIndex, global, globalIndex, valid);

    /// <summary>Starts to copy 8 bytes.</summary>
    /// <remarks><c>cp.async.ca.shared.global [dst], [src], 8</c>.</remarks>
    /// <inheritdoc cref="Copy16{T}(ArrayView{T}, int, ArrayView{T}, int)"/>
    public static void Copy8<T>(ArrayView<T> shared, int sharedIndex, ArrayView<T> global, int globalIndex)
        where T : unmanaged => Copy(8, shared, sharedIndex, global, globalIndex, true);

    /// <inheritdoc cref="Copy8{T}(ArrayView{T}, int, ArrayView{T}, int)"/>
    public static void Copy8<T>(ArrayView<T> shared, int sharedIndex, ArrayView<T> global, long globalIndex)
        where T : unmanaged => Copy(8, shared, sharedIndex, global, globalIndex, true);

    /// <summary>Starts to copy 8 bytes, or to write 8 zero bytes.</summary>
    /// <remarks><c>cp.async.ca.shared.global [dst], [src], 8, n</c> with n = 8 or 0.</remarks>
    /// <inheritdoc cref="Copy16{T}(ArrayView{T}, int, ArrayView{T}, int, bool)"/>
    public static void Copy8<T>(ArrayView<T> shared, int sharedIndex, ArrayView<T> global, int globalIndex, bool valid)
        where T : unmanaged => Copy(8, shared, sharedIndex, global, globalIndex, valid);

    /// <inheritdoc cref="Copy8{T}(ArrayView{T}, int, ArrayView{T}, int, bool)"/>
    public static void Copy8<T>(ArrayView<T> shared, int sharedIndex, ArrayView<T> global, long globalIndex, bool valid)
        where T : unmanaged => Copy(8, shared, sharedIndex, global, globalIndex, valid);

    /// <summary>Starts to copy 4 bytes.</summary>
    /// <remarks><c>cp.async.ca.shared.global [dst], [src], 4</c>.</remarks>
    /// <inheritdoc cref="Copy16{T}(ArrayView{T}, int, ArrayView{T}, int)"/>
    public static void Copy4<T>(ArrayView<T> shared, int sharedIndex, ArrayView<T> global, int globalIndex)
        where T : unmanaged => Copy(4, shared, sharedIndex, global, globalIndex, true);

    /// <inheritdoc cref="Copy4{T}(ArrayView{T}, int, ArrayView{T}, int)"/>
    public static void Copy4<T>(ArrayView<T> shared, int sharedIndex, ArrayView<T> global, long globalIndex)
        where T : unmanaged => Copy(4, shared, sharedIndex, global, globalIndex, true);

    /// <summary>Starts to copy 4 bytes, or to write 4 zero bytes.</summary>
    /// <remarks><c>cp.async.ca.shared.global [dst], [src], 4, n</c> with n = 4 or 0.</remarks>
    /// <inheritdoc cref="Copy16{T}(ArrayView{T}, int, ArrayView{T}, int, bool)"/>
    public static void Copy4<T>(ArrayView<T> shared, int sharedIndex, ArrayView<T> global, int globalIndex, bool valid)
        where T : unmanaged => Copy(4, shared, sharedIndex, global, globalIndex, valid);

    /// <inheritdoc cref="Copy4{T}(ArrayView{T}, int, ArrayView{T}, int, bool)"/>
    public static void Copy4<T>(ArrayView<T> shared, int sharedIndex, ArrayView<T> global, long globalIndex, bool valid)
        where T : unmanaged => Copy(4, shared, sharedIndex, global, globalIndex, valid);

    /// <summary>Closes the group of copies started since the last call; a group may be empty.</summary>
    /// <remarks><c>cp.async.commit_group</c>.</remarks>
    public static void Commit() => Cpu.ScalarLane.Require("AsyncCopy.Commit");

    /// <summary>Waits until at most <paramref name="pendingGroups"/> of this thread's youngest groups are still under way.</summary>
    /// <remarks><c>cp.async.wait_group n</c>.</remarks>
    /// <param name="pendingGroups">A compile-time constant, 0 for all copies.</param>
    public static void Wait(int pendingGroups)
    {
        Cpu.ScalarLane.Require("AsyncCopy.Wait");
        ArgumentOutOfRangeException.ThrowIfNegative(pendingGroups);
    }

    private static void Copy<T>(int bytes, ArrayView<T> shared, int sharedIndex, ArrayView<T> global, long globalIndex, bool valid)
        where T : unmanaged
    {
        Cpu.ScalarLane.Require("AsyncCopy.Copy");
        int count = bytes / sizeof(T);
        if (count * sizeof(T) != bytes)
        {
            throw new NotSupportedException($"{bytes} bytes are no whole number of {typeof(T).Name}, which has {sizeof(T)}; cast the views first.");
        }

        T* destination = shared.Address(sharedIndex, count, bytes);
        if (valid)
        {
            Buffer.MemoryCopy(global.Address(globalIndex, count, bytes), destination, bytes, bytes);
        }
        else
        {
            new Span<byte>(destination, bytes).Clear();
        }
    }
}
