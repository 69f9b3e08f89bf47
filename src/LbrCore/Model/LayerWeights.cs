using LbrCore.Compute;

namespace LbrCore.Model;

/// <summary>The weights of one transformer layer. A matrix has shape [outputs, inputs], row-major; an absent tensor is an empty view.</summary>
/// <typeparam name="T">Element type.</typeparam>
public sealed class LayerWeights<T>
    where T : unmanaged
{
    /// <summary><c>input_layernorm.weight</c>, [hidden].</summary>
    public required ArrayView<T> InputNorm { get; init; }

    /// <summary><c>self_attn.{q,k,v}_proj.weight</c> one under the other, [(heads + 2 key-value heads) * head_dim, hidden].</summary>
    public required ArrayView<T> QueryKeyValue { get; init; }

    /// <summary><c>self_attn.{q,k,v}_proj.bias</c>, or empty.</summary>
    public required ArrayView<T> QueryKeyValueBias { get; init; }

    /// <summary><c>self_attn.q_norm.weight</c>, [head_dim], or empty.</summary>
    public required ArrayView<T> QueryNorm { get; init; }

    /// <summary><c>self_attn.k_norm.weight</c>, [head_dim], or empty.</summary>
    public required ArrayView<T> KeyNorm { get; init; }

    /// <summary><c>self_attn.o_proj.weight</c>, [hidden, heads * head_dim].</summary>
    public required ArrayView<T> Output { get; init; }

    /// <summary><c>self_attn.o_proj.bias</c>, [hidden], or empty.</summary>
    public required ArrayView<T> OutputBias { get; init; }

    /// <summary><c>post_attention_layernorm.weight</c>, [hidden].</summary>
    public required ArrayView<T> PostAttentionNorm { get; init; }

    /// <summary><c>mlp.{gate,up}_proj.weight</c> one under the other, [2 * intermediate, hidden].</summary>
    public required ArrayView<T> GateUp { get; init; }

    /// <summary><c>mlp.down_proj.weight</c>, [hidden, intermediate].</summary>
    public required ArrayView<T> Down { get; init; }
}
