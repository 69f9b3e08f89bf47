namespace LbrCore.Compute.Cuda;

/// <summary>A kernel on a GPU: a module with one function.</summary>
internal sealed class CudaKernel : LoadedKernel
{
    /// <summary>Shared memory of a group, static and dynamic together, that a function may use without being told so.</summary>
    private const int SharedBytesWithoutOptin = 48 << 10;

    private const int PortableClusterGroups = 8;

    private readonly CudaDevice _device;
    private readonly Lock _lock = new();
    private int _dynamicLimit;
    private bool _largeClusters;

    internal CudaKernel(KernelVariant variant, CudaDevice device, nint module, nint function) : base(variant, device)
    {
        _device = device;
        Module = module;
        Function = function;
    }

    internal nint Module { get; }

    internal nint Function { get; }

    /// <summary>Whether the chip can start it before its predecessor ended.</summary>
    internal bool CanDepend => _device.Info.ComputeCapability.Major >= 9;

    /// <summary>Makes the function ready for a launch: opts in to more shared memory and larger clusters where the launch has them.</summary>
    /// <exception cref="LaunchContractException">The compiled kernel allows fewer threads a group.</exception>
    internal void Configure(in LaunchConfig config)
    {
        if (config.Group.Count > MaxGroupSize)
            throw LaunchLimits.Refused(Variant, "group size", $"at most {MaxGroupSize} threads, since each needs {Registers} registers", $"{config.Group.Count}",
                "Use a smaller group, or MaxRegisters in [Kernel].");
        if (config.DynamicSharedBytes > Volatile.Read(ref _dynamicLimit)) RaiseDynamicLimit(config.DynamicSharedBytes);
        if (config.Cluster is { Count: > PortableClusterGroups } && !Volatile.Read(ref _largeClusters)) AllowLargeClusters();
    }

    public override int MaxActiveGroupsPerMultiprocessor(int groupSize, int dynamicSharedBytes = 0)
    {
        _device.Enter();
        if (dynamicSharedBytes > Volatile.Read(ref _dynamicLimit)) RaiseDynamicLimit(dynamicSharedBytes);
        _device.Check(
            _device.Driver.OccupancyMaxActiveBlocksPerMultiprocessor(out int groups, Function, groupSize, (nuint)dynamicSharedBytes),
            "Asking how many groups fit a multiprocessor", Variant);
        return groups;
    }

    /// <summary>What the function may use at first.</summary>
    internal void InitializeLimits() => _dynamicLimit = Math.Max(0, SharedBytesWithoutOptin - StaticSharedBytes);

    private void RaiseDynamicLimit(int bytes)
    {
        lock (_lock)
        {
            if (bytes <= _dynamicLimit) return;
            _device.Check(_device.Driver.FuncSetAttribute(Function, FunctionAttribute.MaxDynamicSharedSizeBytes, bytes), $"Opting in to {bytes} bytes of dynamic shared memory", Variant);
            Volatile.Write(ref _dynamicLimit, bytes);
        }
    }

    private void AllowLargeClusters()
    {
        lock (_lock)
        {
            _device.Check(_device.Driver.FuncSetAttribute(Function, FunctionAttribute.NonPortableClusterSizeAllowed, 1), "Opting in to clusters of more than 8 groups", Variant);
            Volatile.Write(ref _largeClusters, true);
        }
    }
}
