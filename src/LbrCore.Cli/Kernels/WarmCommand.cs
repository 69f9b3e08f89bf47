using System.CommandLine;
using System.Diagnostics;
using LbrCore.Cli.Terminal;
using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.Cli.Kernels;

/// <summary><c>lbr kernels warm</c>: loads every kernel once, so that the driver keeps the machine code and later runs start at once.</summary>
internal static class WarmCommand
{
    private const int Shown = 5;

    /// <summary>The command.</summary>
    public static Command Create(Screen screen)
    {
        Option<string?> device = CommonOptions.Device();
        Option<string?> filter = CommonOptions.Filter();
        var command = new Command("warm", "Loads the kernels once, which fills the driver's cache of compiled code.") { device, filter };
        command.SetAction(parsed =>
        {
            IReadOnlyList<KernelVariant> variants = KernelNames.Filter(KernelCatalog.All, parsed.GetValue(filter));
            using Device opened = Device.Open(parsed.GetValue(device));
            screen.Line(opened.SelectionReason);
            return Warm(opened, variants, screen);
        });
        return command;
    }

    private static int Warm(Device device, IReadOnlyList<KernelVariant> variants, Screen screen)
    {
        long start = Stopwatch.GetTimestamp();
        var loaded = new List<LoadedKernel>();
        int skipped = 0, failed = 0;
        foreach (KernelVariant variant in variants)
        {
            try
            {
                loaded.Add(device.Load(variant));
            }
            catch (KernelNotSupportedException)
            {
                skipped++;
            }
            catch (PtxCompilationException exception)
            {
                failed++;
                screen.Verdict(good: false, exception.Message);
            }
        }

        double total = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        foreach (LoadedKernel slow in loaded.OrderByDescending(kernel => kernel.LoadTime).Take(Shown).Where(kernel => kernel.LoadTime > TimeSpan.FromMilliseconds(1)))
            screen.Line($"  {Format.Milliseconds(slow.LoadTime.TotalMilliseconds),10}  {slow.Variant.Name}");
        string notSupported = skipped > 0 ? $", {skipped} not for this device" : "";
        screen.Verdict(failed == 0, $"{loaded.Count} kernels loaded in {Format.Milliseconds(total)}{notSupported}, {failed} failed.");
        return failed == 0 ? 0 : 1;
    }
}
