namespace LbrCore.KernelVerification.Cases;

/// <summary>The kernels of backward passes and of the optimizer.</summary>
internal static class TrainingCases
{
    public static IEnumerable<KernelCase> All =>
    [
        .. TransposeCases.All,
        .. ColumnSumsCases.All,
        .. RmsNormGradientCases.All,
        .. SwiGluGradientCases.All,
        .. RopeGradientCases.All,
        .. EmbeddingGradientCases.All,
        .. LogProbsCases.All,
        .. PackedAttentionCases.All,
        .. WeightGradientCases.All,
        .. OptimizerCases.All,
    ];
}
