namespace LbrCore.Trees;

/// <summary>What a replay found: every log-probability of a trace beside the one computed anew.</summary>
/// <param name="Steps">Steps replayed.</param>
/// <param name="Nodes">Nodes replayed.</param>
/// <param name="Node">The largest difference of a node's log-probability; null without nodes.</param>
/// <param name="Draw">The largest difference of a term of the ordered likelihood; null for independent siblings.</param>
/// <param name="Route">The largest difference of a router's log-probability.</param>
public sealed record ReplayReport(int Steps, int Nodes, ReplayDifference? Node, ReplayDifference? Draw, ReplayDifference? Route)
{
    /// <summary>
    /// log p of the trajectory, computed anew: the terms of all grown nodes (ordered ones for siblings without replacement) and of all choices that were drawn.
    /// </summary>
    public double LogLikelihood { get; init; }

    /// <summary>The largest of all differences.</summary>
    public double Largest => new[] { Node, Draw, Route }.Max(difference => difference?.Size ?? 0);
}

/// <summary>One log-probability, as it was recorded and as it was computed anew.</summary>
/// <param name="Step">The step.</param>
/// <param name="Index">Id of the node, or index of the slot.</param>
/// <param name="Recorded">The trace's value.</param>
/// <param name="Recomputed">The replay's value.</param>
public sealed record ReplayDifference(int Step, int Index, double Recorded, double Recomputed)
{
    /// <summary>How far they are apart; infinite if one of them is no number.</summary>
    public double Size => Recorded == Recomputed ? 0 : double.IsFinite(Recorded - Recomputed) ? Math.Abs(Recorded - Recomputed) : double.PositiveInfinity;

    internal static void Widen(ref ReplayDifference? largest, ReplayDifference candidate)
    {
        if (largest is null || candidate.Size > largest.Size) largest = candidate;
    }
}
