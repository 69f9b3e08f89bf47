using LbrCore.Compute;

namespace LbrCore.Routing;

/// <summary>The parameters of one set-attention block.</summary>
internal sealed class RouterBlockWeights
{
    public RouterBlockWeights(RouterWeights weights, int block)
    {
        AttentionNorm = weights[RouterTensors.InBlock(block, "attention_norm")];
        QueryKeyValue = weights.From(RouterTensors.InBlock(block, "q_proj"), 3L * weights.Config.RouterWidth * weights.Config.RouterWidth);
        Output = weights[RouterTensors.InBlock(block, "o_proj")];
        FeedForwardNorm = weights[RouterTensors.InBlock(block, "feed_forward_norm")];
        Up = weights[RouterTensors.InBlock(block, "up_proj")];
        Down = weights[RouterTensors.InBlock(block, "down_proj")];
    }

    /// <summary>[r].</summary>
    public ArrayView<float> AttentionNorm { get; }

    /// <summary>[3r, r].</summary>
    public ArrayView<float> QueryKeyValue { get; }

    /// <summary>[r, r].</summary>
    public ArrayView<float> Output { get; }

    /// <summary>[r].</summary>
    public ArrayView<float> FeedForwardNorm { get; }

    /// <summary>[4r, r].</summary>
    public ArrayView<float> Up { get; }

    /// <summary>[r, 4r].</summary>
    public ArrayView<float> Down { get; }
}
