using System.Text.Json;
using LbrCore.Formats.Tokenization;
using LbrCore.Tasks;
using Xunit;

namespace LbrCore.Cli.Tests.Data;

public sealed class DataCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lbrcore-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("reachability")]
    [InlineData("recall")]
    [InlineData("arithmetic")]
    [InlineData("countdown")]
    public void Sets_are_written_with_their_task(string name)
    {
        string folder = Path.Combine(_folder, "new", name);
        Lbr run = Lbr.Run("data", name, "--out", folder, "--count", "20", "--held-out", "5", "--seed", "3");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        ReasoningTask task = TaskCatalog.Load(folder)!;
        ListTokenizer tokens = ListTokenizer.Load(folder);
        var ids = new HashSet<string>();
        foreach ((string file, ProblemSplit split, int count) in new[] { ("train.jsonl", ProblemSplit.Train, 20), ("held_out.jsonl", ProblemSplit.HeldOut, 5) })
        {
            string[] lines = File.ReadAllLines(Path.Combine(folder, file));
            Assert.Equal(count, lines.Length);
            for (int i = 0; i < count; i++)
            {
                using JsonDocument json = JsonDocument.Parse(lines[i]);
                Problem problem = task.GetProblem(split, 3, i);
                Assert.Equal(problem.Prompt, tokens.Encode(json.RootElement.GetProperty("prompt").GetString()));
                Assert.Equal(problem.Solution, json.RootElement.GetProperty("solution_ids").EnumerateArray().Select(id => id.GetInt32()));
                ids.Add(json.RootElement.GetProperty("id").GetString()!);
            }
        }

        Assert.Equal(25, ids.Count);
    }

    [Fact]
    public void Settings_reach_the_task()
    {
        Assert.Equal(0, Lbr.Run("data", "reachability", "--out", _folder, "--count", "1", "--held-out", "0", "--set", "radix=4", "--set", "width=2").ExitCode);
        Assert.Equal(139, TaskCatalog.Load(_folder)!.MaxPromptLength);
    }

    [Fact]
    public void Too_few_problems_are_no_defect()
    {
        Lbr run = Lbr.Run("data", "recall", "--out", _folder, "--count", "9", "--held-out", "9", "--set", "radix=2", "--set", "width=1", "--set", "edges=1", "--set", "queries=1");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("too few", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("defect", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no member 'widht'", 1, "--set", "widht=2")]
    [InlineData("no setting", 2, "--set", "width")]
    [InlineData("too few for 16 nodes", 2, "--set", "width=2")]
    [InlineData("neither can be negative", 2, "--count", "-1")]
    public void Mistakes_are_one_sentence(string part, int code, params string[] arguments)
    {
        Lbr run = Lbr.Run(["data", "reachability", "--out", _folder, .. arguments]);
        Assert.Equal(code, run.ExitCode);
        Assert.Contains(part, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }
}
