using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Formats.Configuration;
using LbrCore.Model;

namespace LbrCore.Decoding;

/// <summary>Decodes token by token, a batch of texts at a time: prefill, then one captured graph a token.</summary>
public abstract class PlainDecoder : IDisposable
{
    private protected PlainDecoder(SessionOptions options) => Options = options;

    /// <summary>Sizes.</summary>
    public SessionOptions Options { get; }

    /// <summary>Whether to capture the step and replay it. Off, every kernel is launched by itself: the same results, with more work for the host.</summary>
    public bool UseGraph { get; set; } = true;

    /// <summary>A decoder for a model.</summary>
    /// <param name="model">The model; it must outlive the decoder.</param>
    /// <param name="options">Sizes.</param>
    /// <param name="stopTokens">Ids that end a text.</param>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    /// <exception cref="OutOfDeviceMemoryException">The device has not enough memory free.</exception>
    public static PlainDecoder Create(Transformer model, SessionOptions options, IReadOnlyCollection<int> stopTokens) => model switch
    {
        Transformer<float> f32 => new PlainDecoder<float>(f32, options, stopTokens),
        Transformer<BFloat16> bf16 => new PlainDecoder<BFloat16>(bf16, options, stopTokens),
        Transformer<Half> f16 => new PlainDecoder<Half>(f16, options, stopTokens),
        _ => throw new ArgumentException($"There is no decoder for {model?.GetType().Name ?? "no model"}.", nameof(model)),
    };

    /// <summary>What a model and a decoder with it allocate.</summary>
    /// <param name="config">A valid config.</param>
    /// <param name="elementType">F32, BF16 or F16.</param>
    /// <param name="options">Sizes.</param>
    /// <exception cref="ArgumentException">A size is out of range, or another element type.</exception>
    public static MemoryPlan Plan(ModelConfig config, TensorDtype elementType, SessionOptions options)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Transformer.Plan(config, elementType, ForDecoding(options)).Add(TokenSampler.Plan(config.VocabSize, options.Sequences, options.Sequences));
    }

    /// <summary>Continues texts.</summary>
    /// <param name="prompts">At most <see cref="SessionOptions.Sequences"/>, none empty.</param>
    /// <param name="sampling">How tokens are drawn; text i draws as number i of the seed.</param>
    /// <param name="maxTokens">Most tokens to add to each.</param>
    /// <param name="prefilled">Told the number of prompt tokens forwarded so far.</param>
    /// <param name="cancellation">Ends the decoding between tokens.</param>
    /// <returns>The tokens as they are drawn; those of one step in the order of the prompts. Nothing is computed before the first is asked for.</returns>
    /// <exception cref="ArgumentException">A prompt is empty or too long, a token is not in the vocabulary, or an option is out of range.</exception>
    /// <exception cref="OperationCanceledException">The decoding was cancelled.</exception>
    public abstract IEnumerable<DecodedToken> Decode(
        IReadOnlyList<ReadOnlyMemory<int>> prompts, SamplingOptions sampling, int maxTokens, IProgress<int>? prefilled = null, CancellationToken cancellation = default);

    /// <summary>Frees cache and activations.</summary>
    public abstract void Dispose();

    /// <summary>Every sequence has a row in a step, and one of logits.</summary>
    private protected static SessionOptions ForDecoding(SessionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options with { MaxLogitRows = Math.Max(options.MaxLogitRows, options.Sequences), MaxRows = Math.Max(options.MaxRows, options.Sequences) };
    }
}
