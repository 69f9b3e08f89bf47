using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Formats;
using LbrCore.Model;
using LbrCore.Routing;
using LbrCore.Trees;

namespace LbrCore.Tuning;

/// <summary>Times a grid of trees under a grid of loads. How well they answer is what <see cref="TuningTask"/> measures.</summary>
public sealed record TreeTuner
{
    /// <summary>Widths to try; 1 is plain decoding and always the yardstick.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [2, 3, 4, 6];

    /// <summary>Depths to try. Trees beyond <see cref="TreeShape.MaximumNodes"/> nodes are left out.</summary>
    public IReadOnlyList<int> Depths { get; init; } = [1, 2, 3];

    /// <summary>Thresholds of the adaptive tree to try, in nats; 0, the tree that always grows K children, is always tried.</summary>
    public IReadOnlyList<double> AdaptiveEntropies { get; init; } = [];

    /// <summary>Texts at the same time.</summary>
    public IReadOnlyList<int> Batches { get; init; } = [1];

    /// <summary>Tokens before.</summary>
    public IReadOnlyList<int> Contexts { get; init; } = [512];

    /// <summary>Steps whose median is taken.</summary>
    public int Steps { get; init; } = 32;

    /// <summary>What scores the branches; its cost is measured with the rest.</summary>
    public Router Router { get; init; } = new UniformRouter();

    /// <summary>What contexts are filled with; null for any tokens.</summary>
    public IReadOnlyList<int>? Text { get; init; }

    /// <summary>The trees of the grid, smallest first.</summary>
    /// <exception cref="ArgumentException">A size is below 1.</exception>
    public IReadOnlyList<LbrOptions> Trees()
    {
        foreach (int size in Widths.Concat(Depths))
            if (size < 1) throw new ArgumentException($"A width or depth is {size}; it must be at least 1.", nameof(Widths));
        IEnumerable<LbrOptions> trees =
            from depth in Depths.Distinct()
            from width in Widths.Distinct()
            from entropy in AdaptiveEntropies.Prepend(0).Distinct()
            where width > 1 && Nodes(width, depth) <= TreeShape.MaximumNodes
            orderby Nodes(width, depth), depth, entropy
            select new LbrOptions { Width = width, Depth = depth, AdaptiveEntropy = entropy, Router = Router };
        return [.. trees];
    }

    /// <summary>Measures everything.</summary>
    /// <param name="model">The model.</param>
    /// <param name="budget">Slow-down that is accepted.</param>
    /// <param name="measured">Told each measurement.</param>
    /// <param name="cancellation">Ends the measurements.</param>
    /// <exception cref="ArgumentException">A size is out of range, or the router does not fit the model.</exception>
    /// <exception cref="OutOfDeviceMemoryException">Not even plain decoding fits the device.</exception>
    public TreeProfile Run(Transformer model, double budget, IProgress<TreeMeasurement>? measured = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (!(budget >= 1 && double.IsFinite(budget))) throw new ArgumentException(FormattableString.Invariant($"The budget is {budget}; it is a slow-down, so it must be 1 or more."), nameof(budget));
        IReadOnlyList<LbrOptions> trees = Trees();
        // Mistakes show before minutes have passed.
        foreach (LbrOptions tree in trees) tree.Validate(model.Config);
        var measurements = new List<TreeMeasurement>();
        foreach (int batch in Batches.Distinct().Order())
        {
            foreach (int context in Contexts.Distinct().Order())
            {
                var load = new DecodingLoad(batch, context, Steps) { Text = Text };
                double plain = Best(() => StepTimer.Plain(model, load, cancellation));
                Add(new TreeMeasurement(1, 1, batch, context, plain, plain, StepTimer.Bytes(model, null, load)));
                foreach (LbrOptions tree in trees)
                {
                    double time = Time(model, tree, load, cancellation);
                    Add(new TreeMeasurement(tree.Width, tree.Depth, batch, context, time, plain, StepTimer.Bytes(model, tree, load)) { AdaptiveEntropy = tree.AdaptiveEntropy });
                }
            }
        }

        return new TreeProfile(model.Device.Info.Name, model.ElementType.Name(), budget, measurements);

        void Add(TreeMeasurement measurement)
        {
            measurements.Add(measurement);
            measured?.Report(measurement);
        }
    }

    private static double Time(Transformer model, LbrOptions tree, DecodingLoad load, CancellationToken cancellation)
    {
        try
        {
            return Best(() => StepTimer.Tree(model, tree, load, cancellation));
        }
        catch (OutOfDeviceMemoryException)
        {
            return double.NaN;
        }
    }

    // The better of two runs: in the first one code is still compiled and clocks still rise, most of all where it counts, under the yardstick.
    private static double Best(Func<double> measure) => Math.Min(measure(), measure());

    private static long Nodes(int width, int depth)
    {
        long nodes = 0, level = 1;
        for (int d = 1; d <= depth && nodes <= TreeShape.MaximumNodes; d++) nodes += level *= width;
        return nodes;
    }
}
