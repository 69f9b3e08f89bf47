using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LbrCore.Compute.Cuda;

/// <summary>A repeated launch on a GPU: all that the driver wants stands in pinned memory, only the stream is filled in.</summary>
internal sealed unsafe class CudaPreparedLaunch : PreparedLaunch
{
    // Pinned: launch parameters, then attributes, then the addresses of the slots.
    private readonly byte[] _memory;

    internal CudaPreparedLaunch(CudaDevice device, CudaKernel kernel, in LaunchConfig config, ReadOnlySpan<ulong> slots)
        : base(device, kernel.Variant, in config, slots)
    {
        Kernel = kernel;
        int attributeBytes = LaunchParameters.MaxAttributes * Unsafe.SizeOf<LaunchAttribute>();
        _memory = GC.AllocateArray<byte>(Unsafe.SizeOf<LaunchParameters>() + attributeBytes + slots.Length * sizeof(void*), pinned: true);
        Parameters = (LaunchParameters*)Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0);
        var attributes = (LaunchAttribute*)(Parameters + 1);
        Addresses = (void**)((byte*)attributes + attributeBytes);
        LaunchParameters.Set(Parameters, attributes, in config, 0, kernel.CanDepend);
        AttributeCount = Parameters->AttributeCount;
        for (int i = 0; i < slots.Length; i++) Addresses[i] = SlotAddress + i;
    }

    internal CudaKernel Kernel { get; }

    /// <summary>Attributes that the launch has by itself; a stream may add its own.</summary>
    internal uint AttributeCount { get; }

    /// <summary>What the driver is told; the stream is still to be set.</summary>
    internal LaunchParameters* Parameters { get; }

    /// <summary>Addresses of the arguments.</summary>
    internal void** Addresses { get; }
}
