using System.CommandLine;
using System.Globalization;
using LbrCore.Cli.Terminal;
using LbrCore.Compute;

namespace LbrCore.Cli.Bench;

/// <summary><c>lbr kernels bench</c>: what the kernels reach on a device, beside what the device can do.</summary>
internal static class BenchCommand
{
    private const double DefaultSeconds = 120;

    /// <summary>The command.</summary>
    public static Command Create(Screen screen)
    {
        Option<string?> device = CommonOptions.Device();
        Option<string?> filter = CommonOptions.Filter();
        var json = new Option<FileInfo?>("--json") { Description = "Also writes each result as a line of JSON into this file.", HelpName = "file" };
        var seconds = new Option<double>("--seconds") { Description = "After this time no new case is begun.", DefaultValueFactory = _ => DefaultSeconds };
        seconds.Validators.Add(result =>
        {
            // Text that is no number is refused by the parser itself.
            if (result.Tokens is [{ Value: { } text }] && double.TryParse(text, CultureInfo.InvariantCulture, out double value) && value is not (> 0 and < 1e6))
                result.AddError($"--seconds is {text}; give a number above 0");
        });
        var sweep = new Option<bool>("--sweep") { Description = "Times every shape of Linear and every plan of tree attention that can run, not only the chosen one." };
        var command = new Command("bench", "Times the kernels on the device. Parts: load, ceilings, elements, launch, rows, gemm, router, attn, prefill, decode, step, train, grpo. Shapes of attn, gemm, decode and step can be given.") { device, filter, json, seconds, sweep };
        var shapes = new BenchShapeOptions();
        foreach (Option option in shapes.All) command.Options.Add(option);
        command.SetAction(parsed =>
        {
            BenchShapes asked = shapes.Read(parsed);
            using Device opened = Device.Open(parsed.GetValue(device));
            screen.Line(opened.SelectionReason);
            var rows = new List<BenchRow>();
            using (StreamWriter? lines = Lines(parsed.GetValue(json)))
            using (var session = new BenchSession(opened, parsed.GetValue(filter), parsed.GetValue(seconds), row => Add(row, rows, lines)) { Sweep = parsed.GetValue(sweep), Shapes = asked })
                Run(session, rows, screen);
            return Show(rows, parsed.GetValue(filter), screen);
        });
        return command;
    }

    private static void Run(BenchSession session, List<BenchRow> rows, Screen screen)
    {
        foreach ((string name, Action<BenchSession> run) in Parts)
        {
            int before = rows.Count;
            try
            {
                run(session);
            }
            catch (DeviceUnavailableException exception)
            {
                // A kernel ended the device; what was measured before is still worth showing.
                session.Report(new BenchRow(name, "the rest", "", 0) { Skipped = exception.Message });
                return;
            }

            if (rows.Count > before) screen.Progress($"{name}: {rows.Count - before} measured");
        }
    }

    private static int Show(List<BenchRow> rows, string? filter, Screen screen)
    {
        if (rows.Count == 0) throw new UsageException($"The filter '{filter}' matches no case; the parts are {string.Join(", ", Array.ConvertAll(Parts, part => part.Name))}.");
        screen.Table(BenchTable.Of(rows));
        return rows.Any(row => row.Skipped is not null and not BenchSession.OutOfTime) ? 1 : 0;
    }

    private static StreamWriter? Lines(FileInfo? file)
    {
        file?.Directory?.Create();
        return file is null ? null : new StreamWriter(file.FullName) { NewLine = "\n", AutoFlush = true };
    }

    private static void Add(BenchRow row, List<BenchRow> rows, StreamWriter? lines)
    {
        rows.Add(row);
        lines?.WriteLine(row.ToJson());
    }

    private static readonly (string Name, Action<BenchSession> Run)[] Parts =
    [
        ("load", LoadBench.Run),
        ("elements", ElementsBench.Run),
        ("launch", LaunchBench.Run),
        ("rows", RowsBench.Run),
        ("gemm", LinearBench.Run),
        ("router", RouterBench.Run),
        ("attn", AttentionBench.Run),
        ("prefill", PrefillBench.Run),
        ("decode", DecodeBench.Run),
        ("step", StepBench.Run),
        ("train", TrainBench.Run),
        ("grpo", GrpoBench.Run),
    ];
}
