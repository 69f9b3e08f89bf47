using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Formats.Configuration;
using LbrCore.Model;

namespace LbrCore.Decoding;

/// <summary>
/// Decodes by Local Branch Routing: before each token a tree of K^1 + ... + K^L candidates stands below the text; one pass forwards its new leaves, the router commits one branch, the
/// tree shifts. After the first token that is one captured graph a token.
/// </summary>
/// <remarks>One thread at a time may use a decoder; several decoders may share a model.</remarks>
public abstract class LbrDecoder : IDisposable
{
    private protected LbrDecoder(SessionOptions options, LbrOptions lbr) => (Options, Lbr) = (options, lbr);

    /// <summary>Sizes.</summary>
    public SessionOptions Options { get; }

    /// <summary>Tree and router.</summary>
    public LbrOptions Lbr { get; }

    /// <summary>Whether to capture the step and replay it. Off, every kernel is launched by itself: the same results, with more work for the host.</summary>
    public bool UseGraph { get; set; } = true;

    /// <summary>Told between pieces of work that are queued on a stream, or null: for timers.</summary>
    internal Action<ComputeStream, DecodePhase>? PhaseEnded { get; set; }

    /// <summary>What the device has been asked to do so far: a committed token costs one graph launch and the copy of its report.</summary>
    public abstract StreamCounters Counters { get; }

    /// <summary>A decoder for a model.</summary>
    /// <param name="model">The model; it must outlive the decoder.</param>
    /// <param name="options">Sizes. Tree nodes and rows are raised to what the tree needs.</param>
    /// <param name="lbr">Tree and router.</param>
    /// <param name="stopTokens">Ids that end a text.</param>
    /// <exception cref="ArgumentException">A size is out of range, or the router does not fit the model.</exception>
    /// <exception cref="OutOfDeviceMemoryException">The device has not enough memory free.</exception>
    public static LbrDecoder Create(Transformer model, SessionOptions options, LbrOptions lbr, IReadOnlyCollection<int> stopTokens) => model switch
    {
        Transformer<float> f32 => new LbrDecoder<float>(f32, options, lbr, stopTokens),
        Transformer<BFloat16> bf16 => new LbrDecoder<BFloat16>(bf16, options, lbr, stopTokens),
        Transformer<Half> f16 => new LbrDecoder<Half>(f16, options, lbr, stopTokens),
        _ => throw new ArgumentException($"There is no decoder for {model?.GetType().Name ?? "no model"}.", nameof(model)),
    };

    /// <summary>What a model and a decoder with it allocate.</summary>
    /// <param name="config">A valid config.</param>
    /// <param name="elementType">F32, BF16 or F16.</param>
    /// <param name="options">Sizes.</param>
    /// <param name="lbr">Tree and router.</param>
    /// <exception cref="ArgumentException">A size is out of range, or another element type.</exception>
    public static MemoryPlan Plan(ModelConfig config, TensorDtype elementType, SessionOptions options, LbrOptions lbr)
    {
        ArgumentNullException.ThrowIfNull(config);
        return Transformer.PlanWeights(config, elementType).Add(Plan(config, elementType, options, lbr, device: null));
    }

    /// <summary>What a decoder allocates beside the model; the workspaces too where the device is known.</summary>
    internal static MemoryPlan Plan(ModelConfig config, TensorDtype elementType, SessionOptions options, LbrOptions lbr, DeviceInfo? device)
    {
        SessionOptions sizes = ForTrees(options, lbr);
        return Transformer.PlanSession(config, elementType, sizes, device)
            .Add(TokenSampler.Plan(config.VocabSize, sizes.Sequences, DrawRows(sizes, lbr)))
            .Add(lbr.Router.Plan(sizes.Sequences, lbr.Shape))
            .Add(elementType == TensorDtype.F32
                ? TreeBuffers<float>.Plan(lbr, sizes.Sequences, config.HiddenSize, config.VocabSize)
                : TreeBuffers<Half>.Plan(lbr, sizes.Sequences, config.HiddenSize, config.VocabSize));
    }

    /// <summary>Continues texts.</summary>
    /// <param name="prompts">At most <see cref="SessionOptions.Sequences"/>, none empty.</param>
    /// <param name="sampling">How children are drawn.</param>
    /// <param name="maxTokens">Most tokens to add to each.</param>
    /// <param name="firstNumber">Text i draws as number firstNumber + i of the seed, whatever stands beside it in the batch.</param>
    /// <param name="prefilled">Told the number of prompt tokens forwarded so far.</param>
    /// <param name="cancellation">Ends the decoding between tokens.</param>
    /// <returns>The steps as they are taken; those of one step in the order of the prompts. Nothing is computed before the first is asked for.</returns>
    /// <exception cref="ArgumentException">A prompt is empty or too long, a token is not in the vocabulary, or an option is out of range.</exception>
    /// <exception cref="OperationCanceledException">The decoding was cancelled.</exception>
    public abstract IEnumerable<DecodedStep> Decode(
        IReadOnlyList<ReadOnlyMemory<int>> prompts, SamplingOptions sampling, int maxTokens, uint firstNumber = 0, IProgress<int>? prefilled = null, CancellationToken cancellation = default);

    /// <summary>Frees cache, activations and trees.</summary>
    public abstract void Dispose();

    /// <summary>Room for the tree of every sequence, in the cache and in a pass.</summary>
    private protected static SessionOptions ForTrees(SessionOptions options, LbrOptions lbr)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(lbr);
        return options with
        {
            TreeNodes = Math.Max(options.TreeNodes, lbr.Shape.Nodes),
            MaxRows = Math.Max(options.MaxRows, checked(options.Sequences * lbr.Shape.Leaves)),
            MaxLogitRows = Math.Max(options.MaxLogitRows, DrawRows(options, lbr)),
        };
    }

    /// <summary>Rows of logits in a step: those after which the deepest level grows, or all leaves where the router asks for entropies.</summary>
    private protected static int DrawRows(SessionOptions options, LbrOptions lbr) =>
        checked(options.Sequences * (lbr.Router.NeedsEntropies ? lbr.Shape.Leaves : lbr.Shape.Count(lbr.Shape.Depth - 1)));
}
