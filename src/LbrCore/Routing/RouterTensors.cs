using LbrCore.Formats;

namespace LbrCore.Routing;

/// <summary>The tensors of a router with their names, shapes and places in one stretch of memory. All are F32; a matrix has shape [outputs, inputs].</summary>
public static class RouterTensors
{
    /// <summary>Weight of the norm over states, [H].</summary>
    public const string EncoderNorm = "encoder.norm.weight";

    /// <summary>W_in, [r, H].</summary>
    public const string EncoderInput = "encoder.input.weight";

    /// <summary>Depth embedding, [L, r].</summary>
    public const string EncoderDepth = "encoder.depth.weight";

    /// <summary>Weight of the norm over embeddings of tokens, [H]; only with <see cref="RouterConfig.PreCandidate"/>.</summary>
    public const string EncoderTokenNorm = "encoder.token_norm.weight";

    /// <summary>What embeddings of tokens go through, [r, H]; only with <see cref="RouterConfig.PreCandidate"/>.</summary>
    public const string EncoderToken = "encoder.token.weight";

    /// <summary>Weight of the log-probability, [r]; only with <see cref="RouterConfig.LogProbabilityFeature"/>.</summary>
    public const string EncoderLogProbability = "encoder.log_probability.weight";

    /// <summary>The score w, [r]. Zero in a fresh router, whose choice is uniform.</summary>
    public const string Score = "score.weight";

    /// <summary>Name of a projection of the attention that pools a subtree: q_proj, k_proj, v_proj, o_proj, each [r, r].</summary>
    /// <param name="projection">The projection.</param>
    public static string InPooling(string projection) => $"encoder.pool.{projection}.weight";

    /// <summary>Name of a tensor of a block.</summary>
    /// <param name="block">Index of the block from 0.</param>
    /// <param name="tensor">attention_norm, q_proj, k_proj, v_proj, o_proj, feed_forward_norm, up_proj ([4r, r]) or down_proj ([r, 4r]).</param>
    public static string InBlock(int block, string tensor) => $"blocks.{block}.{tensor}.weight";

    /// <summary>Everything that a router holds, in the order in which it lies in memory: query, key and value one under the other.</summary>
    /// <param name="config">A valid config.</param>
    public static IEnumerable<TensorSpec> Expected(RouterConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        long hidden = config.HiddenSize, width = config.RouterWidth;
        yield return Tensor(EncoderNorm, hidden);
        yield return Tensor(EncoderInput, width, hidden);
        yield return Tensor(EncoderDepth, config.MaxDepth, width);
        if (config.PreCandidate)
        {
            yield return Tensor(EncoderTokenNorm, hidden);
            yield return Tensor(EncoderToken, width, hidden);
        }

        if (config.LogProbabilityFeature) yield return Tensor(EncoderLogProbability, width);
        foreach (string projection in s_projections) yield return Tensor(InPooling(projection), width, width);
        for (int block = 0; block < config.Blocks; block++)
        {
            yield return Tensor(InBlock(block, "attention_norm"), width);
            foreach (string projection in s_projections) yield return Tensor(InBlock(block, projection), width, width);
            yield return Tensor(InBlock(block, "feed_forward_norm"), width);
            yield return Tensor(InBlock(block, "up_proj"), config.InnerWidth, width);
            yield return Tensor(InBlock(block, "down_proj"), width, config.InnerWidth);
        }

        yield return Tensor(Score, width);
    }

    /// <summary>Number of parameters.</summary>
    /// <param name="config">A valid config.</param>
    public static long ParameterCount(RouterConfig config) => Expected(config).Sum(Elements);

    /// <summary>Elements of a tensor.</summary>
    internal static long Elements(TensorSpec spec) => spec.ByteLength / sizeof(float);

    /// <summary>Elements from the start of a tensor to that of the next. Matrices of multiples of 8 leave no gap, so that query, key and value are one matrix.</summary>
    internal static long Stride(TensorSpec spec)
    {
        const long Alignment = 256 / sizeof(float);
        return (Elements(spec) + Alignment - 1) / Alignment * Alignment;
    }

    private static readonly string[] s_projections = ["q_proj", "k_proj", "v_proj", "o_proj"];

    private static TensorSpec Tensor(string name, params ReadOnlySpan<long> shape) => new(name, TensorDtype.F32, shape.ToArray());
}
