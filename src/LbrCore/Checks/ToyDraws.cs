using LbrCore.Decoding;
using LbrCore.Model;
using LbrCore.Routing;

namespace LbrCore.Checks;

/// <summary>All trajectories of a setting, and those that the decoder drew.</summary>
/// <param name="All">Every trajectory by its key.</param>
/// <param name="Drawn">What was drawn: how often, and the log-likelihood that the decoder recorded.</param>
internal sealed record ToyDraws(IReadOnlyDictionary<string, ToyTrajectory> All, IReadOnlyDictionary<string, (int Count, double Recorded)> Drawn)
{
    private const int Batch = 128, Batches = 8;

    /// <summary>Texts that were drawn.</summary>
    public int Texts => Drawn.Values.Sum(drawn => drawn.Count);

    /// <summary>Lists the trajectories and draws some.</summary>
    /// <exception cref="InvalidOperationException">The decoder drew a trajectory that cannot be.</exception>
    public static ToyDraws Of(Transformer model, CausalTexts texts, ToySetting setting, bool uniform)
    {
        var all = new ToyTrajectories(setting, texts, uniform).List().ToDictionary(trajectory => trajectory.Key);
        var drawn = new Dictionary<string, (int Count, double Recorded)>();
        var lbr = new LbrOptions
        {
            Width = setting.Width,
            Depth = setting.Depth,
            Siblings = setting.Siblings,
            AdaptiveEntropy = setting.AdaptiveEntropy,
            Router = uniform ? new UniformRouter() : MeasureRouter.LogProbability,
        };
        using LbrDecoder decoder = LbrDecoder.Create(model, new SessionOptions { Sequences = Batch, ContextLength = 8, MaxRows = 512 }, lbr, []);
        ReadOnlyMemory<int>[] prompts = [.. Enumerable.Repeat((ReadOnlyMemory<int>)ToySetting.Prompt, Batch)];
        for (uint batch = 0; batch < Batches; batch++)
        {
            foreach (IGrouping<int, DecodedStep> text in decoder.Decode(prompts, new SamplingOptions { Seed = 9 }, setting.Tokens, batch * Batch).GroupBy(step => step.Sequence))
            {
                string key = string.Concat(text.Select(step => ToyTrajectories.StepKey(step.Tree.Grown.Select(node => node.Token), step.Tree.Chosen)));
                if (!all.ContainsKey(key)) throw new InvalidOperationException($"{setting}: the trajectory '{key}' was drawn, which cannot be.");
                double recorded = text.Sum(step => step.Tree.Grown.Sum(node => (double)(node.DrawLogProbability ?? node.LogProbability)) + step.Tree.RouterLogProbabilities[step.Tree.Chosen]);
                drawn[key] = (drawn.GetValueOrDefault(key).Count + 1, recorded);
            }
        }

        return new ToyDraws(all, drawn);
    }
}
