namespace LbrCore.Compute.Cuda;

/// <summary>The result codes of the driver (<c>CUresult</c>) that this library tells apart.</summary>
internal static class DriverCode
{
    internal const int Success = 0;
    internal const int OutOfMemory = 2;
    internal const int Deinitialized = 4;
    internal const int NoDevice = 100;
    internal const int NoBinaryForGpu = 209;
    internal const int EccUncorrectable = 214;
    internal const int InvalidPtx = 218;
    internal const int NvlinkUncorrectable = 220;
    internal const int UnsupportedPtxVersion = 222;
    internal const int InvalidHandle = 400;
    internal const int NotReady = 600;
    internal const int IllegalAddress = 700;
    internal const int LaunchOutOfResources = 701;
    internal const int LaunchTimeout = 702;
    internal const int ContextIsDestroyed = 709;
    internal const int Assert = 710;
    internal const int HardwareStackError = 714;
    internal const int LaunchFailed = 719;
    internal const int CooperativeLaunchTooLarge = 720;
    internal const int FirstCaptureError = 900;
    internal const int LastCaptureError = 909;

    /// <summary>Whether the error ends the context: every later call gives it again, and only a new process helps.</summary>
    internal static bool IsSticky(int code) => code is Deinitialized or EccUncorrectable or NvlinkUncorrectable or IllegalAddress or LaunchTimeout
        or ContextIsDestroyed or Assert or (>= HardwareStackError and <= LaunchFailed);

    /// <summary>Whether the driver refused the text of a kernel.</summary>
    internal static bool IsCompilation(int code) => code is NoBinaryForGpu or InvalidPtx or UnsupportedPtxVersion;

    /// <summary>What a person can do about an error, or empty where the driver's text says it all.</summary>
    internal static string Advice(int code) => code switch
    {
        LaunchOutOfResources => "The group needs more registers than the multiprocessor has: use a smaller group, or MaxRegisters in [Kernel].",
        CooperativeLaunchTooLarge => "A cooperative launch must be resident at once: use at most LoadedKernel.MaxActiveGroupsPerMultiprocessor groups a multiprocessor.",
        UnsupportedPtxVersion => "The driver is too old for this kernel: update it.",
        >= FirstCaptureError and <= LastCaptureError =>
            "Between BeginCapture and EndCapture only launches, copies, fills and events are allowed, on streams that are tied to the capture by events and back, all from one thread.",
        _ => "",
    };
}
