namespace LbrCore.Kernels;

/// <summary>Which kernel computes a linear layer on a device, and how it is launched.</summary>
/// <param name="Shape">The kernel with its compile-time constants.</param>
/// <param name="Splits">Slices of k that different groups sum; 1 for none.</param>
public sealed record LinearPlan(LinearShape Shape, int Splits)
{
    /// <summary>Why it was chosen, in one line.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Floats of workspace that the launch needs.</summary>
    public long PartialSums { get; init; }

    /// <summary>Counters of workspace that the launch needs.</summary>
    public int Arrivals { get; init; }

    /// <summary>The plan for a problem: the first shape, in order of preference, that can run.</summary>
    /// <param name="device">The device.</param>
    /// <param name="problem">The problem.</param>
    /// <param name="workspace">What the launch may use to split k; null for nothing.</param>
    public static LinearPlan For(DeviceInfo device, in LinearProblem problem, LinearWorkspace? workspace = null)
    {
        LinearShape best = LinearShape.All[0];
        double bestTime = double.PositiveInfinity;
        foreach (LinearShape shape in LinearShape.All)
        {
            if (shape.Refuse(device, problem) is not null) continue;
            double time = shape.Estimate(device, problem, SplitsOf(shape, device, problem, workspace));
            if (time < bestTime) (best, bestTime) = (shape, time);
        }

        return With(best, device, problem, SplitsOf(best, device, problem, workspace)) with { Reason = best.Preference(device, problem) };
    }

    /// <summary>The plan that leaves slices of k apart for the next kernel to add, or null where the sum had better not be split.</summary>
    /// <param name="device">The device.</param>
    /// <param name="problem">The problem.</param>
    /// <param name="workspace">Takes in the slices.</param>
    public static LinearPlan? ForSlices(DeviceInfo device, in LinearProblem problem, LinearWorkspace workspace)
    {
        if (device.Kind != DeviceKind.Cuda) return null;
        (TiledShape? best, int bestSplits, double bestTime) = (null, 1, double.PositiveInfinity);
        long sums = (long)problem.M * problem.N;
        WarpGroupShape sliced = WarpGroupShape.Sliced;
        if (problem.M > sliced.TileM * 2 / 3 && problem.M <= sliced.TileM && sliced.Refuse(device, problem) is null)
        {
            int slices = sliced.SlicesOf(device, problem);
            if (slices > 1 && slices * sums <= workspace.Partials.Length) return new LinearPlan(sliced, slices) { Reason = "slices apart", PartialSums = slices * sums };
        }

        foreach (TiledShape shape in TiledShape.All.Where(shape => shape.Packed))
        {
            if (shape.Refuse(device, problem) is not null) continue;
            foreach (int splits in shape.SplitsOf(problem).Append(1))
            {
                double time = shape.EstimateSlices(device, problem, splits);
                if (splits * sums <= workspace.Partials.Length && time <= bestTime) (best, bestSplits, bestTime) = (shape, splits, time);
            }
        }

        return bestSplits == 1 ? null : new LinearPlan(best!, bestSplits) { Reason = "slices apart", PartialSums = bestSplits * sums };
    }

    /// <summary>The plan that uses a given shape, whether it is the best or not.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="device">The device.</param>
    /// <param name="problem">The problem.</param>
    /// <param name="splits">Slices of k; above 1 the launch needs a workspace of <see cref="PartialSums"/> and <see cref="Arrivals"/>.</param>
    /// <exception cref="ArgumentException">The shape cannot run the problem on the device, or cannot split it.</exception>
    public static LinearPlan With(LinearShape shape, DeviceInfo device, in LinearProblem problem, int splits = 1)
    {
        if (shape.Refuse(device, problem) is { } refusal) throw new ArgumentException($"{shape} cannot compute {problem} on {device.Selection}: {refusal}.", nameof(shape));
        if (splits < 1 || (splits > 1 && !shape.CanSplit)) throw new ArgumentException($"{shape} cannot take k in {splits} slices; give 1.", nameof(splits));
        return new LinearPlan(shape, splits)
        {
            Reason = "asked for",
            PartialSums = splits > 1 ? shape.PartialSums(problem, splits) : 0,
            Arrivals = splits > 1 ? shape.Groups(problem) : 0,
        };
    }

    private static int SplitsOf(LinearShape shape, DeviceInfo device, in LinearProblem problem, LinearWorkspace? workspace)
    {
        int splits = shape.Splits(device, problem);
        return splits > 1 && workspace is not null && shape.PartialSums(problem, splits) <= workspace.Partials.Length && shape.Groups(problem) <= workspace.Arrivals.Length ? splits : 1;
    }

    /// <inheritdoc/>
    public override string ToString() => Splits > 1 ? $"{Shape}, k in {Splits} ({Reason})" : $"{Shape} ({Reason})";
}
