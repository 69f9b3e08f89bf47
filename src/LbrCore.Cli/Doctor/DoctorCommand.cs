using System.CommandLine;
using LbrCore.Cli.Terminal;
using LbrCore.Compute;

namespace LbrCore.Cli.Doctor;

/// <summary><c>lbr doctor</c>: what there is, what will be used, and whether it computes right.</summary>
internal static class DoctorCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Screen screen)
    {
        Option<string?> device = CommonOptions.Device();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("doctor", "Shows the machine and the selected device, and runs and checks a kernel on it.") { device, json };
        command.SetAction(parsed =>
        {
            DoctorReport report = DoctorReport.Examine(parsed.GetValue(device));
            if (parsed.GetValue(json)) screen.Out.Write(DoctorJson.Write(report));
            else Write(report, screen);
            return report.IsHealthy ? 0 : 1;
        });
        return command;
    }

    private static void Write(DoctorReport report, Screen screen)
    {
        var fields = new List<(string, string)>
        {
            ("lbr", DoctorReport.Version),
            ("runtime", Machine.Runtime()),
            ("system", Machine.System()),
            ("processor", Machine.Processor()),
            ("vectors", Machine.Vectors()),
            ("devices", string.Join("\n", report.Devices)),
            ("selected", report.Selection),
        };
        if (report.Selected is { Kind: DeviceKind.Cuda } gpu)
        {
            fields.Add(("driver", $"speaks CUDA {gpu.DriverVersion}"));
            fields.Add(("capability", $"{gpu.ComputeCapability}, {gpu.MultiprocessorCount} multiprocessors, {gpu.SharedMemoryPerGroup >> 10} KiB shared memory a group, {gpu.L2Bytes >> 20} MiB L2"));
        }

        if (report.Selected is { } selected) fields.Add(("memory", $"{Format.Bytes(selected.TotalMemory)}, {Format.Bytes(report.FreeMemory)} free"));
        if (report.Probe is { } probe)
        {
            fields.Add(("kernel", $"{probe.Kernel}: {probe.Elements} results, largest relative error {Format.Small(probe.Error)} (bound {Format.Small(probe.Bound)})"));
            // Only a GPU has something to load.
            string loaded = report.Selected?.Kind == DeviceKind.Cuda ? $"loaded in {Format.Milliseconds(probe.LoadMilliseconds)}, " : "";
            fields.Add(("", $"{loaded}run in {Format.Milliseconds(probe.RunMilliseconds)}; {probe.Sample}"));
        }

        if (report.WhyNoGpu is { } why) fields.Add(("missing", why));
        screen.Fields(fields);
        screen.Verdict(report.IsHealthy, report.IsHealthy ? $"{report.Selected!.Selection} works." : report.Failure!);
    }
}
