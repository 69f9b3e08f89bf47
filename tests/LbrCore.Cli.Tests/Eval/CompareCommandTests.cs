using Xunit;

namespace LbrCore.Cli.Tests.Eval;

public sealed class CompareCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lbrcore-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Seeds_are_put_together_and_paired_with_the_baseline()
    {
        string[] files = [Write("discrete-1", "0 1 2 0"), Write("discrete-2", "0 0 2 0"), Write("lbr-1", "1 2 2 0"), Write("lbr-2", "1 1 2 0"), Write("short-1", "2 2")];
        Lbr run = Lbr.Run(["compare", .. files]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        string[] lines = [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
        Assert.Equal(4, lines.Length);
        // Three and two of eight right, against five and four: a quarter more, and never less on any problem.
        Assert.StartsWith("discrete: m 2 31.2 37.5 25.0 75.0 @2", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("lbr: m 2 56.2 62.5 50.0", lines[2], StringComparison.Ordinal);
        Assert.Contains("+25.0 [+", lines[2], StringComparison.Ordinal);
        Assert.EndsWith("other problems", lines[3], StringComparison.Ordinal);
        Assert.Contains("there are discrete: m", Lbr.Run(["compare", .. files, "--baseline", "x"]).Error, StringComparison.Ordinal);
        Assert.Equal(2, Lbr.Run(["compare", .. files, "--method", "x"]).ExitCode);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"methods":[{"method":"m"}]}""")]
    [InlineData("""{"methods":[{"method":"m","samples":1,"pass_at_k":{},"rows_per_answer":1,"correct_of_each_problem":"x"}]}""")]
    public void Other_files_are_named(string text)
    {
        string path = Path.Combine(_folder, "other.json");
        File.WriteAllText(path, text);
        Lbr run = Lbr.Run("compare", path);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("other.json", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    private string Write(string name, string correct)
    {
        string path = Path.Combine(_folder, name + ".json");
        File.WriteAllText(path, $$"""{"methods":[{"method":"m","samples":2,"pass_at_k":{"2":0.75},"rows_per_answer":9.5,"correct_of_each_problem":"{{correct}}"}]}""");
        return path;
    }
}
