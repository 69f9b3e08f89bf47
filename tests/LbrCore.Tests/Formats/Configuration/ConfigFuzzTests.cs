using LbrCore.Formats.Configuration;

namespace LbrCore.Tests.Formats.Configuration;

public class ConfigFuzzTests
{
    private const int BytesPerByte = 64, Constant = 1 << 17;

    [Fact]
    public void MutatedModelConfigsAreReadOrRefused()
    {
        string[] seeds = [.. PublishedConfigs.All, .. ModelFixtures.Names.Select(name => File.ReadAllText(Path.Combine(ModelFixtures.Folder(name), "config.json")))];
        int accepted = Run(seeds, 20_000, json =>
        {
            ModelConfig config = ModelConfig.Parse(json);
            // What was accepted can be computed with and written: sizes fit, frequencies are finite, the round trip is exact.
            Assert.True(config.QueryWidth > 0 && config.KeyValueWidth > 0 && config.NumAttentionHeads % config.NumKeyValueHeads == 0);
            Assert.All(config.RopeInverseFrequencies(), frequency => Assert.InRange(frequency, double.Epsilon, 1));
            Assert.Equal(config, ModelConfig.Parse(config.ToUtf8Json()));
        });
        Assert.InRange(accepted, 1000, 19_000);
    }

    [Fact]
    public void MutatedGenerationConfigsAreReadOrRefused()
    {
        string[] seeds =
        [
            """{"bos_token_id": 151643, "do_sample": true, "eos_token_id": [151645, 151643], "repetition_penalty": 1.1, "temperature": 0.7, "top_p": 0.8, "top_k": 20, "min_p": 0}""",
            File.ReadAllText(Path.Combine(ModelFixtures.Folder("qwen2-tiny-f32"), "generation_config.json")),
        ];
        Assert.InRange(Run(seeds, 5_000, json => GenerationConfig.Parse(json)), 200, 4_900);
    }

    private static int Run(string[] seeds, int trials, Action<byte[]> parse)
    {
        var mutation = new Mutation(42);
        int accepted = 0;
        for (int trial = 0; trial < trials; trial++)
        {
            byte[] json = mutation.Apply(seeds[trial % seeds.Length]);
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                parse(json);
                accepted++;
            }
            catch (ModelConfigException e)
            {
                Assert.InRange(e.Message.Length, 10, 1000);
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, Constant + BytesPerByte * json.Length);
        }

        return accepted;
    }
}
