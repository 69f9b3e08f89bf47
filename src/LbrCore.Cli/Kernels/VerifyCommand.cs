using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using LbrCore.Cli.Terminal;
using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.Cli.Kernels;

/// <summary><c>lbr kernels verify</c>: runs the cases of every variant against float64 references; on a GPU it rewrites the manifest with what it saw.</summary>
internal static class VerifyCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Screen screen)
    {
        Option<string?> device = CommonOptions.Device();
        Option<string?> filter = CommonOptions.Filter();
        var manifest = new Option<string?>("--manifest")
        {
            Description = "The manifest that is rewritten on a GPU; without it kernels/verified.json of the repository around the current folder.",
            HelpName = "path",
        };
        var command = new Command("verify", "Runs every kernel variant against float64 references.") { device, filter, manifest };
        command.SetAction(parsed =>
        {
            IReadOnlyList<KernelVariant> variants = KernelNames.Filter(KernelCatalog.All, parsed.GetValue(filter));
            using Device opened = Device.Open(parsed.GetValue(device));
            screen.Line(opened.SelectionReason);
            long start = Stopwatch.GetTimestamp();
            IReadOnlyList<VariantCheck> checks = Check(opened, variants, screen);
            Write(checks, Stopwatch.GetElapsedTime(start), screen);
            if (opened.Info.Kind == DeviceKind.Cuda) Record(opened.Info, checks, parsed.GetValue(manifest), screen);
            return checks.All(check => check.Failure is null) ? 0 : 1;
        });
        return command;
    }

    private static List<VariantCheck> Check(Device device, IReadOnlyList<KernelVariant> variants, Screen screen)
    {
        var checks = new List<VariantCheck>();
        var checker = new VariantChecker(device);
        foreach (KernelVariant variant in variants)
        {
            VariantCheck check = checker.Check(variant);
            checks.Add(check);
            if (check.Failure is { } failure) screen.Progress($"{variant.Name}: {failure}");
        }

        return checks;
    }

    private static void Write(IReadOnlyList<VariantCheck> checks, TimeSpan elapsed, Screen screen)
    {
        TextTable table = new TextTable().Text("variant").Number("cases").Number("error").Number("of bound").Number("registers").Number("local").Number("shared").Text("PTX").Text("result");
        foreach (VariantCheck check in checks)
        {
            string Attribute(Func<LoadedKernel, int> value) => check.Loaded is { Registers: > 0 } loaded ? Format.Whole(value(loaded)) : "";
            bool ran = check.Cases > 0;
            table.Add(check.Failure is not null,
            [
                check.Variant.Name,
                Format.Whole(check.Cases),
                ran ? Format.Small(check.Error) : "",
                ran ? $"{Format.Fixed(100 * check.OfBound, 0)}%" : "",
                Attribute(loaded => loaded.Registers),
                Attribute(loaded => loaded.LocalBytes),
                Attribute(loaded => loaded.StaticSharedBytes),
                PtxHash.Short(check.Ptx),
                check.Failure is not null ? "FAILED" : check.NotSupported is not null ? "not on this device" : ran ? "ok" : "no cases",
            ]);
        }

        screen.Table(table);
        foreach (VariantCheck check in checks.Where(check => check.Failure is not null)) screen.Verdict(good: false, $"{check.Variant.Name}: {check.Failure}");
        int failed = checks.Count(check => check.Failure is not null);
        screen.Verdict(failed == 0, $"{checks.Count(check => check.Passed)} variants verified with {checks.Sum(check => check.Cases)} cases in {Format.Milliseconds(elapsed.TotalMilliseconds)}, {failed} failed.");
    }

    private static void Record(DeviceInfo device, IReadOnlyList<VariantCheck> checks, string? path, Screen screen)
    {
        path ??= ManifestFile.FindInRepository();
        if (path is null)
        {
            screen.Line("No manifest was written: run inside the repository, or name one with --manifest.");
            return;
        }

        VerifiedManifest manifest = File.Exists(path) ? ManifestFile.Read(path) : ManifestFile.BuiltIn();
        string date = DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        Dictionary<string, VerifiedKernel> passed = checks.Where(check => check.Passed).ToDictionary(check => check.Variant.Name, check => new VerifiedKernel
        {
            Ptx = check.Ptx,
            Device = $"{device.Name} (sm_{device.ComputeCapability.Value})",
            Driver = device.DriverVersion?.ToString() ?? "unknown",
            Date = date,
            Cases = check.Cases,
            Error = Math.Round(check.Error, 12),
            OfBound = Math.Round(check.OfBound, 4),
            Registers = check.Loaded!.Registers,
            LocalBytes = check.Loaded.LocalBytes,
            SharedBytes = check.Loaded.StaticSharedBytes,
        });
        manifest.Update(KernelCatalog.All, passed, checks.Where(check => check.Failure is not null).Select(check => check.Variant.Name).ToHashSet());
        ManifestFile.Write(manifest, path);
        screen.Line($"{path}: {manifest.Verified.Count} verified, {manifest.Unverified.Count} not.");
    }
}
