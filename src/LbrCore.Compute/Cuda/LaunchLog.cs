using System.Text;

namespace LbrCore.Compute.Cuda;

/// <summary>
/// The latest launches of a stream since the host last waited for it. The GPU reports a failed kernel long after its launch and does not say which it
/// was; this says which it can have been. Fixed in size, so that a launch allocates nothing.
/// </summary>
internal sealed class LaunchLog
{
    private const int Capacity = 16;

    private readonly (object What, LaunchConfig Config)[] _entries = new (object, LaunchConfig)[Capacity];
    private long _count;

    /// <summary>Launches since the last <see cref="Clear"/>.</summary>
    internal long Count => _count;

    /// <summary>Notes a kernel.</summary>
    internal void Add(KernelVariant variant, in LaunchConfig config) => _entries[_count++ & (Capacity - 1)] = (variant, config);

    /// <summary>Notes a graph.</summary>
    internal void Add(CudaGraph graph) => _entries[_count++ & (Capacity - 1)] = (graph, default);

    /// <summary>Forgets all: the host has waited, and they ended well.</summary>
    internal void Clear() => _count = 0;

    /// <summary>The launches from the latest to the oldest that is still known.</summary>
    internal string Describe()
    {
        var text = new StringBuilder();
        long known = Math.Min(_count, Capacity);
        for (long i = 1; i <= known; i++)
        {
            (object what, LaunchConfig config) = _entries[(_count - i) & (Capacity - 1)];
            if (i > 1) text.Append("; ");
            text.Append(what is KernelVariant variant ? Describe(variant, config) : what.ToString());
        }

        if (_count > known) text.Append($"; and {_count - known} before these");
        return text.ToString();
    }

    /// <summary>One launch with its sizes.</summary>
    internal static string Describe(KernelVariant variant, in LaunchConfig config)
    {
        string shared = config.DynamicSharedBytes == 0 ? "" : $", {config.DynamicSharedBytes} bytes of dynamic shared memory";
        string cluster = config.Cluster is { } size ? $", cluster {size}" : "";
        return $"{variant.DisplayName}, grid {config.Grid}, group {config.Group}{shared}{cluster}";
    }
}
