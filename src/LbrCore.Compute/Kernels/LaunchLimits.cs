namespace LbrCore.Compute;

/// <summary>What every launch must satisfy, whatever the kernel: checked on the host, so that a mistake is a sentence and not a driver code.</summary>
internal static class LaunchLimits
{
    private const int MaxGridYZ = 65535;
    private const int MaxGroupZ = 64;
    private const int MaxClusterGroups = 16;

    /// <summary>Checks a launch and fills in the kernel's own group size.</summary>
    /// <param name="variant">The kernel.</param>
    /// <param name="config">The launch; on return with a real group size.</param>
    /// <param name="device">The device that shall run it.</param>
    /// <param name="slots">Slots of the argument block that was given.</param>
    /// <returns>False if the grid is empty: nothing is to be done.</returns>
    /// <exception cref="LaunchContractException">The launch is impossible.</exception>
    internal static bool Check(KernelVariant variant, ref LaunchConfig config, DeviceInfo device, int slots)
    {
        if (slots != variant.SlotCount)
            throw Refused(variant, "arguments", $"{variant.SlotCount} slots", $"{slots}", "The launcher and the kernel were not built together: rebuild.");
        CheckGroup(variant, ref config, device);
        CheckGrid(variant, config.Grid);
        CheckShared(variant, config.DynamicSharedBytes, device);
        if (config.Cluster is { } cluster) CheckCluster(variant, cluster, config.Grid, device);
        return config.Grid is { X: > 0, Y: > 0, Z: > 0 };
    }

    /// <summary>The group size that a launch will have: its own, or else the kernel's.</summary>
    internal static Dim3 ResolveGroup(KernelVariant variant, Dim3 group) => group == default && variant.GroupSize > 0 ? variant.GroupSize : group;

    /// <summary>The exception for a launch that is refused.</summary>
    internal static LaunchContractException Refused(KernelVariant variant, string parameter, string needed, string given, string advice = "") =>
        new($"Launch of {variant.DisplayName} refused: {parameter} is {given}, needed: {needed}.{(advice.Length == 0 ? "" : " ")}{advice}",
            variant.DisplayName, parameter, needed, given);

    private static void CheckGroup(KernelVariant variant, ref LaunchConfig config, DeviceInfo device)
    {
        Dim3 group = ResolveGroup(variant, config.Group);
        if (variant.GroupSize > 0 && group != variant.GroupSize)
            throw Refused(variant, "group size", $"{variant.GroupSize}, fixed by [Kernel(GroupSize = {variant.GroupSize})]", group.ToString(),
                "Leave the group out of the launch configuration to take the kernel's own.");
        if (group.X < 1 || group.Y < 1 || group.Z < 1)
            throw Refused(variant, "group size", "at least 1 in each dimension", group.ToString(), "This kernel has no group size of its own: choose one.");
        if (group.Count > device.MaxGroupSize || group.Z > MaxGroupZ)
            throw Refused(variant, "group size", $"at most {device.MaxGroupSize} threads, at most {MaxGroupZ} in z", $"{group} = {group.Count} threads");
        if (group != config.Group) config = config with { Group = group };
    }

    private static void CheckGrid(KernelVariant variant, Dim3 grid)
    {
        if (grid.X < 0 || grid.Y < 0 || grid.Z < 0 || grid.Y > MaxGridYZ || grid.Z > MaxGridYZ)
            throw Refused(variant, "grid size", $"no negative dimension, at most {MaxGridYZ} in y and z", grid.ToString(), "Put the long dimension in x.");
    }

    private static void CheckShared(KernelVariant variant, int dynamicBytes, DeviceInfo device)
    {
        long total = (long)variant.StaticSharedBytes + dynamicBytes;
        if (dynamicBytes < 0 || total > device.SharedMemoryPerGroup)
            throw Refused(variant, "shared memory", $"at most {device.SharedMemoryPerGroup} bytes a group on {device.Selection}",
                $"{variant.StaticSharedBytes} static + {dynamicBytes} dynamic bytes", "Use a smaller tile or fewer pipeline stages.");
    }

    private static void CheckCluster(KernelVariant variant, Dim3 cluster, Dim3 grid, DeviceInfo device)
    {
        if (device.Kind == DeviceKind.Cuda && !device.HasClusters)
            throw Refused(variant, "cluster", $"compute capability 9.0 (this is {device.ComputeCapability})", cluster.ToString(), "Launch without a cluster.");
        if (cluster.X < 1 || cluster.Y < 1 || cluster.Z < 1 || cluster.Count > MaxClusterGroups)
            throw Refused(variant, "cluster", $"1 to {MaxClusterGroups} groups", cluster.ToString());
        if (grid.X % cluster.X != 0 || grid.Y % cluster.Y != 0 || grid.Z % cluster.Z != 0)
            throw Refused(variant, "grid size", $"a multiple of the cluster {cluster}", grid.ToString(), "Round the grid up and let the kernel skip the rest.");
    }
}
