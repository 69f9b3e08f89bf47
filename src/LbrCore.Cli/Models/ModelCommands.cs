using System.CommandLine;
using LbrCore.Cli.Terminal;
using LbrCore.Cli.Tune;

namespace LbrCore.Cli.Models;

/// <summary>The commands that use a model.</summary>
internal static class ModelCommands
{
    /// <summary>The commands.</summary>
    public static IEnumerable<Command> Create(Screen screen) =>
    [
        InfoCommand.Create(screen),
        TokenizeCommand.Create(screen, Console.In),
        GenerateCommand.Create(screen),
        ReplayCommand.Create(screen),
        TuneCommand.Create(screen),
        ForwardCommand.Create(screen),
    ];
}
