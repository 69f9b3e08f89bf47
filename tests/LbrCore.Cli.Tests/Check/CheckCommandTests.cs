using System.Text.Json;
using Xunit;

namespace LbrCore.Cli.Tests.Check;

public class CheckCommandTests
{
    [Fact]
    public void Checks_are_a_table_with_figures_and_bounds()
    {
        Lbr run = Lbr.Run("check", "--device", "cpu", "--filter", "router-fresh,budg*");
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"router-fresh +0 +0 +ok", run.Output);
        Assert.Matches(@"budget +0 +0 +ok", run.Output);
        Assert.Contains("2 of 2 checks hold", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void For_programs_they_are_json()
    {
        Lbr run = Lbr.Run("check", "--device", "cpu", "--type", "bf16", "--filter", "graph-launches", "--json");
        Assert.Equal(0, run.ExitCode);
        using JsonDocument json = JsonDocument.Parse(run.Output);
        Assert.Equal("BF16", json.RootElement.GetProperty("type").GetString());
        JsonElement check = Assert.Single(json.RootElement.GetProperty("checks").EnumerateArray());
        Assert.Equal((1, true), (check.GetProperty("figure").GetDouble(), check.GetProperty("passed").GetBoolean()));
    }

    [Fact]
    public void They_can_be_listed_without_running() => Assert.Contains("sum to one", Lbr.Run("check", "--list").Output, StringComparison.Ordinal);

    [Fact]
    public void A_name_that_is_none_is_refused_with_those_that_are()
    {
        Lbr run = Lbr.Run("check", "--device", "cpu", "--filter", "nonsense");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("there are causal-forward, tree-attention", run.Error, StringComparison.Ordinal);
    }
}
