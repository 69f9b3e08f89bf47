using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;
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
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null, Output = screen.Out, Error = screen.Error };
        if (Complaint(parsed) is { } complaint)
        {
            screen.Error.WriteLine($"{complaint.TrimEnd('.')}. See '{string.Join(' ', Path(parsed.CommandResult))} --help'.");
            return WrongUsage;
        }

        // A command that cannot be asked to stop is ended by the system, as any program is.
        using Interruption? interruption = parsed.Action is AsynchronousCommandLineAction ? new Interruption(screen) : null;
        try
        {
            return parsed.InvokeAsync(configuration, interruption?.Token ?? CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (interruption is { Token.IsCancellationRequested: true })
        {
            return interruption.ExitCode;
        }
        catch (Exception exception)
        {
            return Failure.Report(exception, screen);
        }
    }

    // What is wrong with the command line, or null.
    private static string? Complaint(ParseResult parsed)
    {
        foreach (Option option in parsed.CommandResult.Command.Options)
        {
            foreach (Token token in parsed.GetResult(option)?.Tokens ?? [])
                if (Expected(option.ValueType, token.Value) is { } expected) return $"'{token.Value}' is no {expected}, which {option.Name} takes";
        }

        return parsed.Errors is [var first, ..] ? first.Message : null;
    }

    // What a text should be and is not, or null. Numbers have no marks between thousands, for which the parser would take the comma of 0,7.
    private static string? Expected(Type type, string text)
    {
        Type number = Nullable.GetUnderlyingType(type) ?? type;
        if (number == typeof(double)) return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? null : "number";
        if (number == typeof(int)) return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? null : "whole number";
        return number != typeof(ulong) || ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? null : "whole number from 0";
    }

    private static IEnumerable<string> Path(CommandResult result)
    {
        var names = new Stack<string>();
        for (SymbolResult? at = result; at is not null; at = at.Parent)
            if (at is CommandResult command) names.Push(command.Command is RootCommand ? "lbr" : command.Command.Name);
        return names;
    }
}
