using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace LbrCore.Compute.Cpu;

/// <summary>The CPU as a device. Memory is ordinary memory, a stream runs what it is given at once.</summary>
internal sealed unsafe class CpuDevice : Device
{
    /// <summary>Alignment of buffers: a cache line, and the widest vector.</summary>
    private const int Alignment = 64;

    /// <summary>Below this, an allocation is not worth asking the system how much memory is left.</summary>
    private const long SmallAllocation = 16L << 20;

    private readonly ConcurrentDictionary<KernelVariant, LoadedKernel> _kernels = new(ReferenceEqualityComparer.Instance);

    internal CpuDevice(DeviceInfo info, string selectionReason) : base(info, selectionReason)
    {
        DefaultStreamOrNull = Adopt(new CpuStream(this));
    }

    /// <summary>Runs a kernel to its end on the calling thread and its helpers.</summary>
    /// <exception cref="KernelFaultException">The kernel failed.</exception>
    internal void Run(KernelVariant variant, in LaunchConfig config, ulong* slots)
    {
        try
        {
            if (Info.Kind == DeviceKind.CpuScalar) ScalarLauncher.Run(variant, config, slots);
            else LanesLauncher.Run(variant, config, slots, Info.MultiprocessorCount);
        }
        catch (Exception exception) when (exception is not ComputeException)
        {
            throw new KernelFaultException(exception.Message, variant.DisplayName, innerException: exception);
        }
    }

    private protected override LoadedKernel LoadCore(KernelVariant variant)
    {
        if (_kernels.TryGetValue(variant, out LoadedKernel? loaded)) return loaded;
        bool scalar = Info.Kind == DeviceKind.CpuScalar;
        if (scalar ? variant.Scalar is null : variant.Lanes is null)
            throw new KernelNotSupportedException(
                $"{variant.DisplayName} has no {(scalar ? "scalar" : "lanes")} form and cannot run on {Info.Selection}. "
                + "Use its CPU alternative (in a NativeAOT build: float32), or a CUDA device.");
        return _kernels.GetOrAdd(variant, new LoadedKernel(variant, this) { StaticSharedBytes = variant.StaticSharedBytes });
    }

    private protected override PreparedLaunch PrepareCore(KernelVariant variant, in LaunchConfig config, ReadOnlySpan<ulong> slots)
    {
        LoadCore(variant);
        return new CpuPreparedLaunch(this, variant, in config, slots);
    }

    private protected override ComputeStream CreateStreamCore() => new CpuStream(this);

    private protected override ComputeEvent CreateEventCore(bool timing) => new CpuEvent(this, timing);

    private protected override nint AllocateCore(long bytes)
    {
        const string Advice = "Use a smaller model, batch or context, or a machine with more memory.";
        // Linux promises more memory than there is and ends the process that takes it: so ask before.
        if (bytes >= SmallAllocation && bytes > MemoryCore().Free) throw OutOfMemory((UInt128)bytes, "memory", Advice);
        try
        {
            bool large = bytes >= HostPages.LargePage;
            void* start = NativeMemory.AlignedAlloc((nuint)bytes, (nuint)(large ? HostPages.LargePage : Alignment));
            if (large) HostPages.PreferLarge(start, bytes);
            return (nint)start;
        }
        catch (OutOfMemoryException)
        {
            throw OutOfMemory((UInt128)bytes, "memory", Advice);
        }
    }

    private protected override void FreeCore(nint pointer) => NativeMemory.AlignedFree((void*)pointer);

    private protected override nint AllocatePinnedCore(long bytes) => AllocateCore(bytes);

    private protected override void FreePinnedCore(nint pointer) => FreeCore(pointer);

    private protected override (long Total, long Free) MemoryCore() => (Info.TotalMemory, HostMemory.Free(Info.TotalMemory));

    private protected override void DisposeCore()
    {
    }
}
