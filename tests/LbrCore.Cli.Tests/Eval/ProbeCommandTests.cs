using System.Text.Json;
using Xunit;

namespace LbrCore.Cli.Tests.Eval;

public class ProbeCommandTests
{
    [Fact]
    public void Probes_read_the_node_that_was_just_written_even_from_a_random_model()
    {
        using var model = new TaskModel();
        string[] small = ["--task", "reachability", "--set", "nodes=8", "edges=10", "radix=8", "width=1"];
        Lbr run = Lbr.Run(["probe", "--device", "cpu", "--model", model.Path, "--train-problems", "40", "--problems", "20", "--json", .. small]);
        Assert.Equal(0, run.ExitCode);
        using JsonDocument json = JsonDocument.Parse(run.Output);
        Assert.InRange(json.RootElement.GetProperty("branching_points").GetInt32(), 3, 200);
        double[] before = [.. json.RootElement.GetProperty("before").EnumerateArray().Select(value => value.GetDouble())];
        Assert.InRange(before[0], before[1], before[2]);
        Assert.InRange(before[0], 0.2, 0.8);
        // The state after a node of one digit holds that digit's embedding.
        Assert.True(Assert.Single(json.RootElement.GetProperty("identity").EnumerateArray()).GetDouble() > 0.5);
    }

    [Fact]
    public void Other_tasks_are_refused()
    {
        using var model = new TaskModel("arithmetic");
        Lbr run = Lbr.Run("probe", "--device", "cpu", "--model", model.Path);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("reachability", run.Error, StringComparison.Ordinal);
    }
}
