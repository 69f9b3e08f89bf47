using System.Collections;
using System.Diagnostics;
using System.Text;
using Xunit;

namespace LbrCore.Cli.Tests.Packages;

/// <summary>The dotnet command in a folder of its own, as a user runs it.</summary>
internal static class Dotnet
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    /// <summary>Runs it; a failure is the test's, with all that was printed.</summary>
    /// <param name="folder">Where it runs.</param>
    /// <param name="packages">Where packages are unpacked, instead of the folder that all projects of the machine share.</param>
    /// <param name="args">Its arguments.</param>
    /// <returns>What was printed to standard output and standard error.</returns>
    public static string Run(string folder, string packages, params string[] args)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", args)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What the build that runs these tests told its own processes is not for this one.
        foreach (string name in Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)))
            start.Environment.Remove(name);
        // Servers that outlive the command would hold the ends of its output open.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["NUGET_PACKAGES"] = packages;
        start.Environment["LBR_DEVICE"] = "cpu";
        var output = new StringBuilder();
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += Add;
        process.ErrorDataReceived += Add;
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        bool ended = process.WaitForExit(s_limit);
        if (ended) process.WaitForExit();
        else process.Kill(entireProcessTree: true);
        lock (output)
        {
            Assert.True(ended && process.ExitCode == 0, $"dotnet {string.Join(' ', args)} {(ended ? $"ended with {process.ExitCode}" : $"took more than {s_limit}")}:\n{output}");
            return output.ToString();
        }

        void Add(object sender, DataReceivedEventArgs line)
        {
            lock (output) output.Append(line.Data).Append('\n');
        }
    }
}
