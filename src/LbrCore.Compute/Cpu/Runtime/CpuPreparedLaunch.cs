namespace LbrCore.Compute.Cpu;

/// <summary>A repeated launch on the CPU.</summary>
internal sealed unsafe class CpuPreparedLaunch : PreparedLaunch
{
    internal CpuPreparedLaunch(CpuDevice device, KernelVariant variant, in LaunchConfig config, ReadOnlySpan<ulong> slots)
        : base(device, variant, in config, slots)
    {
    }

    /// <summary>Runs it now.</summary>
    internal void Run() => ((CpuDevice)Device).Run(Variant, Config, SlotAddress);

    /// <summary>A copy with the present arguments, which later changes do not touch.</summary>
    internal CpuPreparedLaunch Snapshot() => new((CpuDevice)Device, Variant, Config, Slots);
}
