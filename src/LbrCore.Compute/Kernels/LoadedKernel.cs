namespace LbrCore.Compute;

/// <summary>A kernel variant on a device, compiled and ready. On the CPU the numbers are zero: there it is ordinary code.</summary>
public class LoadedKernel
{
    internal LoadedKernel(KernelVariant variant, Device device)
    {
        Variant = variant;
        Device = device;
    }

    /// <summary>The kernel.</summary>
    public KernelVariant Variant { get; }

    /// <summary>The device it is loaded on.</summary>
    public Device Device { get; }

    /// <summary>32-bit registers of a thread.</summary>
    public int Registers { get; internal init; }

    /// <summary>Bytes of local memory of a thread: spilled registers and arrays that found no place in registers.</summary>
    public int LocalBytes { get; internal init; }

    /// <summary>Bytes of static shared memory of a group, as compiled.</summary>
    public int StaticSharedBytes { get; internal init; }

    /// <summary>Bytes of constant memory.</summary>
    public int ConstantBytes { get; internal init; }

    /// <summary>Most threads of a group, given the registers that each needs.</summary>
    public int MaxGroupSize { get; internal init; } = 1024;

    /// <summary>The PTX target as 10 · major + minor: 80 or 90.</summary>
    public int PtxVersion { get; internal init; }

    /// <summary>The architecture that the machine code is for, as 10 · major + minor.</summary>
    public int BinaryVersion { get; internal init; }

    /// <summary>The compiler's notes (registers, spills, warnings), or empty.</summary>
    public string Log { get; internal init; } = "";

    /// <summary>How long compiling and loading took.</summary>
    public TimeSpan LoadTime { get; internal init; }

    /// <summary>How many groups of this kernel a multiprocessor holds at once; 1 on the CPU.</summary>
    /// <param name="groupSize">Threads of a group.</param>
    /// <param name="dynamicSharedBytes">Dynamic shared memory of a group in bytes.</param>
    public virtual int MaxActiveGroupsPerMultiprocessor(int groupSize, int dynamicSharedBytes = 0) => 1;
}
