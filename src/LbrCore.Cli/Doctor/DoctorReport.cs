using LbrCore.Compute;

namespace LbrCore.Cli.Doctor;

/// <summary>What the doctor found.</summary>
internal sealed record DoctorReport
{
    /// <summary>Devices that can be opened.</summary>
    public required IReadOnlyList<DeviceInfo> Devices { get; init; }

    /// <summary>Why no GPU can be used, or null where one can.</summary>
    public string? WhyNoGpu { get; init; }

    /// <summary>The selected device, or null where it cannot be opened.</summary>
    public DeviceInfo? Selected { get; init; }

    /// <summary>Why this device, or why not.</summary>
    public required string Selection { get; init; }

    /// <summary>Free memory of the selected device in bytes.</summary>
    public long FreeMemory { get; init; }

    /// <summary>What the check of a kernel on the selected device showed, or null where none could run.</summary>
    public KernelProbe? Probe { get; init; }

    /// <summary>What went wrong, or null.</summary>
    public string? Failure { get; init; }

    /// <summary>Whether the selected device works.</summary>
    public bool IsHealthy => Failure is null && Probe is { Passed: true };

    /// <summary>Version of this program.</summary>
    public static string Version { get; } = typeof(DoctorReport).Assembly.GetName().Version?.ToString(3) ?? "unknown";

    /// <summary>Examines the machine. A device that fails is a finding, not an exception.</summary>
    /// <param name="selection">As in <see cref="Device.Open"/>.</param>
    /// <exception cref="ArgumentException">The selection names no device.</exception>
    public static DoctorReport Examine(string? selection)
    {
        IReadOnlyList<DeviceInfo> devices = Device.Enumerate();
        string? whyNoGpu = Device.WhyNoGpu();
        Device device;
        try
        {
            device = Device.Open(selection);
        }
        catch (ComputeException exception)
        {
            return new DoctorReport { Devices = devices, WhyNoGpu = whyNoGpu, Selection = "none", Failure = exception.Message };
        }

        using (device)
        {
            var report = new DoctorReport { Devices = devices, WhyNoGpu = whyNoGpu, Selected = device.Info, Selection = device.SelectionReason, FreeMemory = device.GetMemoryInfo().Free };
            try
            {
                KernelProbe probe = KernelProbe.Run(device);
                return report with
                {
                    Probe = probe,
                    Failure = probe.Passed ? null : $"{probe.Kernel} gives wrong results on {device.Info.Selection}: do not trust this device.",
                };
            }
            catch (ComputeException exception)
            {
                return report with { Failure = exception.Message };
            }
        }
    }
}
