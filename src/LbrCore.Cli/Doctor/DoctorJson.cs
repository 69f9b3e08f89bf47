using LbrCore.Cli.Terminal;
using LbrCore.Compute;

namespace LbrCore.Cli.Doctor;

/// <summary>The doctor's report for programs.</summary>
internal static class DoctorJson
{
    /// <summary>The report as JSON.</summary>
    public static string Write(DoctorReport report) => Json.Indented(json =>
    {
        json.WriteStartObject();
        json.WriteBoolean("healthy", report.IsHealthy);
        json.WriteString("failure", report.Failure);
        json.WriteString("version", DoctorReport.Version);
        json.WriteString("runtime", Machine.Runtime());
        json.WriteString("system", Machine.System());
        json.WriteString("processor", Machine.Processor());
        json.WriteString("vectors", Machine.Vectors());
        json.WriteString("selection", report.Selection);
        json.WriteString("whyNoGpu", report.WhyNoGpu);
        json.WriteStartArray("devices");
        foreach (DeviceInfo device in report.Devices)
        {
            json.WriteStartObject();
            json.WriteString("selection", device.Selection);
            json.WriteString("name", device.Name);
            json.WriteBoolean("selected", device.Selection == report.Selected?.Selection);
            json.WriteNumber("multiprocessors", device.MultiprocessorCount);
            json.WriteNumber("memoryBytes", device.TotalMemory);
            if (device.Kind == DeviceKind.Cuda)
            {
                json.WriteString("computeCapability", device.ComputeCapability.ToString());
                json.WriteString("driver", device.DriverVersion?.ToString());
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (report.Probe is { } probe)
        {
            json.WriteStartObject("kernel");
            json.WriteString("name", probe.Kernel);
            json.WriteBoolean("passed", probe.Passed);
            json.WriteNumber("results", probe.Elements);
            json.WriteNumber("relativeError", probe.Error);
            json.WriteNumber("bound", probe.Bound);
            json.WriteNumber("loadMs", probe.LoadMilliseconds);
            json.WriteNumber("runMs", probe.RunMilliseconds);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    });
}
