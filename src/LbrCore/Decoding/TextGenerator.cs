using System.Runtime.CompilerServices;
using System.Threading.Channels;
using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Formats.ChatTemplates;
using LbrCore.Formats.Configuration;
using LbrCore.Formats.Tokenization;
using LbrCore.Model;
using LbrCore.Trees;

namespace LbrCore.Decoding;

/// <summary>A model that writes text: a Hugging Face folder, loaded onto a device, with its tokenizer, chat template and recommended settings.</summary>
/// <example>
/// <code>
/// using var model = TextGenerator.Load("path/to/model");
/// await foreach (string piece in model.GenerateAsync("Once upon a time", new GenerationOptions { MaxTokens = 100 }))
///     Console.Write(piece);
/// </code>
/// With <see cref="TextGeneratorOptions.Lbr"/> set, every token comes with the tree that was looked at before it:
/// <code>
/// var lbr = new LbrOptions { Width = 3, Depth = 2, Router = SetAttentionRouter.Load("path/to/router") };
/// using var model = TextGenerator.Load("path/to/model", new TextGeneratorOptions { Lbr = lbr });
/// await foreach (GeneratedToken token in model.GenerateAsync(model.Tokenizer!.Encode("Once upon a time")))
///     Console.WriteLine($"{token.Text}: candidate {token.Tree!.Chosen} of {token.Tree.Slots.Count}");
/// </code>
/// </example>
/// <remarks>Safe to use from several threads; generations take turns.</remarks>
public sealed class TextGenerator : IDisposable
{
    private const int UsualContextLength = 4096;

    private readonly Device _device;
    private readonly PlainDecoder? _plain;
    private readonly LbrDecoder? _lbr;
    private readonly PromptEncoder? _encoder;
    private readonly SemaphoreSlim _turn = new(1, 1);

    private TextGenerator(string folder, Device device, Transformer model, PromptEncoder? encoder, TextGeneratorOptions options)
    {
        _device = device;
        Model = model;
        Defaults = GenerationConfig.LoadOrDefault(folder, model.Config);
        _encoder = encoder;
        ContextLength = options.ContextLength ?? Math.Min(UsualContextLength, model.Config.MaxPositionEmbeddings);
        var sizes = new SessionOptions { ContextLength = ContextLength };
        if (options.Lbr is null) _plain = PlainDecoder.Create(model, sizes, Defaults.EosTokenIds);
        else _lbr = LbrDecoder.Create(model, sizes, options.Lbr, Defaults.EosTokenIds);
    }

    /// <summary>The model.</summary>
    public Transformer Model { get; }

    /// <summary>The device, and why it was chosen.</summary>
    public string DeviceDescription => _device.SelectionReason;

    /// <summary>The tokenizer, or null where the folder has none; then only token ids can be used.</summary>
    public ITokenizer? Tokenizer => _encoder?.Tokenizer;

    /// <summary>What the checkpoint recommends, with the tokens that end a text.</summary>
    public GenerationConfig Defaults { get; }

    /// <summary>Tokens of prompt and answer together.</summary>
    public int ContextLength { get; }

    /// <summary>Loads a folder.</summary>
    /// <param name="folder">A Hugging Face folder: config.json, safetensors, and where text is wanted tokenizer.json.</param>
    /// <param name="options">Device, element type, context; null for the defaults.</param>
    /// <param name="progress">Told how far loading has come.</param>
    /// <param name="cancellation">Ends the loading.</param>
    /// <exception cref="CheckpointException">Config or weights are missing, invalid or unsupported.</exception>
    /// <exception cref="ArgumentException">The tree is too large, or the router does not fit the model.</exception>
    /// <exception cref="InvalidDataException">The tokenizer is malformed.</exception>
    /// <exception cref="NotSupportedException">The tokenizer uses a construct that is not supported.</exception>
    /// <exception cref="ChatTemplateException">The chat template uses a construct that is not supported.</exception>
    /// <exception cref="ComputeException">The device cannot be used or has not enough memory; the message says which.</exception>
    public static TextGenerator Load(
        string folder, TextGeneratorOptions? options = null, IProgress<LoadProgress>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new TextGeneratorOptions();
        options.Lbr?.Validate(ModelConfig.Load(folder));
        // First what is read quickly, so that mistakes show before minutes have passed.
        PromptEncoder? encoder = options.Encoder ?? PromptEncoder.Load(folder);
        Device device = Device.Open(options.Device);
        Transformer? model = null;
        try
        {
            model = Transformer.Load(folder, device, options.ElementType, progress, cancellation);
            return new TextGenerator(folder, device, model, encoder, options);
        }
        catch
        {
            model?.Dispose();
            device.Dispose();
            throw;
        }
    }

    /// <summary>Continues a text.</summary>
    /// <param name="prompt">The text.</param>
    /// <param name="options">Length and sampling; null for the defaults.</param>
    /// <param name="cancellation">Ends the generation.</param>
    /// <returns>The continuation piece by piece, never half a character.</returns>
    /// <exception cref="NotSupportedException">The folder has no tokenizer.</exception>
    /// <exception cref="ArgumentException">The prompt is empty or too long.</exception>
    public IAsyncEnumerable<string> GenerateAsync(string prompt, GenerationOptions? options = null, CancellationToken cancellation = default) =>
        Texts(GenerateAsync(RequireEncoder().Encode(prompt), options, null, cancellation));

    /// <summary>Answers a conversation, rendered by the model's chat template.</summary>
    /// <param name="messages">The conversation, oldest message first.</param>
    /// <param name="options">Length and sampling; null for the defaults.</param>
    /// <param name="cancellation">Ends the generation.</param>
    /// <returns>The answer piece by piece, never half a character.</returns>
    /// <exception cref="NotSupportedException">The folder has no tokenizer or no chat template.</exception>
    /// <exception cref="ChatTemplateException">The template cannot render these messages.</exception>
    public IAsyncEnumerable<string> ChatAsync(IReadOnlyList<ChatMessage> messages, GenerationOptions? options = null, CancellationToken cancellation = default) =>
        Texts(GenerateAsync(EncodeChat(messages), options, null, cancellation));

    /// <summary>Tokens of a conversation, up to where the model's answer begins.</summary>
    /// <param name="messages">The conversation, oldest message first.</param>
    /// <exception cref="NotSupportedException">The folder has no tokenizer or no chat template.</exception>
    /// <exception cref="ChatTemplateException">The template cannot render these messages.</exception>
    public int[] EncodeChat(IReadOnlyList<ChatMessage> messages) => RequireEncoder().EncodeChat(messages);

    /// <summary>Continues a text that is given as tokens.</summary>
    /// <param name="promptIds">The tokens.</param>
    /// <param name="options">Length and sampling; null for the defaults.</param>
    /// <param name="prefilled">Told the number of prompt tokens forwarded so far.</param>
    /// <param name="cancellation">Ends the generation.</param>
    /// <returns>The tokens as they are drawn. The last one says why it is the last.</returns>
    /// <exception cref="ArgumentException">The prompt is empty or too long, a token is not in the vocabulary, or an option is out of range.</exception>
    /// <exception cref="OperationCanceledException">The generation was cancelled.</exception>
    public async IAsyncEnumerable<GeneratedToken> GenerateAsync(
        IReadOnlyList<int> promptIds, GenerationOptions? options = null, IProgress<int>? prefilled = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(promptIds);
        options ??= new GenerationOptions();
        SamplingOptions sampling = options.Sampling ?? SamplingOptions.From(Defaults);
        int[] prompt = [.. promptIds];
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var tokens = Channel.CreateUnbounded<(DecodedToken, TreeStep?)>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        // Waiting for the device blocks a thread, which shall not be the caller's.
        Task decoding = Task.Run(() => Decode(prompt, sampling, options.MaxTokens, tokens.Writer, prefilled, ended.Token), CancellationToken.None);
        try
        {
            IncrementalDecoder? text = Tokenizer is null ? null : new IncrementalDecoder(Tokenizer, skipSpecialTokens: true);
            await foreach ((DecodedToken token, TreeStep? tree) in tokens.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                string piece = token.Finish == FinishReason.Stop ? "" : text?.Append(token.Token) ?? "";
                if (token.Finish is not null) piece += text?.Flush();
                yield return new GeneratedToken(token.Token, piece, token.LogProbability, token.Finish) { Tree = tree };
            }
        }
        finally
        {
            await ended.CancelAsync().ConfigureAwait(false);
            await decoding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _turn.Release();
        }
    }

    /// <summary>Frees the model and the device, after the generation that runs.</summary>
    public void Dispose()
    {
        _turn.Wait();
        _plain?.Dispose();
        _lbr?.Dispose();
        Model.Dispose();
        _device.Dispose();
        _turn.Dispose();
    }

    private PromptEncoder RequireEncoder() => _encoder ?? throw new NotSupportedException("The folder has no tokenizer.json; give the prompt as token ids.");

    private void Decode(int[] prompt, SamplingOptions sampling, int maxTokens, ChannelWriter<(DecodedToken, TreeStep?)> tokens, IProgress<int>? prefilled, CancellationToken cancellation)
    {
        try
        {
            foreach (DecodedToken token in _plain?.Decode([prompt], sampling, maxTokens, prefilled, cancellation) ?? []) tokens.TryWrite((token, null));
            foreach (DecodedStep step in _lbr?.Decode([prompt], sampling, maxTokens, 0, prefilled, cancellation) ?? [])
                tokens.TryWrite((new DecodedToken(step.Sequence, step.Token, step.LogProbability, step.Finish), step.Tree));
            tokens.Complete();
        }
        catch (Exception exception)
        {
            // The reader throws it.
            tokens.Complete(exception);
        }
    }

    private static async IAsyncEnumerable<string> Texts(IAsyncEnumerable<GeneratedToken> tokens)
    {
        await foreach (GeneratedToken token in tokens.ConfigureAwait(false))
            if (token.Text.Length > 0) yield return token.Text;
    }
}
