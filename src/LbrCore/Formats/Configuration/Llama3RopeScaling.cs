namespace LbrCore.Formats.Configuration;

/// <summary>
/// The <c>llama3</c> rope scaling: slow rotations are divided by <see cref="Factor"/>, fast ones kept, those between blended.
/// </summary>
/// <param name="Factor"><c>factor</c>: divisor of the slow frequencies, at least 1.</param>
/// <param name="LowFreqFactor"><c>low_freq_factor</c>: rotations per original context below which a frequency is slow.</param>
/// <param name="HighFreqFactor"><c>high_freq_factor</c>: rotations per original context above which a frequency is fast.</param>
/// <param name="OriginalMaxPositionEmbeddings"><c>original_max_position_embeddings</c>: context of the pre-training, in tokens.</param>
public sealed record Llama3RopeScaling(
    double Factor, double LowFreqFactor, double HighFreqFactor, int OriginalMaxPositionEmbeddings)
{
    /// <summary>The value of <c>rope_type</c>.</summary>
    internal const string TypeName = "llama3";
}
