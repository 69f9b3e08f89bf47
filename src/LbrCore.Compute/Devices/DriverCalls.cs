namespace LbrCore.Compute;

/// <summary>
/// Calls that a device has made to the CUDA driver, by kind: what the host really does, whatever the streams were asked for. The difference of two counts says what a piece of work costs.
/// </summary>
/// <param name="KernelLaunches">Kernels launched or recorded one by one (<c>cuLaunchKernelEx</c>).</param>
/// <param name="GraphLaunches">Graphs launched (<c>cuGraphLaunch</c>).</param>
/// <param name="Copies">Copies of any direction (<c>cuMemcpy*Async</c>).</param>
/// <param name="Fills">Fills (<c>cuMemset*Async</c>).</param>
/// <param name="Waits">Times that the host waited for a stream or an event (<c>cuStreamSynchronize</c>, <c>cuEventSynchronize</c>).</param>
/// <param name="Events">Events recorded, asked for, or waited for by a stream.</param>
/// <param name="Allocations">Memory taken or given back, on the device and pinned on the host.</param>
/// <param name="Others">Everything else: contexts, modules, attributes, streams, captures.</param>
public readonly record struct DriverCalls(
    long KernelLaunches, long GraphLaunches, long Copies, long Fills, long Waits, long Events, long Allocations, long Others)
{
    /// <summary>All calls.</summary>
    public long Total => KernelLaunches + GraphLaunches + Copies + Fills + Waits + Events + Allocations + Others;

    /// <summary>The calls for each of so many units of work, by kind.</summary>
    /// <param name="units">Units, such as committed tokens.</param>
    public string Per(int units)
    {
        string Of(long count, string what) => FormattableString.Invariant($"{count / (double)units:0.##} {what}");
        return string.Join(", ",
        [
            Of(GraphLaunches, "graph launches"), Of(KernelLaunches, "kernel launches"), Of(Copies, "copies"), Of(Events, "events"), Of(Waits, "waits"), Of(Fills + Allocations + Others, "others"),
        ]);
    }

    /// <summary>What came after an earlier count.</summary>
    /// <param name="later">The later count.</param>
    /// <param name="earlier">The earlier count, of the same device.</param>
    public static DriverCalls operator -(DriverCalls later, DriverCalls earlier) => new(
        later.KernelLaunches - earlier.KernelLaunches, later.GraphLaunches - earlier.GraphLaunches, later.Copies - earlier.Copies, later.Fills - earlier.Fills,
        later.Waits - earlier.Waits, later.Events - earlier.Events, later.Allocations - earlier.Allocations, later.Others - earlier.Others);
}
