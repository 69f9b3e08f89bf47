namespace LbrCore.Training.Grpo;

/// <summary>The objective over a batch of rollouts: from log-probabilities and scores of the trainer to gradients of the loss, which is minus the objective.</summary>
/// <remarks>Everything here is one number a node or route, on the host: the device computes what goes into it and what comes of it.</remarks>
/// <param name="options">The objective.</param>
/// <param name="advantages">Of each rollout.</param>
/// <param name="stepWeights">Weight of each rollout's steps in the mean.</param>
/// <param name="included">Whether a rollout counts.</param>
/// <param name="before">What the trainer gave before the first update; with <see cref="GapCorrection.Recompute"/> alone.</param>
internal sealed class BatchObjective(GrpoOptions options, double[] advantages, double[] stepWeights, bool[] included, LogProbsBefore? before = null)
{
    private int _part;
    private double _divergence;
    private double _entropy;
    private double _entropyShare;

    // Not the terms of the objective, which are whole answers where ratios are.
    private long _routes;
    private long _draws;

    /// <summary>Node terms.</summary>
    public PolicyObjective Nodes { get; } = new(options.NodeClipLow, options.NodeClipHigh, options.DualClip);

    /// <summary>Route terms.</summary>
    public PolicyObjective Routes { get; } = new(options.RouteClipLow, options.RouteClipHigh, options.DualClip);

    /// <summary>Minus the objective, so far.</summary>
    public double Loss { get; private set; }

    /// <summary>Rollouts that were left out because the trainer disagrees with the rollout.</summary>
    public int Masked { get; private set; }

    /// <summary>Mean entropy of the router in nats.</summary>
    public double RouterEntropy => _routes == 0 ? 0 : _entropy / _routes;

    /// <summary>Mean entropy of the router as a part of that of a uniform choice.</summary>
    public double RouterEntropyShare => _routes == 0 ? 0 : _entropyShare / _routes;

    /// <summary>Mean divergence of draws from the model that training started from, estimated.</summary>
    public double ReferenceDivergence => _draws == 0 ? 0 : _divergence / _draws;

    /// <summary>Gradients of the loss by log-probabilities of targets, and by scores of routes, [routes, width].</summary>
    /// <param name="batch">The draws and routes.</param>
    /// <param name="targets">Log-probabilities of the batch's targets.</param>
    /// <param name="scores">[routes, width] of the router.</param>
    /// <param name="width">Slots of a route.</param>
    /// <param name="reference">Log-probabilities of the targets under the model that training started from; null where its divergence does not count.</param>
    public (float[] Targets, float[] Scores) Gradients(TrajectoryBatch batch, float[] targets, float[] scores, int width, float[]? reference = null)
    {
        double[] logProbs = batch.Sets.Events(targets, batch.Draws.Count);
        double[][] rho = [.. batch.Routes.Select((route, i) => Distribution(scores.AsSpan(i * width, route.Slots), route.BiasSet < 0 ? null : batch.Sets.Bias(route.BiasSet, targets)))];
        double[] routeLogProbs = [.. batch.Routes.Select((route, i) => Math.Log(rho[i][route.Chosen]))];
        MaskGaps(batch, logProbs, routeLogProbs);
        double[] oldDraws = [.. batch.Draws.Select(draw => (double)draw.OldLogProb)], oldRoutes = [.. batch.Routes.Select(route => (double)route.OldLogProb)];
        if (options.Gap == GapCorrection.Recompute && before is not null)
        {
            for (int i = 0; i < oldDraws.Length; i++) Nodes.Observe(logProbs[i] - oldDraws[i]);
            for (int i = 0; i < oldRoutes.Length; i++) Routes.Observe(routeLogProbs[i] - oldRoutes[i]);
            (oldDraws, oldRoutes) = before.Of(_part++, logProbs, routeLogProbs);
        }

        double[] byNode = new double[logProbs.Length], byRoute = new double[routeLogProbs.Length];
        if (options.Ratio == RatioLevel.Token)
        {
            for (int i = 0; i < byNode.Length; i++)
            {
                TrajectoryBatch.Draw draw = batch.Draws[i];
                byNode[i] = Term(Nodes, logProbs[i], oldDraws[i], draw.Rollout, (options.AverageNodes ? 1.0 / draw.Siblings : 1) * (draw.Committed ? 1 : options.UncommittedWeight));
            }

            for (int i = 0; i < byRoute.Length; i++) byRoute[i] = Term(Routes, routeLogProbs[i], oldRoutes[i], batch.Routes[i].Rollout, options.RouteWeight);
        }
        else
        {
            OfSequences(Nodes, byNode, [.. batch.Draws.Select((draw, i) => (draw.Rollout, logProbs[i], oldDraws[i]))], 1);
            OfSequences(Routes, byRoute, [.. batch.Routes.Select((route, i) => (route.Rollout, routeLogProbs[i], oldRoutes[i]))], options.RouteWeight);
        }

        if (reference is not null) AddDivergence(batch, logProbs, batch.Sets.Events(reference, batch.Draws.Count), byNode);
        float[] byScore = ScoreGradients(batch, rho, byRoute, width);
        var byBias = new Dictionary<int, double[]>();
        // The bias is added to the score, so both have one gradient.
        for (int i = 0; i < byRoute.Length; i++)
            if (batch.Routes[i].BiasSet >= 0) byBias.Add(batch.Routes[i].BiasSet, [.. byScore.Skip(i * width).Take(batch.Routes[i].Slots).Select(gradient => (double)gradient)]);
        return (batch.Sets.Gradients(targets, byNode, byBias), byScore);
    }

    // exp(d) - 1 - d with d = reference - here: never negative, and its mean over draws is the divergence of this model from the reference.
    private void AddDivergence(TrajectoryBatch batch, double[] logProbs, double[] reference, double[] gradients)
    {
        const double Largest = 20;
        for (int i = 0; i < logProbs.Length; i++)
        {
            TrajectoryBatch.Draw draw = batch.Draws[i];
            double distance = Math.Clamp(reference[i] - logProbs[i], -Largest, Largest), ratio = Math.Exp(distance), estimate = ratio - 1 - distance;
            _divergence += estimate;
            _draws++;
            double weight = included[draw.Rollout] ? options.ReferenceDivergence * stepWeights[draw.Rollout] * (options.AverageNodes ? 1.0 / draw.Siblings : 1) : 0;
            Loss += weight * estimate;
            if (Math.Abs(distance) < Largest) gradients[i] += weight * (1 - ratio);
        }
    }

    private double Term(PolicyObjective objective, double newLogProb, double oldLogProb, int rollout, double weight)
    {
        if (options.Gap == GapCorrection.TruncatedImportance)
        {
            // The policy that the ratio starts from is the trainer's own.
            weight *= Math.Min(Math.Exp(newLogProb - oldLogProb), options.ImportanceCap);
            objective.Observe(newLogProb - oldLogProb);
            oldLogProb = newLogProb;
        }

        (double value, double gradient) = objective.Term(newLogProb, oldLogProb, advantages[rollout]);
        weight *= included[rollout] ? stepWeights[rollout] : 0;
        Loss -= weight * value;
        return -weight * gradient;
    }

    // Mean log-ratios of each rollout take the place of log-ratios.
    private void OfSequences(PolicyObjective objective, double[] gradients, (int Rollout, double New, double Old)[] events, double weight)
    {
        foreach (IGrouping<int, int> ofRollout in Enumerable.Range(0, events.Length).GroupBy(i => events[i].Rollout))
        {
            int count = ofRollout.Count();
            double gradient = Term(objective, ofRollout.Sum(i => events[i].New) / count, ofRollout.Sum(i => events[i].Old) / count, ofRollout.Key, weight) / count;
            foreach (int i in ofRollout) gradients[i] = gradient;
        }
    }

    private float[] ScoreGradients(TrajectoryBatch batch, double[][] rho, double[] byRoute, int width)
    {
        var gradients = new float[byRoute.Length * width];
        for (int i = 0; i < byRoute.Length; i++)
        {
            TrajectoryBatch.Route route = batch.Routes[i];
            double entropy = -rho[i].Sum(p => p > 0 ? p * Math.Log(p) : 0), bonus = included[route.Rollout] ? options.RouterEntropyBonus * stepWeights[route.Rollout] : 0;
            _entropy += entropy;
            _routes++;
            _entropyShare += entropy / Math.Log(route.Slots);
            Loss -= bonus * entropy;
            for (int k = 0; k < route.Slots; k++)
            {
                double ofLogProb = byRoute[i] * ((k == route.Chosen ? 1 : 0) - rho[i][k]);
                double ofEntropy = rho[i][k] > 0 ? bonus * rho[i][k] * (Math.Log(rho[i][k]) + entropy) : 0;
                gradients[(i * width) + k] = (float)((ofLogProb + ofEntropy) / options.RouteTemperature);
            }
        }

        return gradients;
    }

    private double[] Distribution(ReadOnlySpan<float> scores, double[]? bias)
    {
        var rho = new double[scores.Length];
        double largest = double.NegativeInfinity, sum = 0;
        for (int k = 0; k < rho.Length; k++) largest = Math.Max(largest, rho[k] = (scores[k] + (bias?[k] ?? 0)) / options.RouteTemperature);
        for (int k = 0; k < rho.Length; k++) sum += rho[k] = Math.Exp(rho[k] - largest);
        for (int k = 0; k < rho.Length; k++) rho[k] /= sum;
        return rho;
    }

    private void MaskGaps(TrajectoryBatch batch, double[] logProbs, double[] routeLogProbs)
    {
        if (options.Gap != GapCorrection.MaskSequences) return;
        for (int i = 0; i < logProbs.Length; i++) Mask(batch.Draws[i].Rollout, logProbs[i] - batch.Draws[i].OldLogProb);
        for (int i = 0; i < routeLogProbs.Length; i++) Mask(batch.Routes[i].Rollout, routeLogProbs[i] - batch.Routes[i].OldLogProb);

        void Mask(int rollout, double gap)
        {
            if (Math.Abs(gap) <= options.GapLimit || !included[rollout]) return;
            included[rollout] = false;
            Masked++;
        }
    }
}
