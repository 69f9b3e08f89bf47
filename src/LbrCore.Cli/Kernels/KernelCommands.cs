using System.CommandLine;
using LbrCore.Cli.Bench;
using LbrCore.Cli.Terminal;

namespace LbrCore.Cli.Kernels;

/// <summary><c>lbr kernels</c>: everything about the kernels themselves.</summary>
internal static class KernelCommands
{
    /// <summary>The command with its subcommands.</summary>
    public static Command Create(Screen screen) => new("kernels", "Lists, shows, verifies, loads and times the kernels.")
    {
        ListCommand.Create(screen),
        ShowCommand.Create(screen),
        Edition.HasTraining ? VerifyCommand.Create(screen) : Edition.Missing("verify", "kernels verify"),
        WarmCommand.Create(screen),
        Edition.HasTraining ? BenchCommand.Create(screen) : Edition.Missing("bench", "kernels bench"),
    };
}
