using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Formats.Configuration;
using LbrCore.Model;

namespace LbrCore.Decoding;

/// <summary>Decodes with mixed embeddings: Soft Thinking and Multiplex Thinking. Prefill, then one captured graph a step.</summary>
/// <remarks>Sources: Zhang et al., Soft Thinking (2025); Multiplex Thinking (arXiv 2601.08808). One thread at a time may use a decoder; several decoders may share a model.</remarks>
public abstract class ThinkingDecoder : IDisposable
{
    private protected ThinkingDecoder(SessionOptions options, ThinkingOptions thinking) => (Options, Thinking) = (options, thinking);

    /// <summary>Sizes.</summary>
    public SessionOptions Options { get; }

    /// <summary>What is mixed, and when thinking ends.</summary>
    public ThinkingOptions Thinking { get; }

    /// <summary>Whether to capture the step and replay it.</summary>
    public bool UseGraph { get; set; } = true;

    /// <summary>Told between pieces of work that are queued on a stream, or null: for timers.</summary>
    internal Action<ComputeStream, DecodePhase>? PhaseEnded { get; set; }

    /// <summary>A decoder for a model.</summary>
    /// <param name="model">The model; it must outlive the decoder.</param>
    /// <param name="options">Sizes.</param>
    /// <param name="thinking">What is mixed, and when thinking ends.</param>
    /// <param name="stopTokens">Ids that end a text.</param>
    /// <exception cref="ArgumentException">A size or an option is out of range.</exception>
    /// <exception cref="OutOfDeviceMemoryException">The device has not enough memory free.</exception>
    public static ThinkingDecoder Create(Transformer model, SessionOptions options, ThinkingOptions thinking, IReadOnlyCollection<int> stopTokens) => model switch
    {
        Transformer<float> f32 => new ThinkingDecoder<float>(f32, options, thinking, stopTokens),
        Transformer<BFloat16> bf16 => new ThinkingDecoder<BFloat16>(bf16, options, thinking, stopTokens),
        Transformer<Half> f16 => new ThinkingDecoder<Half>(f16, options, thinking, stopTokens),
        _ => throw new ArgumentException($"There is no decoder for {model?.GetType().Name ?? "no model"}.", nameof(model)),
    };

    /// <summary>What a decoder allocates beside the model; the workspaces too where the device is known.</summary>
    internal static MemoryPlan Plan(ModelConfig config, TensorDtype elementType, SessionOptions options, ThinkingOptions thinking, DeviceInfo? device)
    {
        SessionOptions sizes = ForSteps(options);
        return Transformer.PlanSession(config, elementType, sizes, device)
            .Add(TokenSampler.Plan(config.VocabSize, sizes.Sequences, sizes.Sequences))
            .Add(ThinkingBuffers.Plan(sizes.Sequences, thinking.Slots));
    }

    /// <summary>Room for one row of every sequence.</summary>
    private protected static SessionOptions ForSteps(SessionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options with { MaxLogitRows = Math.Max(options.MaxLogitRows, options.Sequences), MaxRows = Math.Max(options.MaxRows, options.Sequences) };
    }

    /// <summary>Continues texts.</summary>
    /// <param name="prompts">At most <see cref="SessionOptions.Sequences"/>, none empty.</param>
    /// <param name="sampling">The distribution that is mixed or drawn from, while thinking and afterwards.</param>
    /// <param name="maxTokens">Most steps of each.</param>
    /// <param name="firstNumber">Text i draws as number firstNumber + i of the seed, whatever stands beside it in the batch.</param>
    /// <param name="prefilled">Told the number of prompt tokens forwarded so far.</param>
    /// <param name="cancellation">Ends the decoding between steps.</param>
    /// <returns>The steps as they are taken; those of one step in the order of the prompts. Nothing is computed before the first is asked for.</returns>
    /// <exception cref="ArgumentException">A prompt is empty or too long, a token is not in the vocabulary, or an option is out of range.</exception>
    /// <exception cref="OperationCanceledException">The decoding was cancelled.</exception>
    public abstract IEnumerable<ThinkingStep> Decode(
        IReadOnlyList<ReadOnlyMemory<int>> prompts, SamplingOptions sampling, int maxTokens, uint firstNumber = 0, IProgress<int>? prefilled = null, CancellationToken cancellation = default);

    /// <summary>Frees cache and activations.</summary>
    public abstract void Dispose();
}
