using System.Text.RegularExpressions;
using Xunit;

namespace LbrCore.Cli.Tests.Demo;

/// <summary>The weights of the repository solve problems that they have not seen.</summary>
public partial class WeightsTests
{
    [Fact]
    public void The_demonstration_solves_problems()
    {
        Lbr run = Lbr.Run("demo", "--device", "cpu", "--weights", Path.Combine(Root(), "weights"), "--problems", "4");
        Assert.Equal(0, run.ExitCode);
        // Looks as far ahead as its router was trained to.
        Match routed = Counts().Match(run.Output);
        Assert.True(routed.Success, run.Output);
        Assert.True(int.Parse(routed.Groups["right"].Value, System.Globalization.CultureInfo.InvariantCulture) >= 2, run.Output);
    }

    [Fact]
    public void The_weights_stay_small() =>
        Assert.InRange(Directory.EnumerateFiles(Path.Combine(Root(), "weights")).Sum(file => new FileInfo(file).Length), 1 << 20, 12 << 20);

    internal static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "LbrCore.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not lie in the repository.");
    }

    [GeneratedRegex(@"Local Branch Routing, K=3 L=2 +(?<right>\d+) +(?<wrong>\d+)")]
    private static partial Regex Counts();
}
