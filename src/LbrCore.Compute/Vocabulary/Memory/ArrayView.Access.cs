using LbrCore.Compute.Cpu;

namespace LbrCore.Compute;

public readonly unsafe partial struct ArrayView<T>
{
    /// <summary>Bytes of a <see cref="Packed{T}"/> access.</summary>
    private const int PackedBytes = 16;

    /// <summary>Reads the element at <paramref name="index"/> with a cache hint.</summary>
    /// <remarks>PTX ISA, Data Movement and Conversion Instructions: <c>ld.global</c> with the operators listed at <see cref="CacheHint"/>; in shared memory the hint is ignored.</remarks>
    /// <param name="index">0..<see cref="Length"/>-1.</param>
    /// <param name="hint">How the caches are used; a constant.</param>
    /// <returns>The element.</returns>
    public T Load(int index, CacheHint hint) => Load((long)index, hint);

    /// <inheritdoc cref="Load(int, CacheHint)"/>
    public T Load(long index, CacheHint hint)
    {
        T* address = Address(index, 1, NaturalAlignment);
        if (hint != CacheHint.Volatile)
        {
            return *address;
        }

        ScalarLane.Current?.Spin();
        Interlocked.MemoryBarrier();
        T value = *address;
        Interlocked.MemoryBarrier();
        return value;
    }

    /// <summary>Writes the element at <paramref name="index"/> with a cache hint.</summary>
    /// <remarks>PTX ISA, Data Movement and Conversion Instructions: <c>st.global</c> with the operators listed at <see cref="CacheHint"/>; in shared memory the hint is ignored.</remarks>
    /// <param name="index">0..<see cref="Length"/>-1.</param>
    /// <param name="value">What to write.</param>
    /// <param name="hint">How the caches are used; a constant, not <see cref="CacheHint.ReadOnly"/>.</param>
    public void Store(int index, T value, CacheHint hint) => Store((long)index, value, hint);

    /// <inheritdoc cref="Store(int, T, CacheHint)"/>
    public void Store(long index, T value, CacheHint hint)
    {
        CheckStoreHint(hint);
        T* address = Address(index, 1, NaturalAlignment);
        if (hint == CacheHint.Volatile)
        {
            Interlocked.MemoryBarrier();
        }

        *address = value;
    }

    /// <summary>Reads 16 bytes, that is <see cref="Packed{T}.Count"/> elements from <paramref name="index"/>, in one access.</summary>
    /// <remarks>PTX ISA, Data Movement and Conversion Instructions: <c>ld.v4.b32</c>. The address of the element must be a multiple of 16 bytes.</remarks>
    /// <param name="index">Index of the first element; all of them lie in the view.</param>
    /// <param name="hint">How the caches are used; a constant.</param>
    /// <returns>The elements.</returns>
    public Packed<T> LoadPacked(int index, CacheHint hint = CacheHint.Default) => LoadPacked((long)index, hint);

    /// <inheritdoc cref="LoadPacked(int, CacheHint)"/>
    public Packed<T> LoadPacked(long index, CacheHint hint = CacheHint.Default)
    {
        var address = (Packed<T>*)Address(index, Packed<T>.Count, PackedBytes);
        if (hint == CacheHint.Volatile)
        {
            ScalarLane.Current?.Spin();
            Interlocked.MemoryBarrier();
        }

        return *address;
    }

    /// <summary>Writes 16 bytes, that is <see cref="Packed{T}.Count"/> elements from <paramref name="index"/>, in one access.</summary>
    /// <remarks>PTX ISA, Data Movement and Conversion Instructions: <c>st.v4.b32</c>. The address of the element must be a multiple of 16 bytes.</remarks>
    /// <param name="index">Index of the first element; all of them lie in the view.</param>
    /// <param name="value">The elements.</param>
    /// <param name="hint">How the caches are used; a constant, not <see cref="CacheHint.ReadOnly"/>.</param>
    public void StorePacked(int index, Packed<T> value, CacheHint hint = CacheHint.Default) => StorePacked((long)index, value, hint);

    /// <inheritdoc cref="StorePacked(int, Packed{T}, CacheHint)"/>
    public void StorePacked(long index, Packed<T> value, CacheHint hint = CacheHint.Default)
    {
        CheckStoreHint(hint);
        var address = (Packed<T>*)Address(index, Packed<T>.Count, PackedBytes);
        if (hint == CacheHint.Volatile)
        {
            Interlocked.MemoryBarrier();
        }

        *address = value;
    }

    private static void CheckStoreHint(CacheHint hint)
    {
        if (hint == CacheHint.ReadOnly)
        {
            throw new ArgumentException("A store cannot be CacheHint.ReadOnly; use Default, Streaming, KeepInL2 or Volatile.", nameof(hint));
        }
    }
}
