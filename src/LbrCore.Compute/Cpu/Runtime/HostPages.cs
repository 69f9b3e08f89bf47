using System.Runtime.InteropServices;

namespace LbrCore.Compute.Cpu;

/// <summary>Asks the system for large pages behind large buffers: weights are read from end to end, and with pages of 4 KiB much of that time goes to finding them.</summary>
internal static unsafe partial class HostPages
{
    /// <summary>Buffers from this size on lie on addresses that are multiples of it and are worth large pages: the size of one on x86-64 and on most of Arm.</summary>
    internal const int LargePage = 2 << 20;

    private const int AdviseHugePages = 14;

    /// <summary>Asks, on Linux, for large pages behind fresh memory; elsewhere and where the system refuses, nothing happens.</summary>
    /// <param name="start">Its address, a multiple of <see cref="LargePage"/>.</param>
    /// <param name="bytes">Its size. Only whole large pages are asked for, so that no more memory is taken than the buffer has.</param>
    internal static void PreferLarge(void* start, long bytes)
    {
        long whole = bytes / LargePage * LargePage;
        if (whole == 0 || !OperatingSystem.IsLinux()) return;
        try
        {
            _ = Advise(start, (nuint)whole, AdviseHugePages);
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            // A system without this library by this name: pages stay as they are.
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint bytes, int advice);
}
