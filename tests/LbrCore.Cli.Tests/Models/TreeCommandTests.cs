using System.Text.Json;
using Xunit;

namespace LbrCore.Cli.Tests.Models;

public class TreeCommandTests
{
    private const string Model = "qwen2-tiny-f32";

    [Fact]
    public void A_trace_has_a_header_and_a_line_a_token_and_replays()
    {
        using var folder = new Fixture.Folder();
        Lbr run = Generate("--width", "3", "--depth", "2", "--seed", "3", "--trace", folder["trace.jsonl"]);
        Assert.Equal(0, run.ExitCode);
        JsonElement[] lines = [.. File.ReadLines(folder["trace.jsonl"]).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(1 + 6, lines.Length);
        Assert.Equal([1, 2, 3], lines[0].GetProperty("prompt_ids").EnumerateArray().Select(id => id.GetInt32()));
        Assert.Equal(12, lines[1].GetProperty("grown").GetArrayLength());
        Assert.Equal(9, lines[2].GetProperty("grown").GetArrayLength());
        Assert.Equal(run.Output.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), lines[1..].Select(line => line.GetProperty("committed").ToString()));
        Lbr replay = Lbr.Run("replay", folder["trace.jsonl"], "--device", "cpu", "--tolerance", "1e-4");
        Assert.Equal(0, replay.ExitCode);
        Assert.Contains("largest difference", replay.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Width_one_writes_what_plain_decoding_writes()
    {
        string[] arguments = ["--seed", "5", "--temperature", "1.2", "--top-p", "0.9"];
        Assert.Equal(Generate(arguments).Output, Generate([.. arguments, "--width", "1", "--depth", "3"]).Output);
    }

    [Fact]
    public void Trees_are_drawn_with_what_was_committed()
    {
        Lbr run = Generate("--width", "2", "--depth", "2", "--show-tree", "--seed", "1");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(6, run.Output.Split("committed").Length - 1);
        Assert.Contains("route 0.500", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("more than 64 nodes", "--width", "5", "--depth", "3")]
    [InlineData("The width is 0", "--width", "0")]
    [InlineData("'nope' is no router", "--router", "nope")]
    [InlineData("'best' is not known to --route", "--route", "best")]
    [InlineData("'x' is not known to --siblings", "--siblings", "x")]
    [InlineData("RouteTemperature is 0", "--route-temperature", "0")]
    [InlineData("widths up to 8", "--width", "9", "--siblings", "distinct")]
    [InlineData("the context has 2", "--width", "2", "--context", "2")]
    public void What_cannot_be_grown_is_one_sentence(string reason, params string[] arguments)
    {
        Lbr run = Generate(arguments);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_trace_is_one_sentence()
    {
        using var folder = new Fixture.Folder();
        File.WriteAllText(folder["x.jsonl"], "{}");
        Lbr run = Lbr.Run("replay", folder["x.jsonl"], "--device", "cpu");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("line 1: 'options' is missing", run.Error, StringComparison.Ordinal);
        Assert.Equal(1, Lbr.Run("replay", folder["none.jsonl"]).ExitCode);
    }

    private static Lbr Generate(params string[] arguments) =>
        Lbr.Run(["generate", "--device", "cpu", "--model", Fixture.Model(Model), "--prompt-ids", "1,2,3", "--max-tokens", "6", .. arguments]);
}
