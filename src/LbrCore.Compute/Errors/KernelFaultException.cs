using System.Text;

namespace LbrCore.Compute;

/// <summary>A kernel that runs on the CPU did what it must not: an index outside its view, a barrier that not all threads reach, an exception.</summary>
public sealed class KernelFaultException : ComputeException
{
    /// <summary>A fault in a kernel.</summary>
    /// <param name="fault">What happened, in one sentence: <c>index 12 is outside view x of length 12</c>.</param>
    /// <param name="kernel">The kernel, with its specialisation.</param>
    /// <param name="group">Index of the group in the grid, or null if the fault belongs to no single group.</param>
    /// <param name="warp">Index of the warp in the group, or -1 if unknown.</param>
    /// <param name="lane">Index of the lane in the warp, or -1 if unknown.</param>
    /// <param name="index">The index that was outside, or null if the fault was no index.</param>
    /// <param name="innerException">The exception in the kernel, if one was it.</param>
    public KernelFaultException(
        string fault, string kernel, Dim3? group = null, int warp = -1, int lane = -1, long? index = null, Exception? innerException = null)
        : base(Describe(fault, kernel, group, warp, lane), innerException)
    {
        Kernel = kernel;
        Group = group;
        Warp = warp;
        Lane = lane;
        Index = index;
    }

    /// <summary>The kernel, with its specialisation.</summary>
    public string Kernel { get; }

    /// <summary>Index of the group in the grid, or null if the fault belongs to no single group.</summary>
    public Dim3? Group { get; }

    /// <summary>Index of the warp in the group, or -1 if unknown.</summary>
    public int Warp { get; }

    /// <summary>Index of the lane in the warp, or -1 if unknown.</summary>
    public int Lane { get; }

    /// <summary>The index that was outside, or null if the fault was no index.</summary>
    public long? Index { get; }

    private static string Describe(string fault, string kernel, Dim3? group, int warp, int lane)
    {
        var text = new StringBuilder($"Kernel {kernel}");
        if (group is { } g) text.Append($", group {g}");
        if (warp >= 0) text.Append($", warp {warp}");
        if (lane >= 0) text.Append($", lane {lane}");
        return text.Append(": ").Append(fault).ToString();
    }
}
