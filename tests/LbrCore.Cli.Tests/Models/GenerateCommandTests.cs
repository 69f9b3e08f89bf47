using System.Text.Json;
using LbrCore.Formats;
using LbrCore.Formats.Safetensors;
using Xunit;

namespace LbrCore.Cli.Tests.Models;

public class GenerateCommandTests
{
    private const string Model = "qwen2-tiny-f32";

    [Fact]
    public void Greedy_ids_are_the_references()
    {
        using SafetensorsModel expected = Fixture.Expected(Model);
        int[] ids = expected.ReadAsInt32("greedy.tokens");
        Lbr run = Generate("--prompt-ids", string.Join(',', ids[..8]), "--max-tokens", "40", "--temperature", "0", "--json");
        Assert.Equal(0, run.ExitCode);
        using JsonDocument json = JsonDocument.Parse(run.Output);
        Assert.Equal(ids[..8], Ids(json, "prompt_ids"));
        Assert.Equal(ids[8..], Ids(json, "output_ids"));
        Assert.Equal("length", json.RootElement.GetProperty("finish_reason").GetString());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("text").ValueKind);
        Assert.True(json.RootElement.GetProperty("timings").GetProperty("tokens_per_second").GetDouble() > 0);
    }

    [Fact]
    public void Without_a_tokenizer_ids_are_streamed()
    {
        Lbr run = Generate("--prompt-ids", "1,2,3", "--max-tokens", "5", "--seed", "4");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(5, run.Output.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Length);
        Assert.Contains("tokens/s", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_draws_the_same_text_and_another_does_not()
    {
        string[] arguments = ["--prompt-ids", "9,8,7", "--max-tokens", "12", "--temperature", "1.5", "--top-k", "0", "--top-p", "1"];
        string first = Generate([.. arguments, "--seed", "1"]).Output;
        Assert.Equal(first, Generate([.. arguments, "--seed", "1"]).Output);
        Assert.NotEqual(first, Generate([.. arguments, "--seed", "2"]).Output);
    }

    [Theory]
    [InlineData("Give a prompt")]
    [InlineData("one prompt only", "--prompt", "x", "--prompt-ids", "1")]
    [InlineData("no tokenizer", "--prompt", "x")]
    [InlineData("'x' is no token id", "--prompt-ids", "1,x")]
    [InlineData("Temperature is -1", "--prompt-ids", "1", "--temperature", "-1")]
    [InlineData("Token 600", "--prompt-ids", "600")]
    [InlineData("no element type", "--prompt-ids", "1", "--type", "f64")]
    public void What_cannot_be_generated_is_one_sentence(string reason, params string[] arguments)
    {
        Lbr run = Generate(arguments);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_none_is_named()
    {
        Lbr run = Lbr.Run("generate", "--model", "/nowhere/at/all", "--prompt-ids", "1");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("/nowhere/at/all", run.Error, StringComparison.Ordinal);
    }

    private static Lbr Generate(params string[] arguments) => Lbr.Run(["generate", "--device", "cpu", "--model", Fixture.Model(Model), .. arguments]);

    private static int[] Ids(JsonDocument json, string name) => [.. json.RootElement.GetProperty(name).EnumerateArray().Select(id => id.GetInt32())];
}
