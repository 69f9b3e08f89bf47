using LbrCore.Decoding;
using LbrCore.Model;
using LbrCore.Trees;

namespace LbrCore.Checks;

/// <summary>Whole texts: what must not change them, and what trees must do at stop tokens, small vocabularies and the end of the budget.</summary>
internal static class DecodingChecks
{
    /// <summary>Tokens or log-probabilities whose bits differ from plain decoding.</summary>
    public static CheckFigure WidthOne(CheckModels models)
    {
        var sampling = new SamplingOptions { Temperature = 0.9, TopK = 50, TopP = 0.95, MinP = 0.01, Seed = 7 };
        int[][] prompts = [[1, 2, 3], [4, 5], [6]];
        var options = new SessionOptions { Sequences = prompts.Length, ContextLength = 48, MaxRows = 32 };
        using PlainDecoder plain = PlainDecoder.Create(models.Small.Transformer, options, [9]);
        DecodedToken[] expected = [.. plain.Decode(CheckModels.Memories(prompts), sampling, 30)];
        int wrong = 0, tokens = 0;
        foreach (int depth in new[] { 1, 3 })
        {
            DecodedStep[] steps = models.Decode(prompts, sampling, 30, new LbrOptions { Width = 1, Depth = depth }, stops: [9]);
            wrong += Math.Abs(steps.Length - expected.Length);
            wrong += steps.Zip(expected).Count(pair => new DecodedToken(pair.First.Sequence, pair.First.Token, pair.First.LogProbability, pair.First.Finish) != pair.Second);
            wrong += steps.Count(step => step.Tree.RouterLogProbabilities is not [0f]);
            tokens += steps.Length;
        }

        return new CheckFigure(wrong, 0, $"{tokens} tokens of three texts, with filters and a stop token");
    }

    /// <summary>Greedy siblings are all equal: as many candidates as ever, and the text of plain decoding.</summary>
    public static CheckFigure Duplicates(CheckModels models)
    {
        int[] prompt = [1, 2, 3];
        const int Tokens = 6;
        DecodedStep[] steps = models.Decode([prompt], SamplingOptions.Greedy, Tokens, new LbrOptions { Width = 3, Depth = 2 });
        using PlainDecoder plain = PlainDecoder.Create(models.Small.Transformer, new SessionOptions { ContextLength = 48, MaxRows = 32 }, []);
        int[] expected = [.. plain.Decode([prompt], SamplingOptions.Greedy, Tokens).Select(token => token.Token)];
        int wrong = steps.Zip(expected).Count(pair => pair.First.Token != pair.Second) + Math.Abs(steps.Length - Tokens) + (steps[0].Tree.Grown.Count == 12 ? 0 : 1);
        var token = steps.SelectMany(step => step.Tree.Grown).ToDictionary(node => node.Id, node => node.Token);
        foreach (DecodedStep step in steps)
        {
            wrong += step.Tree.Slots.Distinct().Count() == 3 ? 0 : 1;
            wrong += step.Tree.Slots.Select(slot => token[slot]).Distinct().Count() == 1 ? 0 : 1;
            wrong += step.Tree.RouterLogProbabilities.Count(value => Math.Abs(value + Math.Log(3)) > 1e-6);
        }

        return new CheckFigure(wrong, 0, $"{steps.Length} greedy tokens, {token.Count} nodes");
    }

    /// <summary>Every token stops: one step, K nodes, no children. Half of them stop: those have no children, and the text ends with the first that is committed.</summary>
    public static CheckFigure AllStop(CheckModels models)
    {
        int vocabulary = models.Small.Transformer.Config.VocabSize;
        var lbr = new LbrOptions { Width = 3, Depth = 3 };
        DecodedStep[] all = models.Decode([[1, 2]], new SamplingOptions { Seed = 4 }, 20, lbr, stops: [.. Enumerable.Range(0, vocabulary)]);
        int wrong = all is [{ Finish: FinishReason.Stop, Tree: { Grown.Count: 3, Slots.Count: 3 } }] ? 0 : 1;
        DecodedStep[] half = models.Decode([[1, 2], [3], [5, 7]], new SamplingOptions { Temperature = 3, Seed = 8 }, 20, lbr, stops: [.. Enumerable.Range(0, vocabulary / 2).Select(i => 2 * i)]);
        foreach (IGrouping<int, DecodedStep> text in half.GroupBy(step => step.Sequence))
        {
            DecodedStep[] steps = [.. text];
            GrownNode[] nodes = [.. steps.SelectMany(step => step.Tree.Grown)];
            var token = nodes.ToDictionary(node => node.Id, node => node.Token);
            wrong += nodes.Count(node => node.Parent >= 0 && token[node.Parent] % 2 == 0);
            wrong += steps[..^1].Count(step => step.Token % 2 == 0);
            wrong += (steps[^1].Finish == FinishReason.Stop) == (steps[^1].Token % 2 == 0) ? 0 : 1;
        }

        return new CheckFigure(wrong, 0, $"{all.Length + half.Length} tokens");
    }

    /// <summary>Siblings without replacement of three tokens, and of two that a filter keeps.</summary>
    public static CheckFigure FewTokens(CheckModels models)
    {
        var lbr = new LbrOptions { Width = 4, Depth = 2, Siblings = SiblingSampling.Distinct };
        (DecodedStep[] Steps, int Tokens)[] cases =
        [
            (models.Decode([ToySetting.Prompt], new SamplingOptions { Seed = 2 }, 6, lbr, model: models.Toy(3)), 3),
            (models.Decode([[1, 2, 3]], new SamplingOptions { TopK = 2, Seed = 1 }, 6, lbr), 2),
        ];
        double worst = 0;
        int slots = 0;
        foreach ((DecodedStep[] steps, int tokens) in cases)
        {
            if (steps[0].Tree.Grown.Count != tokens + (tokens * tokens)) worst = double.PositiveInfinity;
            var token = steps.SelectMany(step => step.Tree.Grown).ToDictionary(node => node.Id, node => node.Token);
            foreach (TreeStep step in steps.Select(step => step.Tree))
            {
                if (step.Slots.Select(slot => token[slot]).Distinct().Count() != tokens || step.Slots.Count != tokens) worst = double.PositiveInfinity;
                worst = LikelihoodChecks.Larger(worst, Math.Abs(step.RouterLogProbabilities.Sum(value => Math.Exp(value)) - 1));
                slots += step.Slots.Count;
            }
        }

        return new CheckFigure(worst, 1e-6, $"{slots} candidates of {cases.Sum(one => one.Steps.Length)} steps");
    }

    /// <summary>Steps whose number of nodes is not the specification's count.</summary>
    public static CheckFigure Budget(CheckModels models)
    {
        int wrong = 0, steps = 0;
        foreach ((int width, int depth, int tokens) in new[] { (3, 1, 5), (3, 2, 6), (2, 3, 6), (2, 4, 2) })
        {
            var shape = new TreeShape(width, depth);
            DecodedStep[] text = models.Decode([[1, 2, 3]], new SamplingOptions { Seed = 3 }, tokens, new LbrOptions { Width = width, Depth = depth });
            wrong += Math.Abs(text.Length - tokens) + (text[^1].Finish == FinishReason.Length ? 0 : 1);
            for (int t = 1; t <= text.Length; t++)
            {
                // The first step grows all levels within the budget, a later one the deepest unless it would lie beyond.
                int ahead = tokens - t + 1, expected = t == 1 ? Enumerable.Range(1, Math.Min(depth, ahead)).Sum(shape.Count) : ahead >= depth ? shape.Leaves : 0;
                wrong += text[t - 1].Tree.Grown.Count == expected ? 0 : 1;
                steps++;
            }
        }

        return new CheckFigure(wrong, 0, $"{steps} steps of four trees");
    }

    /// <summary>The largest difference of a logit between a text alone and among seven; infinite where another token was drawn.</summary>
    /// <remarks>
    /// A pass over more rows may take other kernels, and in 16 bits their rounding decides near ties between tokens. So there the temperature is so high that logits hardly matter: then draws
    /// show whether random numbers depend on the layout, and log-probabilities times the temperature how far rounding moves logits.
    /// </remarks>
    public static CheckFigure BatchLayout(CheckModels models)
    {
        const int Tokens = 5;
        const double High = 1000;
        int[][] prompts = [[1], [2, 3], [4, 5, 6, 7], [8], [9, 10, 11], [12, 13], [14]];
        var sampling = new SamplingOptions { Temperature = models.IsNarrow ? High : 1, Seed = 11 };
        double worst = 0;
        int nodes = 0, equal = 0;
        foreach ((int width, int depth) in new[] { (3, 1), (2, 2) })
        {
            var lbr = new LbrOptions { Width = width, Depth = depth };
            DecodedStep[] together = models.Decode(prompts, sampling, Tokens, lbr);
            for (int i = 0; i < prompts.Length; i++)
            {
                DecodedStep[] alone = models.Decode([prompts[i]], sampling, Tokens, lbr, firstNumber: (uint)i), among = [.. together.Where(step => step.Sequence == i)];
                GrownNode[] expected = [.. alone.SelectMany(step => step.Tree.Grown)], found = [.. among.SelectMany(step => step.Tree.Grown)];
                bool same = expected.Select(node => (node.Token, node.Parent)).SequenceEqual(found.Select(node => (node.Token, node.Parent)))
                    && alone.Select(step => step.Tree.Chosen).SequenceEqual(among.Select(step => step.Tree.Chosen));
                if (!same) worst = double.PositiveInfinity;
                foreach ((GrownNode a, GrownNode b) in expected.Zip(found))
                {
                    worst = LikelihoodChecks.Larger(worst, Math.Abs(a.LogProbability - b.LogProbability) * sampling.Temperature);
                    equal += a.LogProbability == b.LogProbability ? 1 : 0;
                    nodes++;
                }
            }
        }

        return new CheckFigure(worst, models.Rounding, FormattableString.Invariant($"{nodes} nodes of fourteen texts at temperature {sampling.Temperature}, {equal} with the same bits"));
    }
}
