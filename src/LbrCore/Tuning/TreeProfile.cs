using LbrCore.Formats;

namespace LbrCore.Tuning;

/// <summary>What trees cost on a machine, and what slow-down is accepted: <c>tree-profile.json</c> in a model's folder, from which the tree is chosen.</summary>
/// <param name="Device">What was measured on.</param>
/// <param name="ElementType">What weights and activations were kept in.</param>
/// <param name="Budget">Slow-down that is accepted.</param>
/// <param name="Measurements">Every tree under every load.</param>
public sealed record TreeProfile(string Device, string ElementType, double Budget, IReadOnlyList<TreeMeasurement> Measurements)
{
    /// <summary>Name of the file in a model's folder.</summary>
    public const string FileName = "tree-profile.json";

    /// <summary>Name of the task that was measured, or null.</summary>
    public string? Task { get; init; }

    /// <summary>How well each tree answers its problems; empty without a task.</summary>
    public IReadOnlyList<TreeAccuracy> Accuracies { get; init; } = [];

    /// <summary>The accuracy of a tree, or null where it was not measured.</summary>
    /// <param name="tree">The tree.</param>
    public TreeAccuracy? AccuracyOf(TreeChoice tree) => Accuracies.FirstOrDefault(accuracy => accuracy.Tree == tree);

    /// <summary>
    /// The best tree within the budget. With a task that with the most right answers, of equals the faster; it may be plain decoding. Without one that with the most nodes, of equals the
    /// faster; plain decoding where none is within the budget. An adaptive tree counts with a task only, for it is as large as another and saves where that is not seen.
    /// </summary>
    /// <param name="batch">Texts at the same time: the next larger batch that was measured counts, or else the largest.</param>
    /// <param name="context">Tokens before, likewise; null for the longest measured.</param>
    /// <exception cref="InvalidOperationException">Nothing was measured.</exception>
    public TreeChoice Recommend(int batch = 1, int? context = null)
    {
        IEnumerable<TreeMeasurement> affordable = Under(batch, context).Where(m => m.Fits && m.SlowDown <= Budget);
        TreeMeasurement? best = Accuracies.Count > 0
            ? affordable.Where(m => AccuracyOf(m.Tree) is not null).OrderByDescending(m => AccuracyOf(m.Tree)!.Share.Estimate).ThenBy(m => m.Milliseconds).FirstOrDefault()
            : affordable.Where(m => m.AdaptiveEntropy == 0).OrderByDescending(m => m.Nodes).ThenBy(m => m.Milliseconds).FirstOrDefault();
        return best?.Tree ?? TreeChoice.Plain;
    }

    /// <summary>The front of accuracy and cost: measurements that no other beats in both, the fastest first; empty without a task.</summary>
    /// <param name="batch">Texts at the same time, as in <see cref="Recommend"/>.</param>
    /// <param name="context">Tokens before, likewise.</param>
    /// <exception cref="InvalidOperationException">Nothing was measured.</exception>
    public IReadOnlyList<TreeMeasurement> Front(int batch = 1, int? context = null)
    {
        var front = new List<TreeMeasurement>();
        double best = double.NegativeInfinity;
        foreach (TreeMeasurement m in Under(batch, context).Where(m => m.Fits && AccuracyOf(m.Tree) is not null).OrderBy(m => m.Milliseconds).ThenByDescending(m => AccuracyOf(m.Tree)!.Share.Estimate))
        {
            if (AccuracyOf(m.Tree)!.Share.Estimate <= best) continue;
            best = AccuracyOf(m.Tree)!.Share.Estimate;
            front.Add(m);
        }

        return front;
    }

    /// <summary>Reads a profile.</summary>
    /// <param name="path">The file, or a folder that holds it.</param>
    /// <exception cref="CheckpointException">The file is missing or malformed.</exception>
    public static TreeProfile Load(string path) => TreeProfileFile.Load(path);

    /// <summary>Writes the profile; one that was there is whole until it is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">The file cannot be written.</exception>
    public void Save(string path) => TreeProfileFile.Save(this, path);

    private TreeMeasurement[] Under(int batch, int? context)
    {
        if (Measurements.Count == 0) throw new InvalidOperationException("The profile holds no measurement.");
        int ofBatch = Nearest(Measurements.Select(m => m.Batch), batch);
        TreeMeasurement[] sameBatch = [.. Measurements.Where(m => m.Batch == ofBatch)];
        int ofContext = Nearest(sameBatch.Select(m => m.Context), context ?? int.MaxValue);
        return [.. sameBatch.Where(m => m.Context == ofContext)];
    }

    private static int Nearest(IEnumerable<int> measured, int wanted)
    {
        int[] values = [.. measured.Distinct().Order()];
        return values.FirstOrDefault(value => value >= wanted, values[^1]);
    }
}
