using LbrCore.Cli.Terminal;

namespace LbrCore.Cli.Tests;

/// <summary>Runs the command line inside the test's process.</summary>
internal sealed record Lbr(int ExitCode, string Output, string Error)
{
    public static Lbr Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = CommandLine.Run(args, new Screen(output, error));
        return new Lbr(code, output.ToString(), error.ToString());
    }
}
