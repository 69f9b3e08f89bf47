using System.Text.Json;
using Xunit;

namespace LbrCore.Cli.Tests.Models;

public class InfoCommandTests
{
    [Fact]
    public void It_counts_parameters_and_memory()
    {
        Lbr run = Lbr.Run("info", Fixture.Model("qwen2-tiny-f32"), "--batch", "3", "--context", "100", "--type", "f32", "--json");
        Assert.Equal(0, run.ExitCode);
        using JsonDocument json = JsonDocument.Parse(run.Output);
        JsonElement memory = json.RootElement.GetProperty("memory");
        // Three layers, two key-value heads of 16, keys and values, three texts of 100 tokens and a node, 4 bytes.
        Assert.Equal(3 * 2 * 16 * 2 * 3 * 101 * 4, memory.GetProperty("keys and values").GetInt64());
        long weights = new FileInfo(Path.Combine(Fixture.Model("qwen2-tiny-f32"), "model.safetensors")).Length;
        Assert.InRange(json.RootElement.GetProperty("parameters").GetInt64() * 4, weights - 10000, weights);
        Assert.True(memory.GetProperty("bytes").GetInt64() > memory.GetProperty("weights").GetInt64());
    }

    [Fact]
    public void It_names_what_a_person_asks_for()
    {
        Lbr run = Lbr.Run("info", Fixture.Model("llama3-tiny-f32-sharded"));
        Assert.Equal(0, run.ExitCode);
        foreach (string part in new[] { "Llama, 2 layers", "4 query heads, 4 key-value heads of 16", "Llama 3 scaling", "no tokenizer", "stop tokens", "for 1 text of 4096 tokens" })
            Assert.Contains(part, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_context_beyond_the_positions_is_refused()
    {
        Lbr run = Lbr.Run("info", Fixture.Model("qwen2-tiny-f32"), "--context", "4097");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("max_position_embeddings is 4096", run.Error, StringComparison.Ordinal);
    }
}
