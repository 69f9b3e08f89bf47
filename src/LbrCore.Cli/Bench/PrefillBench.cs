using LbrCore.Compute;
using LbrCore.Formats.Configuration;
using LbrCore.Model;

namespace LbrCore.Cli.Bench;

/// <summary>A prompt through all layers of a model with random weights, and the logits of its last token.</summary>
internal static class PrefillBench
{
    private const string Part = "prefill";

    /// <summary>Measures all of it.</summary>
    public static void Run(BenchSession session)
    {
        if (session.IsLarge) Model<BFloat16>(session, "1.5B", BenchModels.Of15B, [512, 2048, 8192]);
        else Model<float>(session, "tiny", BenchModels.Tiny, [16]);
    }

    private static void Model<T>(BenchSession session, string name, ModelConfig config, int[] lengths) where T : unmanaged
    {
        if (!session.Wants(Part, name)) return;
        using Transformer<T> model = BenchModels.Create<T>(config, session.Device);
        foreach (int length in lengths)
        {
            using var inference = new InferenceSession<T>(model, new SessionOptions { ContextLength = length, MaxRows = length });
            Prompt[] prompts = [new Prompt(0, Enumerable.Range(0, length).Select(i => (int)(i * 7919L % config.VocabSize)).ToArray())];
            double linear = model.Weights.Layers.Sum(layer => (double)layer.QueryKeyValue.Length + layer.Output.Length + layer.GateUp.Length + layer.Down.Length);
            double operations = (2 * linear * length) + (2.0 * config.NumHiddenLayers * length * length * config.QueryWidth) + (2.0 * model.Weights.LmHead.Length);
            session.Measure(Part, name, $"{name} B1 T{length}", new Work(0, operations), () => session.Timer.Host(5, 1, stream =>
            {
                inference.Prefill(stream, prompts);
                inference.ComputeLogits(stream, inference.Activations.SelectedHidden, 1);
                stream.Synchronize();
            }));
        }
    }
}
