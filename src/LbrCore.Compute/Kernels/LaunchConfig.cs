namespace LbrCore.Compute;

/// <summary>How a kernel is launched: how many groups, of how many threads, with which extras.</summary>
/// <param name="Grid">Groups in each dimension. A zero in any dimension makes the launch a no-op; negative sizes are refused.</param>
/// <param name="Group">
/// Threads of a group in each dimension, at most 1024 in all. <c>default</c> (all zero) takes the size that the kernel declares with
/// <c>[Kernel(GroupSize = n)]</c>; any other value must agree with that size.
/// </param>
public readonly record struct LaunchConfig(Dim3 Grid, Dim3 Group)
{
    /// <summary>A launch with the group size that the kernel declares.</summary>
    /// <param name="grid">Groups in each dimension.</param>
    public LaunchConfig(Dim3 grid) : this(grid, default)
    {
    }

    /// <summary>Bytes of dynamic shared memory of each group (<c>SharedMemory.GetDynamic</c>), beside what the kernel allocates statically.</summary>
    public int DynamicSharedBytes { get; init; }

    /// <summary>Groups that form a thread block cluster, or null for none. Needs compute capability 9.0; the grid must be a multiple of it.</summary>
    public Dim3? Cluster { get; init; }

    /// <summary>
    /// Programmatic dependent launch: the kernel may start before the previous kernel of the stream has ended, and must call
    /// <c>Grid.DependencySynchronize()</c> before it touches what that one wrote. Before compute capability 9.0 and on the CPU: an ordinary launch.
    /// </summary>
    public bool DependentLaunch { get; init; }

    /// <summary>Cooperative launch: all groups are resident at once, or the launch is refused. The CPU runs it as an ordinary launch.</summary>
    public bool Cooperative { get; init; }

    /// <summary>The one-dimensional grid that covers a number of elements.</summary>
    /// <param name="elements">Elements to cover, not negative.</param>
    /// <param name="elementsPerGroup">Elements that one group handles, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative count, no elements a group, or more than 2^31 - 1 groups.</exception>
    public static LaunchConfig Cover(long elements, int elementsPerGroup)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(elements);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(elementsPerGroup);
        long groups = elements / elementsPerGroup + (elements % elementsPerGroup == 0 ? 0 : 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(groups, int.MaxValue, nameof(elements));
        return new LaunchConfig((int)groups);
    }
}
