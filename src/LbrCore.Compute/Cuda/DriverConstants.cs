namespace LbrCore.Compute.Cuda;

/// <summary><c>CUdevice_attribute</c>.</summary>
internal static class DeviceAttribute
{
    internal const int MaxThreadsPerBlock = 1;
    internal const int ClockRate = 13;
    internal const int MultiprocessorCount = 16;
    internal const int ComputeMode = 20;
    internal const int MemoryClockRate = 36;
    internal const int GlobalMemoryBusWidth = 37;
    internal const int L2CacheSize = 38;
    internal const int ComputeCapabilityMajor = 75;
    internal const int ComputeCapabilityMinor = 76;
    internal const int MaxSharedMemoryPerMultiprocessor = 81;
    internal const int MaxRegistersPerMultiprocessor = 82;
    internal const int MaxSharedMemoryPerBlockOptin = 97;
    internal const int MemoryPoolsSupported = 115;
}

/// <summary><c>CUfunction_attribute</c>.</summary>
internal static class FunctionAttribute
{
    internal const int MaxThreadsPerBlock = 0;
    internal const int SharedSizeBytes = 1;
    internal const int ConstSizeBytes = 2;
    internal const int LocalSizeBytes = 3;
    internal const int NumRegs = 4;
    internal const int PtxVersion = 5;
    internal const int BinaryVersion = 6;
    internal const int MaxDynamicSharedSizeBytes = 8;
    internal const int NonPortableClusterSizeAllowed = 14;
}

/// <summary><c>CUjit_option</c>.</summary>
internal static class JitOption
{
    internal const int InfoLogBuffer = 3;
    internal const int InfoLogBufferSizeBytes = 4;
    internal const int ErrorLogBuffer = 5;
    internal const int ErrorLogBufferSizeBytes = 6;
    internal const int OptimizationLevel = 7;
    internal const int LogVerbose = 12;
}

/// <summary><c>CUmemPool_attribute</c>.</summary>
internal static class MemPoolAttribute
{
    internal const int ReleaseThreshold = 4;
    internal const int ReservedMemCurrent = 5;

    /// <summary>Highest value since it was set to 0, as <see cref="UsedMemHigh"/> is.</summary>
    internal const int ReservedMemHigh = 6;
    internal const int UsedMemCurrent = 7;
    internal const int UsedMemHigh = 8;
}

/// <summary>Flags and modes of single calls.</summary>
internal static class DriverFlag
{
    /// <summary><c>CU_STREAM_NON_BLOCKING</c>: no implicit order with the legacy default stream.</summary>
    internal const uint StreamNonBlocking = 1;

    /// <summary><c>CU_EVENT_DISABLE_TIMING</c>.</summary>
    internal const uint EventDisableTiming = 2;

    /// <summary><c>CU_MEMHOSTALLOC_PORTABLE</c>: pinned for all contexts.</summary>
    internal const uint HostAllocPortable = 1;

    /// <summary><c>CU_STREAM_CAPTURE_MODE_THREAD_LOCAL</c>: other threads may go on with calls that a capture forbids.</summary>
    internal const int CaptureThreadLocal = 1;

    /// <summary><c>CU_STREAM_CAPTURE_MODE_RELAXED</c>: no call is forbidden.</summary>
    internal const int CaptureRelaxed = 2;

    /// <summary><c>CU_COMPUTEMODE_PROHIBITED</c>.</summary>
    internal const int ComputeModeProhibited = 2;
}
