namespace LbrCore.Tuning;

/// <summary>What a tree costs under a load.</summary>
/// <param name="Width">Candidates, K.</param>
/// <param name="Depth">Tokens ahead, L.</param>
/// <param name="Batch">Texts at the same time.</param>
/// <param name="Context">Tokens before.</param>
/// <param name="Milliseconds">Median time of a step; NaN where it does not fit the device.</param>
/// <param name="PlainMilliseconds">That of plain decoding under the same load.</param>
/// <param name="Bytes">Memory of model, cache and trees.</param>
public sealed record TreeMeasurement(int Width, int Depth, int Batch, int Context, double Milliseconds, double PlainMilliseconds, long Bytes)
{
    /// <summary>Entropy in nats below which one child grows instead of K; 0 for never.</summary>
    public double AdaptiveEntropy { get; init; }

    /// <summary>The tree alone.</summary>
    public TreeChoice Tree => new(Width, Depth, AdaptiveEntropy);

    /// <summary>Whether it fits the device.</summary>
    public bool Fits => double.IsFinite(Milliseconds);

    /// <summary>Time of a step relative to plain decoding.</summary>
    public double SlowDown => Milliseconds / PlainMilliseconds;

    /// <summary>Nodes of the tree, K + ... + K^L.</summary>
    public int Nodes
    {
        get
        {
            int nodes = 0, level = 1;
            for (int depth = 1; depth <= Depth; depth++) nodes += level *= Width;
            return nodes;
        }
    }

    /// <summary>Rows that a step forwards for each text, K^L.</summary>
    public int Rows
    {
        get
        {
            int rows = 1;
            for (int depth = 1; depth <= Depth; depth++) rows *= Width;
            return rows;
        }
    }
}
