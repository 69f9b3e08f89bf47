namespace LbrCore.Tuning;

/// <summary>A tree of the grid.</summary>
/// <param name="Width">Candidates, K; 1 is plain decoding.</param>
/// <param name="Depth">Tokens ahead, L.</param>
/// <param name="AdaptiveEntropy">Entropy in nats below which one child grows instead of K; 0 for never.</param>
public readonly record struct TreeChoice(int Width, int Depth, double AdaptiveEntropy = 0)
{
    /// <summary>Plain decoding.</summary>
    public static TreeChoice Plain => new(1, 1);

    /// <summary>The tree as the options of <c>lbr generate</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"--width {Width} --depth {Depth}{(AdaptiveEntropy > 0 ? $" --adaptive {AdaptiveEntropy}" : "")}");
}
