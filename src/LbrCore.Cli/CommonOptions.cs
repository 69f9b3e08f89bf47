using System.CommandLine;

namespace LbrCore.Cli;

/// <summary>Options that mean the same in every command.</summary>
internal static class CommonOptions
{
    /// <summary><c>--device</c>.</summary>
    public static Option<string?> Device() => new("--device", "-d")
    {
        Description = "cuda, cuda:N, cpu or cpu:scalar; without it the environment variable LBR_DEVICE, else a GPU if there is one, else the CPU.",
        HelpName = "device",
    };

    /// <summary><c>--filter</c>.</summary>
    public static Option<string?> Filter() => new("--filter", "-f")
    {
        Description = "Only what has one of these in its name: parts of names or patterns with *, separated by commas.",
        HelpName = "names",
    };

    /// <summary><c>--json</c> as a switch.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Writes JSON instead of text." };
}
