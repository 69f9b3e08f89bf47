using LbrCore.Reporting;
using Xunit;

namespace LbrCore.Cli.Tests.Eval;

public sealed class PlotCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lbrcore-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Runs_are_drawn_together()
    {
        string one = Log("one", 1), two = Log("two", 2);
        Lbr run = Lbr.Run("plot", one, two, "--metric", "reward");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("* one  + two", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("loss", run.Output, StringComparison.Ordinal);
        string html = Path.Combine(_folder, "page.html");
        Assert.Equal(0, Lbr.Run("plot", one, two, "--html", html).ExitCode);
        Assert.Equal(2, File.ReadAllText(html).Split("<svg").Length - 1);
        Assert.Contains("they have", Lbr.Run("plot", one, "--metric", "x").Error, StringComparison.Ordinal);
        Assert.Equal(1, Lbr.Run("plot", Path.Combine(_folder, "none.jsonl")).ExitCode);
    }

    private string Log(string name, double slope)
    {
        Directory.CreateDirectory(Path.Combine(_folder, name));
        string path = Path.Combine(_folder, name, "log.jsonl");
        using var log = MetricLog.Create(path);
        for (int step = 1; step <= 30; step++) log.Write("train", step, ("loss", 1 / (slope * step)), ("reward", slope * step));
        return path;
    }
}
