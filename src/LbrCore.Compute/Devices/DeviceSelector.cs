using System.Globalization;
using LbrCore.Compute.Cpu;
using LbrCore.Compute.Cuda;

namespace LbrCore.Compute;

/// <summary>Finds and chooses devices. The driver and the environment are given, so that tests decide them.</summary>
internal sealed class DeviceSelector
{
    internal const string Variable = "LBR_DEVICE";
    private const string Choices = "cpu, cpu:scalar, cuda, cuda:N (N = 0, 1, ...)";

    private readonly IDriverApi _driver;
    private readonly Func<string, string?> _environment;

    internal DeviceSelector(IDriverApi driver, Func<string, string?> environment)
    {
        _driver = driver;
        _environment = environment;
    }

    /// <summary>The driver and the environment of this process.</summary>
    internal static DeviceSelector Current { get; } = new(NativeDriver.Instance, Environment.GetEnvironmentVariable);

    /// <inheritdoc cref="Device.Open"/>
    internal Device Open(string? selection)
    {
        if (selection is not null) return Open(selection, "asked for by the program");
        string? variable = _environment(Variable);
        return string.IsNullOrWhiteSpace(variable) ? OpenBest() : Open(variable, $"{Variable}={variable}");
    }

    /// <inheritdoc cref="Device.Enumerate"/>
    internal IReadOnlyList<DeviceInfo> Enumerate()
    {
        CudaSystem cuda = CudaSystem.Probe(_driver);
        return [.. cuda.Devices.Where(device => CudaSystem.WhyUnusable(device) is null), Cpu(DeviceKind.Cpu), Cpu(DeviceKind.CpuScalar)];
    }

    /// <inheritdoc cref="Device.WhyNoGpu"/>
    internal string? WhyNoGpu()
    {
        CudaSystem cuda = CudaSystem.Probe(_driver);
        return cuda.WhyNone ?? (cuda.Devices.Any(device => CudaSystem.WhyUnusable(device) is null) ? null : CudaSystem.WhyUnusable(cuda.Devices[0]));
    }

    private Device Open(string selection, string reason)
    {
        switch (selection.Trim().ToLowerInvariant())
        {
            case "cpu": return OpenCpu(DeviceKind.Cpu, reason);
            case "cpu:scalar": return OpenCpu(DeviceKind.CpuScalar, reason);
            case "cuda": return OpenCuda(0, reason);
        }

        string name = selection.Trim().ToLowerInvariant();
        const string Prefix = "cuda:";
        if (name.StartsWith(Prefix, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int ordinal))
            return OpenCuda(ordinal, reason);
        throw new ArgumentException($"'{selection}' is no device ({reason}). Choose one of: {Choices}.", nameof(selection));
    }

    private Device OpenBest()
    {
        CudaSystem cuda = CudaSystem.Probe(_driver);
        if (cuda.WhyNone is { } why) return OpenCpu(DeviceKind.Cpu, why);
        foreach (DeviceInfo info in cuda.Devices)
            if (CudaSystem.WhyUnusable(info) is null) return new CudaDevice(_driver, info, Reason(info, "the first usable GPU"));
        return OpenCpu(DeviceKind.Cpu, CudaSystem.WhyUnusable(cuda.Devices[0])!);
    }

    private CpuDevice OpenCpu(DeviceKind kind, string reason)
    {
        DeviceInfo info = Cpu(kind);
        return new CpuDevice(info, Reason(info, reason));
    }

    private CudaDevice OpenCuda(int ordinal, string reason)
    {
        CudaSystem cuda = CudaSystem.Probe(_driver);
        if (cuda.WhyNone is { } why) throw new DeviceUnavailableException($"cuda:{ordinal} cannot be used ({reason}): {why}. Choose cpu to run without it.");
        if (ordinal >= cuda.Devices.Count)
            throw new DeviceUnavailableException(
                $"cuda:{ordinal} does not exist ({reason}); present: {string.Join(", ", cuda.Devices.Select(device => $"{device.Selection} {device.Name}"))}.");
        DeviceInfo info = cuda.Devices[ordinal];
        if (CudaSystem.WhyUnusable(info) is { } unusable) throw new DeviceUnavailableException($"cuda:{ordinal} cannot be used ({reason}): {unusable}. Choose cpu to run without it.");
        return new CudaDevice(_driver, info, Reason(info, reason));
    }

    private DeviceInfo Cpu(DeviceKind kind) => CpuSystem.Describe(kind, _environment(CpuSystem.ThreadsVariable));

    private static string Reason(DeviceInfo info, string reason) => $"{info}: {reason}";
}
