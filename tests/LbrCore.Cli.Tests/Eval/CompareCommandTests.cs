using Xunit;

namespace LbrCore.Cli.Tests.Eval;

public sealed class CompareCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lbrcore-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Seeds_are_put_together_and_paired_with_the_baseline()
    {
        string[] files = [Write("discrete-1", "0 1 2 0"), Write("discrete-2", "0 0 2 0"), Write("lbr-1", "1 2 2 0"), Write("lbr-2", "1 1 2 0"), Write("short-1", "2 2"), Write("else-1", "1 1 1 1", set: "f")];
        string[] lines = Lines(Lbr.Run(["compare", .. files]));
        Assert.Equal(6, lines.Length);
        // Three and two of eight right, against five and four: a quarter more, and never less on any problem.
        Assert.StartsWith("discrete: m 2 31.2 37.5 25.0 37.5 @2", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("lbr: m 2 56.2 62.5 50.0", lines[2], StringComparison.Ordinal);
        Assert.Contains("+25.0 [0.0, +50.0]", lines[2], StringComparison.Ordinal);
        Assert.EndsWith("(+25.0 +25.0)", lines[2], StringComparison.Ordinal);
        Assert.EndsWith("other problems", lines[3], StringComparison.Ordinal);
        Assert.EndsWith("other problems", lines[4], StringComparison.Ordinal);
        Assert.Contains("there are discrete: m", Lbr.Run(["compare", .. files, "--baseline", "x"]).Error, StringComparison.Ordinal);
        Assert.Contains("without votes", Lbr.Run(["compare", .. files, "--baseline", "lbr: m, best"]).Error, StringComparison.Ordinal);
        Assert.Equal(2, Lbr.Run(["compare", .. files, "--method", "x"]).ExitCode);
        Assert.Contains("at most 2 answers", Lbr.Run(["compare", .. files, "--pass-at", "3"]).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_baselines_and_several_answers_have_columns()
    {
        string[] files = [Write("discrete-1", "0 1 2 0", votes: "0 1 1 0"), Write("lbr-1", "1 2 2 0", votes: "1 1 1 0")];
        string[] lines = Lines(Lbr.Run(["compare", .. files, "--pass-at", "2", "--baseline", "discrete: m", "--baseline", "discrete: m, best"]));
        Assert.Contains("pass@2 %", lines[0], StringComparison.Ordinal);
        Assert.EndsWith("minus discrete: m minus discrete: m, best", lines[0], StringComparison.Ordinal);
        // One of two answers is right for two problems, and for three.
        Assert.StartsWith("discrete: m 1 50.0 50.0 50.0 @2 50.0 50.0", lines[1], StringComparison.Ordinal);
        Assert.Matches(@"^lbr: m 1 75\.0 .* \+25\.0 \[0\.0, \+75\.0\] \+25\.0 \[0\.0, \+75\.0\]$", lines[2]);
    }

    [Fact]
    public void Seeds_that_cannot_be_put_together_are_named()
    {
        string one = Write("lbr-1", "1 2"), other = Write("lbr-2", "1 2", set: "f");
        Assert.Contains("different problems", Lbr.Run("compare", one, other).Error, StringComparison.Ordinal);
        Assert.Contains("two evaluations of lbr: m with seed 1", Lbr.Run("compare", one, one).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"methods":[{"method":"m"}]}""")]
    [InlineData("""{"methods":[{"method":"m","samples":1,"pass_at_k":{},"rows_per_answer":1,"correct_of_each_problem":"x"}]}""")]
    [InlineData("""{"methods":[{"method":"m","samples":1,"rows_per_answer":1,"correct_of_each_problem":"1 2"}]}""")]
    [InlineData("""{"methods":[{"method":"m","samples":0,"rows_per_answer":1,"correct_of_each_problem":"0"}]}""")]
    [InlineData("""{"methods":[{"method":"m","samples":1,"rows_per_answer":1,"correct_of_each_problem":"1","majority_of_each_problem":"1"}]}""")]
    public void Other_files_are_named(string text)
    {
        string path = Path.Combine(_folder, "other.json");
        File.WriteAllText(path, text);
        Lbr run = Lbr.Run("compare", path);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("other.json", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    private static string[] Lines(Lbr run)
    {
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return [.. run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
    }

    private string Write(string name, string correct, string set = "e", string? votes = null)
    {
        string path = Path.Combine(_folder, name + ".json");
        string voted = votes is null ? "" : $""","majority_of_each_problem":"{votes}","best_of_each_problem":"{votes}" """;
        File.WriteAllText(path, $$"""{"problem_set":"{{set}}","methods":[{"method":"m","samples":2,"rows_per_answer":9.5,"correct_of_each_problem":"{{correct}}"{{voted}}}]}""");
        return path;
    }
}
