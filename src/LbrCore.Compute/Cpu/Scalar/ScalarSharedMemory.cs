using System.Runtime.InteropServices;

namespace LbrCore.Compute.Cpu;

/// <summary>The shared memory of the group that runs in scalar mode.</summary>
internal sealed unsafe class ScalarSharedMemory : IDisposable
{
    /// <summary>Static shared memory of a group at most (CUDA C++ Programming Guide, Compute Capabilities).</summary>
    private const long MaximumStaticBytes = 48 * 1024;

    /// <summary>Undefined contents: all bits set, which is NaN in every floating-point format.</summary>
    private const byte Undefined = 0xFF;

    private const int DynamicAlignment = 128;

    private readonly List<(nint Address, long Bytes, int Alignment)> _blocks = [];
    private long _staticBytes;

    /// <summary>Reserves the dynamic part.</summary>
    /// <param name="dynamicBytes">Its size.</param>
    public ScalarSharedMemory(int dynamicBytes)
    {
        DynamicBytes = dynamicBytes;
        Dynamic = (nint)NativeMemory.AlignedAlloc((nuint)Math.Max(dynamicBytes, DynamicAlignment), DynamicAlignment);
    }

    /// <summary>Address of the dynamic part.</summary>
    public nint Dynamic { get; private set; }

    /// <summary>Bytes of the dynamic part.</summary>
    public int DynamicBytes { get; }

    /// <summary>The block of the given number, reserved by the first lane that asks.</summary>
    /// <param name="lane">The caller.</param>
    /// <param name="number">Which of its allocations this is, from 0.</param>
    /// <param name="bytes">Size.</param>
    /// <param name="alignment">Bytes, a power of two.</param>
    /// <returns>Its address.</returns>
    public nint Allocate(ScalarLane lane, int number, long bytes, int alignment)
    {
        if (number < _blocks.Count)
        {
            (nint address, long hasBytes, int hasAlignment) = _blocks[number];
            return bytes == hasBytes && alignment == hasAlignment
                ? address
                : throw lane.Fault($"its allocation {number} of shared memory has {bytes} bytes aligned to {alignment}, that of another thread of the group has {hasBytes} aligned to {hasAlignment}; all threads must make the same allocations in the same order.");
        }

        if (alignment is < 1 or > 1024 || (alignment & (alignment - 1)) != 0)
        {
            throw lane.Fault($"shared memory cannot be aligned to {alignment} bytes; choose a power of two of at most 1024.");
        }

        if (bytes < 0 || _staticBytes + bytes > MaximumStaticBytes)
        {
            throw lane.Fault($"static shared memory of {_staticBytes} and {bytes} more bytes is not between 0 and {MaximumStaticBytes}; use SharedMemory.GetDynamic for more.");
        }

        _staticBytes += bytes;
        void* block = NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 16), (nuint)Math.Max(alignment, 16));
        NativeMemory.Fill(block, (nuint)bytes, Undefined);
        _blocks.Add(((nint)block, bytes, alignment));
        return (nint)block;
    }

    /// <summary>Makes the memory undefined again, for the next group.</summary>
    public void Reset()
    {
        FreeBlocks();
        NativeMemory.Fill((void*)Dynamic, (nuint)DynamicBytes, Undefined);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        FreeBlocks();
        NativeMemory.AlignedFree((void*)Dynamic);
        Dynamic = 0;
    }

    private void FreeBlocks()
    {
        foreach ((nint address, _, _) in _blocks)
        {
            NativeMemory.AlignedFree((void*)address);
        }

        _blocks.Clear();
        _staticBytes = 0;
    }
}
