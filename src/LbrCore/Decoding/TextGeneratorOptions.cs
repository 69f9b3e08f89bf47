using LbrCore.Formats;

namespace LbrCore.Decoding;

/// <summary>How a <see cref="TextGenerator"/> is set up.</summary>
public sealed record TextGeneratorOptions
{
    /// <summary><c>cuda</c>, <c>cuda:N</c>, <c>cpu</c>; null for a GPU if there is one, else the CPU.</summary>
    public string? Device { get; init; }

    /// <summary>F32, BF16 or F16; null for BF16 on a GPU and F32 on the CPU.</summary>
    public TensorDtype? ElementType { get; init; }

    /// <summary>Tokens of prompt and answer together, which fixes the memory of the cache; null for 4096, or less where the model's positions end before.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Local Branch Routing: tree and router. Null for plain decoding.</summary>
    public LbrOptions? Lbr { get; init; }

    /// <summary>Tokenizer and chat template; null for those of the folder.</summary>
    public PromptEncoder? Encoder { get; init; }
}
