using System.Runtime.InteropServices;

namespace LbrCore.Compute.Cuda;

/// <summary>The GPUs of this machine, or the reason why there are none.</summary>
internal sealed unsafe class CudaSystem
{
    /// <summary>CUDA 12.0, as 1000 · major + 10 · minor: the first that takes PTX 8.0 and <c>cuLaunchKernelEx</c> with clusters.</summary>
    private const int NeededVersion = 12000;

    private const string NeededDriver = "driver 525 or newer";
    private const int NeededCapability = 80;

    private CudaSystem(IReadOnlyList<DeviceInfo> devices, string? whyNone)
    {
        Devices = devices;
        WhyNone = whyNone;
    }

    /// <summary>The GPUs, usable or not, by ordinal.</summary>
    internal IReadOnlyList<DeviceInfo> Devices { get; }

    /// <summary>Why there are none, or null if there are some.</summary>
    internal string? WhyNone { get; }

    /// <summary>Asks the driver. Never throws because of what the machine lacks.</summary>
    internal static CudaSystem Probe(IDriverApi driver)
    {
        if (driver.WhyMissing() is { } missing) return None(missing);
        int code = driver.DriverGetVersion(out int version);
        if (code != DriverCode.Success) return None(Failed(driver, "asking the NVIDIA driver for its version", code));
        if (version < NeededVersion)
            return None($"the NVIDIA driver speaks CUDA {Version(version)}, needed is {Version(NeededVersion)}: install {NeededDriver}");
        code = driver.Init(0);
        if (code == DriverCode.NoDevice) return None("the NVIDIA driver is there, but no GPU (is it passed into this container, is CUDA_VISIBLE_DEVICES right?)");
        if (code != DriverCode.Success) return None(Failed(driver, "starting the NVIDIA driver", code));
        code = driver.DeviceGetCount(out int count);
        if (code != DriverCode.Success) return None(Failed(driver, "counting the GPUs", code));
        if (count == 0) return None("the NVIDIA driver is there, but no GPU");
        var devices = new DeviceInfo[count];
        for (int ordinal = 0; ordinal < count; ordinal++)
        {
            code = Describe(driver, ordinal, Version(version), out devices[ordinal]!);
            if (code != DriverCode.Success) return None(Failed(driver, $"describing cuda:{ordinal}", code));
        }

        return new CudaSystem(devices, null);
    }

    /// <summary>Why a GPU cannot run our kernels, or null if it can.</summary>
    internal static string? WhyUnusable(DeviceInfo device) => device switch
    {
        { ComputeCapability.Value: < NeededCapability } =>
            $"{device.Selection} {device.Name} has compute capability {device.ComputeCapability}, needed is 8.0 (Ampere) or newer",
        { IsProhibited: true } => $"{device.Selection} {device.Name} is closed to computing (compute mode prohibited, set with nvidia-smi -c)",
        _ => null,
    };

    private static CudaSystem None(string why) => new([], why);

    private static string Failed(IDriverApi driver, string what, int code) =>
        $"{what} failed with {driver.ErrorName(code)} ({code}): {driver.ErrorText(code)}";

    private static Version Version(int number) => new(number / 1000, number % 1000 / 10);

    private static int Describe(IDriverApi driver, int ordinal, Version version, out DeviceInfo? info)
    {
        info = null;
        int code = driver.DeviceGet(out int device, ordinal);
        if (code != DriverCode.Success) return code;
        const int NameBytes = 256;
        byte* name = stackalloc byte[NameBytes];
        code = driver.DeviceGetName(name, NameBytes, device);
        if (code != DriverCode.Success) return code;
        code = driver.DeviceTotalMem(out nuint total, device);
        if (code != DriverCode.Success) return code;

        int failure = DriverCode.Success;
        int Ask(int attribute)
        {
            int result = driver.DeviceGetAttribute(out int value, attribute, device);
            if (result == DriverCode.Success) return value;
            failure = result;
            return 0;
        }

        info = new DeviceInfo
        {
            Kind = DeviceKind.Cuda,
            Ordinal = ordinal,
            Handle = device,
            Name = Marshal.PtrToStringUTF8((nint)name) ?? "",
            ComputeCapability = new ComputeCapability(Ask(DeviceAttribute.ComputeCapabilityMajor), Ask(DeviceAttribute.ComputeCapabilityMinor)),
            MultiprocessorCount = Ask(DeviceAttribute.MultiprocessorCount),
            MaxGroupSize = Ask(DeviceAttribute.MaxThreadsPerBlock),
            SharedMemoryPerGroup = Ask(DeviceAttribute.MaxSharedMemoryPerBlockOptin),
            SharedMemoryPerMultiprocessor = Ask(DeviceAttribute.MaxSharedMemoryPerMultiprocessor),
            RegistersPerMultiprocessor = Ask(DeviceAttribute.MaxRegistersPerMultiprocessor),
            L2Bytes = Ask(DeviceAttribute.L2CacheSize),
            TotalMemory = (long)total,
            ClockKHz = Ask(DeviceAttribute.ClockRate),
            MemoryClockKHz = Ask(DeviceAttribute.MemoryClockRate),
            MemoryBusBits = Ask(DeviceAttribute.GlobalMemoryBusWidth),
            DriverVersion = version,
            HasMemoryPools = Ask(DeviceAttribute.MemoryPoolsSupported) != 0,
            IsProhibited = Ask(DeviceAttribute.ComputeMode) == DriverFlag.ComputeModeProhibited,
        };
        return failure;
    }
}
