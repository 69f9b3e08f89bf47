namespace LbrCore.Training.Grpo;

/// <summary>The trainer's log-probabilities of draws and routes before the first update with a batch of rollouts: the first epoch leaves them, later ones read them. Every epoch has the same parts.</summary>
internal sealed class LogProbsBefore
{
    private readonly List<(double[] Draws, double[] Routes)> _parts = [];

    /// <summary>Those of a part; where none were left yet, those that are given.</summary>
    /// <param name="part">Which part of the rollouts, from 0 on.</param>
    /// <param name="draws">Log-probabilities of its draws now.</param>
    /// <param name="routes">Log-probabilities of its routes now.</param>
    public (double[] Draws, double[] Routes) Of(int part, double[] draws, double[] routes)
    {
        if (part == _parts.Count) _parts.Add((draws, routes));
        return _parts[part];
    }
}
