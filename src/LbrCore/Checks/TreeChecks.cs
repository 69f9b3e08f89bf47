using LbrCore.Decoding;
using LbrCore.Routing;
using LbrCore.Trees;

namespace LbrCore.Checks;

/// <summary>What trees compute, beside separate causal texts.</summary>
internal static class TreeChecks
{
    private const int Tokens = 7;

    private static readonly int[][] s_prompts = [[3, 1, 4, 1, 5], [9, 2], [6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3]];

    /// <summary>The anchor of all other checks: causal passes of the device against the formulas.</summary>
    public static CheckFigure CausalForward(CheckModels models)
    {
        int[] text = Random(24, models.Small.Transformer.Config.VocabSize, 1);
        double[][] exact = new HostTransformer(models.Small.Transformer.Config, models.Small.Weights).Logits(text);
        int[] lengths = [1, 2, 3, 8, 17, text.Length];
        models.SmallTexts.Forward(lengths.Select(length => text[..length]));
        double worst = 0;
        foreach (int length in lengths) worst = LikelihoodChecks.Larger(worst, Difference(models.SmallTexts.After(text[..length]), CausalTexts.LogSoftmax(exact[length - 1], 1)));
        return new CheckFigure(worst, 2 * models.Rounding, $"{lengths.Length} texts of up to {text.Length} tokens, all {exact[0].Length} log-probabilities of each");
    }

    /// <summary>Whole trees in one pass, in the form in which decoders forward them.</summary>
    public static CheckFigure TreeAttention(CheckModels models)
    {
        double worst = 0;
        int nodes = 0;
        foreach (TreeShape shape in new[] { new TreeShape(3, 1), new TreeShape(3, 2), new TreeShape(2, 4) })
        {
            int[][] tokens = [.. s_prompts.Select((_, i) => Random(shape.Nodes, models.Small.Transformer.Config.VocabSize, 10 + i))];
            double[][] found = TreePass.LogProbabilities(models.Small.Transformer, s_prompts, tokens, shape);
            int[][] paths = [.. s_prompts.SelectMany((prompt, i) => Enumerable.Range(0, shape.Nodes).Select(node => (int[])[.. prompt, .. Path(shape, tokens[i], node)]))];
            models.SmallTexts.Forward(paths);
            for (int i = 0; i < paths.Length; i++) worst = LikelihoodChecks.Larger(worst, Difference(found[i], models.SmallTexts.After(paths[i])));
            nodes += paths.Length;
        }

        return new CheckFigure(worst, models.Rounding, $"{nodes} nodes of trees (3, 1), (3, 2) and (2, 4) below three texts, all log-probabilities of each");
    }

    /// <summary>Nodes and routes of decoded texts, each node's distribution computed anew from its text.</summary>
    public static CheckFigure Reuse(CheckModels models, int width, int depth)
    {
        const double Temperature = 0.8, RouteTemperature = 0.7;
        var lbr = new LbrOptions { Width = width, Depth = depth, Router = MeasureRouter.Value, RouteTemperature = RouteTemperature };
        DecodedStep[] steps = models.Decode(s_prompts, new SamplingOptions { Temperature = Temperature, Seed = 12 }, Tokens, lbr);
        double worst = 0;
        int nodes = 0;
        for (int i = 0; i < s_prompts.Length; i++)
        {
            TreeStep[] mine = [.. steps.Where(step => step.Sequence == i).Select(step => step.Tree)];
            var nodeTexts = new NodeTexts(s_prompts[i], mine);
            models.SmallTexts.Forward(nodeTexts.Parents);
            foreach (TreeStep step in mine.Skip(1))
            {
                foreach (GrownNode node in step.Grown) worst = LikelihoodChecks.Larger(worst, Math.Abs(node.LogProbability - nodeTexts.LogProbability(node.Id, models.SmallTexts, Temperature)));
                // The value of a subtree is the mean over its nodes, those that were kept and those that grew now.
                double[] scores = [.. step.Slots.Select(slot => nodeTexts.Subtree(slot, step.Step).Average(node => nodeTexts.LogProbability(node, models.SmallTexts, Temperature)) / RouteTemperature)];
                worst = LikelihoodChecks.Larger(worst, Difference(CausalTexts.LogSoftmax(scores, 1), [.. step.RouterLogProbabilities.Select(value => (double)value)]));
                nodes += step.Grown.Count;
            }
        }

        return new CheckFigure(worst, 2 * models.Rounding, $"{nodes} nodes grown after shifts, {steps.Length - s_prompts.Length} routes");
    }

    /// <summary>Traces of a learned router and of siblings without replacement, replayed.</summary>
    public static CheckFigure Replay(CheckModels models)
    {
        double worst = 0;
        int nodes = 0;
        using RouterWeights weights = RouterChecks.Trained(models, 2);
        LbrOptions[] trees =
        [
            new() { Width = 3, Depth = 2, Router = new SetAttentionRouter(weights) },
            new() { Width = 2, Depth = 3, Router = MeasureRouter.Confidence, Siblings = SiblingSampling.Distinct },
            new() { Width = 3, Depth = 1, Siblings = SiblingSampling.Distinct, RecordSupports = true },
        ];
        foreach (LbrOptions lbr in trees)
        {
            var sampling = new SamplingOptions { Temperature = 0.9, TopP = lbr.RecordSupports ? 0.9 : 1, Seed = 4 };
            TreeStep[] steps = [.. models.Decode([s_prompts[0]], sampling, Tokens, lbr).Select(step => step.Tree)];
            ReplayReport report = TraceReplay.Run(models.Small.Transformer, new Trace(TraceHeader.Of(s_prompts[0], "random", models.ElementType.ToString(), lbr, sampling), steps), lbr.Router);
            worst = LikelihoodChecks.Larger(worst, report.Largest);
            nodes += report.Nodes;
        }

        return new CheckFigure(worst, 2 * models.Rounding, $"{nodes} nodes of {trees.Length} traces");
    }

    /// <summary>The largest difference of two lists.</summary>
    internal static double Difference(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Aggregate(0.0, LikelihoodChecks.Larger);

    /// <summary>Tokens of a path from the prefix to a node.</summary>
    internal static int[] Path(TreeShape shape, int[] tokens, int node) => node < 0 ? [] : [.. Path(shape, tokens, shape.Parent(node)), tokens[node]];

    private static int[] Random(int length, int vocabulary, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(vocabulary))];
    }
}
