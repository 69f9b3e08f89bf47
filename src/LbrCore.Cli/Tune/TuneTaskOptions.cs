using System.CommandLine;
using LbrCore.Cli.Data;
using LbrCore.Decoding;
using LbrCore.Tasks;
using LbrCore.Tuning;

namespace LbrCore.Cli.Tune;

/// <summary>Problems that trees answer while they are tuned, on the command line.</summary>
internal sealed class TuneTaskOptions
{
    private readonly Option<string?> _task = new("--task")
    {
        Description = $"Also measures how well trees answer: {string.Join(", ", TaskCatalog.Names)}, a task.json, or a .jsonl file with problem and answer on each line. The name of the model's own task takes its settings.",
        HelpName = "task",
    };

    private readonly Option<string[]> _settings = TaskOptions.Settings();
    private readonly Option<int?> _problems = new("--problems", "-n") { Description = "Problems of the task; without it 128 on a GPU and 32 on a CPU.", HelpName = "problems" };
    private readonly Option<int> _samples = new("--samples", "-s") { Description = "Answers to each problem.", HelpName = "answers", DefaultValueFactory = _ => 1 };
    private readonly Option<double> _temperature = new("--temperature") { Description = "Temperature of the answers.", HelpName = "number", DefaultValueFactory = _ => 1 };
    private readonly Option<ulong> _seed = new("--seed") { Description = "The same seed gives the same problems and answers.", HelpName = "number", DefaultValueFactory = _ => 0 };

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [_task, _settings, _problems, _samples, _temperature, _seed];

    /// <summary>What was asked for; null without a task.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="folder">The model's folder.</param>
    /// <param name="large">Whether a GPU answers.</param>
    /// <exception cref="UsageException">There is no such task, or this program has none.</exception>
    public TuningTask? Read(ParseResult parsed, string folder, bool large)
    {
        if (parsed.GetValue(_task) is not { } name) return null;
        // A program that runs models alone has no tasks, and this condition leaves them out of it.
        if (!Edition.HasTraining) throw Edition.Absent("'lbr tune --task'");
        return new TuningTask(Resolve(name, parsed.GetValue(_settings) ?? [], folder), parsed.GetValue(_problems) ?? (large ? 128 : 32))
        {
            Samples = parsed.GetValue(_samples),
            Sampling = new SamplingOptions { Temperature = parsed.GetValue(_temperature), Seed = parsed.GetValue(_seed) },
        };
    }

    // A model that was trained for the task of this name has its own settings of it.
    private static ReasoningTask Resolve(string name, string[] settings, string folder)
    {
        if (settings.Length == 0 && TaskCatalog.Names.Contains(name) && TaskCatalog.Load(folder, TaskLanguage.Load(folder)) is { } own && own.Name == name) return own;
        return TaskOptions.Resolve(name, settings, folder, null);
    }
}
