using LbrCore.Decoding;

namespace LbrCore.Checks;

/// <summary>A tree over a toy vocabulary.</summary>
/// <param name="Vocabulary">Tokens that there are.</param>
/// <param name="Width">Candidates, K.</param>
/// <param name="Depth">Tokens ahead, L.</param>
/// <param name="Tokens">Tokens to commit.</param>
/// <param name="Siblings">How siblings are drawn.</param>
/// <param name="AdaptiveEntropy">Below this entropy one child grows; 0 for never.</param>
internal sealed record ToySetting(int Vocabulary, int Width, int Depth, int Tokens, SiblingSampling Siblings, double AdaptiveEntropy = 0)
{
    /// <summary>Settings with some hundreds of trajectories each: duplicates, both ways to draw, fewer tokens than siblings, reuse after a shift, the end of the budget, the adaptive tree.</summary>
    public static IReadOnlyList<ToySetting> All { get; } =
    [
        new(2, 2, 1, 2, SiblingSampling.Independent),
        new(2, 2, 2, 2, SiblingSampling.Independent),
        new(3, 2, 1, 2, SiblingSampling.Distinct),
        new(4, 3, 1, 1, SiblingSampling.Distinct),
        new(2, 3, 1, 2, SiblingSampling.Distinct),
        new(2, 2, 2, 2, SiblingSampling.Independent, AdaptiveEntropy: 0.6),
    ];

    /// <summary>What every text begins with.</summary>
    public static int[] Prompt => [1, 0];
}
