using LbrCore.Decoding;

namespace LbrCore.Checks;

/// <summary>A trajectory of the list of all.</summary>
/// <param name="Key">What was grown and chosen: of each step the tokens in breadth-first order, and the slot.</param>
/// <param name="LogLikelihood">By the specification's section 5, in float64.</param>
/// <param name="Text">The tokens that were committed.</param>
internal sealed record ToyTrajectory(string Key, double LogLikelihood, string Text);

/// <summary>Lists all trajectories of a tree over a toy vocabulary by the decode loop of the specification, section 2. Shares no code with the decoder, its kernels or its replay.</summary>
/// <param name="setting">Vocabulary, tree, tokens.</param>
/// <param name="texts">Distributions after texts.</param>
/// <param name="uniform">Whether the router is uniform; else it scores a candidate by its log-probability.</param>
internal sealed class ToyTrajectories(ToySetting setting, CausalTexts texts, bool uniform)
{
    // A node with what has grown below it.
    private sealed record Node(int Token, double LogProbability, Node[] Children);

    private sealed record Growth(Node[] Siblings, int[] Tokens, double LogLikelihood);

    /// <summary>All of them.</summary>
    public IEnumerable<ToyTrajectory> List() => Step(0, ToySetting.Prompt, [], "", 0);

    /// <summary>What a step of a trajectory is called.</summary>
    public static string StepKey(IEnumerable<int> grown, int chosen) => $"{string.Join(',', grown)}>{chosen} ";

    private IEnumerable<ToyTrajectory> Step(int step, int[] prefix, Node[] tree, string key, double log)
    {
        if (step == setting.Tokens)
        {
            yield return new ToyTrajectory(key, log, string.Join(' ', prefix[ToySetting.Prompt.Length..]));
            yield break;
        }

        int depth = Math.Min(setting.Depth, setting.Tokens - step);
        foreach (Growth growth in Levels(prefix, new Growth(tree, [], 0), 1, depth))
        {
            double[] rho = Route(prefix, growth.Siblings);
            for (int k = 0; k < rho.Length; k++)
            {
                Node chosen = growth.Siblings[k];
                string next = key + StepKey(growth.Tokens, k);
                foreach (ToyTrajectory rest in Step(step + 1, [.. prefix, chosen.Token], chosen.Children, next, log + growth.LogLikelihood + rho[k])) yield return rest;
            }
        }
    }

    // All ways to fill the levels from one to the last, one level after the other: breadth first.
    private IEnumerable<Growth> Levels(int[] prefix, Growth so, int level, int last)
    {
        if (level > last) return [so];
        return Fill(prefix, so.Siblings, level).SelectMany(grown =>
            Levels(prefix, new Growth(grown.Siblings, [.. so.Tokens, .. grown.Tokens], so.LogLikelihood + grown.LogLikelihood), level + 1, last));
    }

    // All ways to grow the nodes that are so many levels below a text; those that stand already stay.
    private IEnumerable<Growth> Fill(int[] text, Node[] siblings, int level)
    {
        if (level == 1) return siblings.Length > 0 ? [new Growth(siblings, [], 0)] : Siblings(text);
        IEnumerable<Growth> ways = [new Growth([], [], 0)];
        foreach (Node node in siblings)
        {
            Growth[] below = [.. Fill([.. text, node.Token], node.Children, level - 1)];
            ways = ways.SelectMany(so => below.Select(grown => new Growth(
                [.. so.Siblings, node with { Children = grown.Siblings }], [.. so.Tokens, .. grown.Tokens], so.LogLikelihood + grown.LogLikelihood)));
        }

        return ways;
    }

    // All siblings that can be drawn after a text, with the likelihood of drawing them in this order.
    private IEnumerable<Growth> Siblings(int[] text)
    {
        double[] log = texts.After(text);
        double entropy = -log.Sum(value => Math.Exp(value) * value);
        int count = entropy < setting.AdaptiveEntropy ? 1 : setting.Width;
        bool distinct = setting.Siblings == SiblingSampling.Distinct;
        return Tuples(distinct ? Math.Min(count, log.Length) : count, log.Length, distinct)
            .Select(tokens => new Growth([.. tokens.Select(token => new Node(token, log[token], []))], tokens, distinct ? Ordered(log, tokens) : tokens.Sum(token => log[token])));
    }

    private double[] Route(int[] prefix, Node[] candidates)
    {
        double[] scores = [.. candidates.Select(node => uniform ? 0 : node.LogProbability)];
        if (setting.Siblings == SiblingSampling.Distinct)
        {
            double[] log = texts.After(prefix), bias = FirstDraw(log, [.. candidates.Select(node => node.Token)]);
            for (int k = 0; k < scores.Length; k++) scores[k] += bias[k];
        }

        return CausalTexts.LogSoftmax(scores, 1);
    }

    // log P(these tokens one after the other): each from what is left.
    private static double Ordered(double[] log, int[] tokens)
    {
        double sum = 0;
        for (int i = 0; i < tokens.Length; i++)
        {
            int[] gone = tokens[..i];
            double left = Enumerable.Range(0, log.Length).Where(token => !gone.Contains(token)).Sum(token => Math.Exp(log[token]));
            sum += log[tokens[i]] - Math.Log(left);
        }

        return sum;
    }

    // log P(the first draw is k | the set), over all orders of the set.
    private static double[] FirstDraw(double[] log, int[] set)
    {
        int[][] orders = [.. Tuples(set.Length, set.Length, distinct: true).Select(order => order.Select(i => set[i]).ToArray())];
        double all = orders.Sum(order => Math.Exp(Ordered(log, order)));
        return [.. set.Select(first => Math.Log(orders.Where(order => order[0] == first).Sum(order => Math.Exp(Ordered(log, order))) / all))];
    }

    private static IEnumerable<int[]> Tuples(int length, int vocabulary, bool distinct)
    {
        IEnumerable<int[]> tuples = [[]];
        for (int i = 0; i < length; i++)
            tuples = tuples.SelectMany(tuple => Enumerable.Range(0, vocabulary).Where(token => !(distinct && tuple.Contains(token))).Select(token => (int[])[.. tuple, token]));
        return tuples;
    }
}
