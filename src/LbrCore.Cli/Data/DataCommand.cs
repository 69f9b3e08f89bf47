using System.CommandLine;
using LbrCore.Cli.Models;
using LbrCore.Cli.Terminal;
using LbrCore.Tasks;

namespace LbrCore.Cli.Data;

/// <summary><c>lbr data</c>: writes problems with worked solutions.</summary>
internal static class DataCommand
{
    // Problems that are made at a time, on all cores.
    private const int Batch = 1024;

    /// <summary>The command, with one below it for each task.</summary>
    public static Command Create(Screen screen)
    {
        var command = new Command("data", "Writes problems with worked solutions as JSON lines: train.jsonl and held_out.jsonl, which share no problem, with the task and its vocabulary beside them.");
        foreach (string name in TaskCatalog.Names) command.Subcommands.Add(Create(name, screen));
        return command;
    }

    private static Command Create(string name, Screen screen)
    {
        Option<string> output = new("--out", "-o") { Description = "The folder; it is made where it does not exist.", HelpName = "folder", Required = true };
        Option<int> count = new("--count", "-n") { Description = "Problems to train on.", HelpName = "problems", DefaultValueFactory = _ => 1000 };
        Option<int> heldOut = new("--held-out") { Description = "Problems to measure with.", HelpName = "problems", DefaultValueFactory = _ => 1000 };
        Option<ulong> seed = new("--seed") { Description = "The same seed gives the same problems.", HelpName = "number", DefaultValueFactory = _ => 0 };
        Option<string[]> settings = TaskOptions.Settings();
        var command = new Command(name, $"Problems of the task {name}.") { output, count, heldOut, seed, settings };
        command.SetAction((parsed, cancellation) => Task.FromResult(Write(
            TaskOptions.Create(name, parsed.GetValue(settings) ?? []), parsed.GetRequiredValue(output), (parsed.GetValue(count), parsed.GetValue(heldOut)), parsed.GetValue(seed), screen, cancellation)));
        return command;
    }

    private static int Write(ReasoningTask task, string folder, (int Train, int HeldOut) counts, ulong seed, Screen screen, CancellationToken cancellation)
    {
        if (counts.Train < 0 || counts.HeldOut < 0) throw new UsageException($"--count is {counts.Train} and --held-out {counts.HeldOut}; neither can be negative.");
        Directory.CreateDirectory(folder);
        TaskCatalog.Save(task, folder);
        foreach ((ProblemSplit split, string file, int count) in new[] { (ProblemSplit.Train, "train.jsonl", counts.Train), (ProblemSplit.HeldOut, "held_out.jsonl", counts.HeldOut) })
        {
            string path = Path.Combine(folder, file);
            var progress = new ProgressLine<int>(screen, done => $"{file}: {done} of {count} problems");
            using (StreamWriter writer = File.CreateText(path))
            {
                writer.NewLine = "\n";
                for (int first = 0; first < count; first += Batch)
                {
                    cancellation.ThrowIfCancellationRequested();
                    foreach (Problem problem in task.GetProblems(split, seed, first, Math.Min(Batch, count - first))) writer.WriteLine(Line(task, problem));
                    progress.Report(first);
                }
            }

            progress.Done($"{file}: {count} problems in {Format.Milliseconds(progress.Elapsed.TotalMilliseconds)}");
            screen.Line($"{path}: {count} problems");
        }

        return 0;
    }

    private static string Line(ReasoningTask task, Problem problem) => Json.OneLine(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("id", problem.Hash.ToString("x16", System.Globalization.CultureInfo.InvariantCulture));
        writer.WriteString("prompt", task.Vocabulary.Decode(problem.Prompt));
        writer.WriteString("solution", task.Vocabulary.Decode(problem.Solution));
        JsonIds.Write(writer, "prompt_ids", problem.Prompt);
        JsonIds.Write(writer, "solution_ids", problem.Solution);
        writer.WriteEndObject();
    });
}
