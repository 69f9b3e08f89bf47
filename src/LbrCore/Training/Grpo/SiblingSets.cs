using LbrCore.Decoding;
using LbrCore.Routing;

namespace LbrCore.Training.Grpo;

/// <summary>
/// Between the trainer's log-probabilities of tokens and those of what was drawn: renormalised over the tokens that filters kept, and for siblings without replacement given those that were
/// drawn before, or whatever the order. Also the router's bias for such siblings. And back: what tokens owe to the gradients of all that.
/// </summary>
/// <remarks>
/// Kept tokens are targets like any other, so exact renormalisation needs nothing but sums of a few log-probabilities on the host. Where no list of all other tokens is there, the
/// probability of the rest is 1 - sum, whose float32 error of about 1e-6 matters only below siblings that are nearly certain.
/// </remarks>
/// <param name="distinct">Whether siblings are drawn without replacement.</param>
/// <param name="order">Their likelihood.</param>
internal sealed class SiblingSets(bool distinct, SiblingOrder order)
{
    // Below the error of a float32 sum.
    private const double LeastRest = 1e-7;

    private readonly List<Set> _sets = [];

    /// <summary>Siblings, as targets of the batch.</summary>
    /// <param name="Siblings">Target of each sibling in the order of the draws.</param>
    /// <param name="Others">Targets of all other tokens that it could have been; null where they are not listed.</param>
    /// <param name="Filtered">Whether siblings and others are all that filters kept.</param>
    /// <param name="FirstEvent">Its first event.</param>
    private readonly record struct Set(int[] Siblings, int[]? Others, bool Filtered, int FirstEvent);

    /// <summary>Sets so far.</summary>
    public int Count => _sets.Count;

    /// <summary>Events of a set of siblings: one for each, or one for all where their order does not count.</summary>
    public int EventsOf(int siblings) => distinct && order == SiblingOrder.Unordered ? 1 : siblings;

    /// <summary>Adds a set.</summary>
    /// <returns>Its number.</returns>
    public int Add(int[] siblings, int[]? others, bool filtered, int firstEvent)
    {
        _sets.Add(new Set(siblings, others, filtered, firstEvent));
        return _sets.Count - 1;
    }

    /// <summary>Log-probability of every event.</summary>
    /// <param name="targets">Log-probabilities of the batch's targets.</param>
    /// <param name="events">Events.</param>
    public double[] Events(float[] targets, int events)
    {
        if (_sets.Count == 0) return Array.ConvertAll(targets, value => (double)value);
        var values = new double[events];
        foreach (Set set in _sets)
        {
            (double[] logs, double rest, _) = Read(set, targets);
            double[] own = !distinct ? logs : order == SiblingOrder.Ordered ? new SiblingGradient(logs, rest).OrderedTerms() : [SiblingLikelihood.Unordered(logs, rest)];
            own.CopyTo(values, set.FirstEvent);
        }

        return values;
    }

    /// <summary>The router's bias of each sibling of a set.</summary>
    public double[] Bias(int set, float[] targets)
    {
        (double[] logs, double rest, _) = Read(_sets[set], targets);
        return SiblingLikelihood.FirstDrawBias(logs, rest);
    }

    /// <summary>The log-probability of siblings without replacement whatever their order, from what a rollout recorded: their own, and those given the ones before.</summary>
    public static double UnorderedOf(ReadOnlySpan<double> logProbabilities, double lastGivenOthers)
    {
        // What was left before the last draw is the rest and that sibling.
        double last = logProbabilities[^1], rest = Math.Max(0, Math.Exp(last - lastGivenOthers) - Math.Exp(last));
        return SiblingLikelihood.Unordered(logProbabilities, rest);
    }

    /// <summary>Gradients by targets.</summary>
    /// <param name="targets">Log-probabilities of the batch's targets.</param>
    /// <param name="byEvent">Gradients by events.</param>
    /// <param name="byBias">Gradients by biases of sets; sets without any are left out.</param>
    public float[] Gradients(float[] targets, double[] byEvent, IReadOnlyDictionary<int, double[]> byBias)
    {
        if (_sets.Count == 0) return Array.ConvertAll(byEvent, value => (float)value);
        var gradients = new double[targets.Length];
        for (int i = 0; i < _sets.Count; i++) AddGradients(_sets[i], targets, byEvent, byBias.GetValueOrDefault(i), gradients);
        return Array.ConvertAll(gradients, value => (float)value);
    }

    private void AddGradients(Set set, float[] targets, double[] byEvent, double[]? byBias, double[] gradients)
    {
        (double[] logs, double rest, double logSum) = Read(set, targets);
        var slope = new SiblingGradient(logs, rest);
        Span<double> own = byEvent.AsSpan(set.FirstEvent, EventsOf(logs.Length));
        if (!distinct) own.CopyTo(slope.OfLogProbabilities);
        else if (order == SiblingOrder.Ordered) slope.AddOrdered(own);
        else slope.AddUnordered(own[0]);
        if (byBias is not null) slope.AddFirstDrawBias(byBias);
        double ofSum = 0;
        for (int j = 0; j < logs.Length; j++)
        {
            double owed = slope.OfLogProbabilities[j];
            // Without a list the rest is what siblings leave.
            if (set.Others is null) owed -= slope.OfRest * Math.Exp(logs[j]);
            gradients[set.Siblings[j]] += owed;
            ofSum -= owed;
        }

        foreach (int other in set.Others ?? [])
        {
            double owed = slope.OfRest * Math.Exp(targets[other] - logSum);
            gradients[other] += owed;
            ofSum -= owed;
        }

        if (!set.Filtered) return;
        foreach (int kept in Kept(set)) gradients[kept] += ofSum * Math.Exp(targets[kept] - logSum);
    }

    // Log-probabilities of siblings after filters, the probability of the rest, and the log of the kept mass.
    private (double[] Logs, double RestMass, double LogSum) Read(Set set, float[] targets)
    {
        double logSum = set.Filtered ? Math.Log(Kept(set).Sum(target => Math.Exp(targets[target]))) : 0;
        double[] logs = Array.ConvertAll(set.Siblings, target => Math.Min(0, targets[target] - logSum));
        double rest = !distinct ? 0 : set.Others is { } others ? others.Sum(other => Math.Exp(targets[other] - logSum)) : Math.Max(LeastRest, 1 - logs.Sum(Math.Exp));
        return (logs, Math.Min(rest, 1), logSum);
    }

    // Every target of the support once.
    private static IEnumerable<int> Kept(Set set) => set.Siblings.Distinct().Concat(set.Others ?? []);
}
