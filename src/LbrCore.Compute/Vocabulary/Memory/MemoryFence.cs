namespace LbrCore.Compute;

/// <summary>Orders this thread's memory accesses before the fence against those after it, as seen by other threads.</summary>
/// <remarks>PTX ISA, Parallel Synchronization and Communication Instructions: <c>fence.acq_rel</c>. On the CPU all three are full fences.</remarks>
public static class MemoryFence
{
    /// <summary>As seen by the threads of the group: <c>fence.acq_rel.cta</c>.</summary>
    public static void GroupLevel() => Interlocked.MemoryBarrier();

    /// <summary>As seen by all threads of the device: <c>fence.acq_rel.gpu</c>.</summary>
    public static void DeviceLevel() => Interlocked.MemoryBarrier();

    /// <summary>As seen by the host and all devices: <c>fence.acq_rel.sys</c>.</summary>
    public static void SystemLevel() => Interlocked.MemoryBarrier();
}
