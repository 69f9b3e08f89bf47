using LbrCore.KernelVerification.Cases;

namespace LbrCore.KernelVerification;

/// <summary>All cases. Every variant of every kernel has some; a kernel's file of cases stands in the folder <c>Cases</c>.</summary>
public static class KernelCases
{
    /// <summary>The cases of all kernels.</summary>
    public static IEnumerable<KernelCase> All =>
    [
        .. ElementsCases.All,
        .. TrainingCases.All,
        .. RmsNormCases.All,
        .. SoftmaxCases.All,
        .. LinearCases.All,
        .. LinearTiledCases.All,
        .. NormedCases.All,
        .. EmbeddingCases.All,
        .. SwiGluCases.All,
        .. RopeCases.All,
        .. AttentionCases.All,
        .. CacheCases.All,
        .. SamplingCases.All,
        .. TreeCases.All,
        .. InitializationCases.All,
        .. NormLinearCases.All,
        .. RouterCases.All,
        .. GradientCases.All,
        .. ThinkingCases.All,
    ];
}
