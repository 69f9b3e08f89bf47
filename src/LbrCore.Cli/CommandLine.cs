using System.CommandLine;
using System.CommandLine.Parsing;
using LbrCore.Cli.Doctor;
using LbrCore.Cli.Kernels;
using LbrCore.Cli.Models;
using LbrCore.Cli.Terminal;

namespace LbrCore.Cli;

/// <summary>The commands of <c>lbr</c> and the one place where their errors become sentences and exit codes.</summary>
/// <remarks>Exit codes: 0 all went well, 1 the work failed or a check did, 2 the command line is wrong.</remarks>
internal static class CommandLine
{
    private const int WrongUsage = 2;

    /// <summary>Parses and runs a command line.</summary>
    /// <param name="args">The arguments after the program's name.</param>
    /// <param name="screen">Where everything is written.</param>
    /// <returns>The exit code.</returns>
    public static int Run(IReadOnlyList<string> args, Screen screen)
    {
        var root = new RootCommand("LbrCore: language models that look ahead by Local Branch Routing, on kernels written once in C# for CUDA and the CPU.")
        {
            DoctorCommand.Create(screen),
            KernelCommands.Create(screen),
        };
        foreach (Command command in Edition.TrainingCommands(screen)) root.Subcommands.Add(command);
        foreach (Command command in ModelCommands.Create(screen)) root.Subcommands.Add(command);
        ParseResult parsed = root.Parse(args.Count == 0 ? ["--help"] : args);
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = screen.Out, Error = screen.Error };
        if (parsed.Errors.Count > 0) return Refuse(parsed, screen);
        try
        {
            return parsed.Invoke(configuration);
        }
        catch (Exception exception)
        {
            return Failure.Report(exception, screen);
        }
    }

    private static int Refuse(ParseResult parsed, Screen screen)
    {
        string path = string.Join(' ', Path(parsed.CommandResult));
        screen.Error.WriteLine($"{parsed.Errors[0].Message.TrimEnd('.')}. See '{path} --help'.");
        return WrongUsage;
    }

    private static IEnumerable<string> Path(CommandResult result)
    {
        var names = new Stack<string>();
        for (SymbolResult? at = result; at is not null; at = at.Parent)
            if (at is CommandResult command) names.Push(command.Command is RootCommand ? "lbr" : command.Command.Name);
        return names;
    }
}
