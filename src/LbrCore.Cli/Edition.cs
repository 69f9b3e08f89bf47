using System.CommandLine;
using System.Diagnostics.CodeAnalysis;
using LbrCore.Cli.Check;
using LbrCore.Cli.Data;
using LbrCore.Cli.Demo;
using LbrCore.Cli.Eval;
using LbrCore.Cli.Terminal;
using LbrCore.Cli.Training;

namespace LbrCore.Cli;

/// <summary>What this program was built to do: everything, or to run models alone, which a trimmed program does in a third of the size.</summary>
internal static class Edition
{
    private const string TrainingSwitch = "LbrCore.Training";

    /// <summary>Whether the program trains, evaluates, proves and times its kernels and decoders, and writes data and plots, beside running models.</summary>
    [FeatureSwitchDefinition(TrainingSwitch)]
    public static bool HasTraining => !AppContext.TryGetSwitch(TrainingSwitch, out bool training) || training;

    /// <summary>The commands around training; where they are left out, commands of the same names that say so.</summary>
    public static IEnumerable<Command> TrainingCommands(Screen screen) => HasTraining
        ?
        [
            CheckCommand.Create(screen),
            DemoCommand.Create(screen),
            DataCommand.Create(screen),
            EvalCommand.Create(screen),
            ProbeCommand.Create(screen),
            CompareCommand.Create(screen),
            PlotCommand.Create(screen),
            TrainCommands.Create(screen),
        ]
        : [Missing("check"), Missing("demo"), Missing("data"), Missing("eval"), Missing("probe"), Missing("compare"), Missing("plot"), Missing("train")];

    /// <summary>A command that a small program does not have: whatever follows its name, it says where to find it. Not listed in the help.</summary>
    /// <param name="name">Its own name.</param>
    /// <param name="path">Its name with those of the commands around it, where there are any.</param>
    public static Command Missing(string name, string? path = null)
    {
        var command = new Command(name) { Hidden = true, TreatUnmatchedTokensAsErrors = false };
        command.SetAction(Refuse);
        return command;

        int Refuse(ParseResult parsed) => throw Absent($"'lbr {path ?? name}'");
    }

    /// <summary>The error for what a small program does not have.</summary>
    /// <param name="what">A command or option, quoted.</param>
    public static UsageException Absent(string what) => new($"{what} is not in this program, which was built to run models. The full lbr has it: see \"Publish\" in the README.");
}
