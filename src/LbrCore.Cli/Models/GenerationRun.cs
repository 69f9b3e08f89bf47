using System.Diagnostics;
using System.Text;
using LbrCore.Cli.Terminal;
using LbrCore.Decoding;
using LbrCore.Formats.ChatTemplates;
using LbrCore.Formats.Configuration;
using LbrCore.Model;

namespace LbrCore.Cli.Models;

/// <summary>One generation: loads, encodes, streams and reports.</summary>
internal sealed class GenerationRun : IDisposable
{
    private readonly Screen _screen;
    private readonly int[] _prompt;
    private readonly int _maxTokens;
    private readonly TimeSpan _loading;

    private GenerationRun(TextGenerator generator, int[] prompt, int maxTokens, TimeSpan loading, Screen screen)
    {
        Generator = generator;
        _prompt = prompt;
        _maxTokens = maxTokens;
        _loading = loading;
        _screen = screen;
    }

    /// <summary>The model.</summary>
    public TextGenerator Generator { get; }

    /// <summary>Loads a model and encodes a prompt. Where no context is asked for, it is what prompt and answer need.</summary>
    /// <exception cref="UsageException">A text is given to a folder without tokenizer or chat template.</exception>
    public static GenerationRun Load(string folder, TextGeneratorOptions options, PromptSource source, int maxTokens, Screen screen, CancellationToken cancellation)
    {
        // Encoded before the weights are read, so that mistakes show at once.
        int limit = ModelConfig.Load(folder).MaxPositionEmbeddings;
        PromptEncoder? encoder = PromptEncoder.Load(folder);
        int[] prompt = Encode(folder, encoder, source);
        int context = options.ContextLength ?? (int)Math.Clamp((long)prompt.Length + maxTokens, 1, limit);
        var loading = new ProgressLine<LoadProgress>(screen, at => $"loading {Format.Bytes(at.LoadedBytes)} of {Format.Bytes(at.TotalBytes)}");
        TextGenerator generator = TextGenerator.Load(folder, options with { ContextLength = context, Encoder = encoder }, loading, cancellation);
        loading.Done($"loaded in {Format.Milliseconds(loading.Elapsed.TotalMilliseconds)} on {generator.DeviceDescription}");
        return new GenerationRun(generator, prompt, maxTokens, loading.Elapsed, screen);
    }

    /// <summary>Generates; what was generated before an interrupt counts.</summary>
    /// <param name="sampling">How tokens are drawn.</param>
    /// <param name="json">One object at the end instead of the text.</param>
    /// <param name="trace">Gets the trees, or null.</param>
    /// <param name="printer">Draws the trees instead of the text, or null.</param>
    /// <param name="cancellation">Ends the generation.</param>
    public async Task GenerateAsync(SamplingOptions sampling, bool json, TraceFile? trace, TreePrinter? printer, CancellationToken cancellation)
    {
        trace?.Begin(_prompt, Generator);
        var tokens = new List<GeneratedToken>();
        var text = new StringBuilder();
        var watch = Stopwatch.StartNew();
        TimeSpan first = TimeSpan.Zero;
        var prefill = new ProgressLine<int>(_screen, rows => $"read {rows} of {_prompt.Length} prompt tokens");
        try
        {
            var options = new GenerationOptions { MaxTokens = _maxTokens, Sampling = sampling };
            await foreach (GeneratedToken token in Generator.GenerateAsync(_prompt, options, prefill, cancellation).ConfigureAwait(false))
            {
                if (tokens.Count == 0) prefill.Done($"read {_prompt.Length} prompt tokens in {Format.Milliseconds((first = watch.Elapsed).TotalMilliseconds)}");
                tokens.Add(token);
                text.Append(token.Text);
                if (token.Tree is not null) trace?.Write(token.Tree);
                if (printer is not null && token.Tree is not null) printer.Show(token.Tree, token.Text);
                else if (!json) Stream(token, tokens.Count == 1);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
        }

        var timings = new GenerationTimings(_loading, first, watch.Elapsed - first, tokens.Count);
        if (json)
        {
            _screen.Line(GenerationJson.Write(_prompt, tokens, Generator.Tokenizer is null ? null : text.ToString(), sampling, timings));
            return;
        }

        printer?.End();
        _screen.Line();
        _screen.Progress($"{tokens.Count} tokens, {Format.Fixed(timings.TokensPerSecond, 1)} tokens/s after {Format.Milliseconds(first.TotalMilliseconds)} for the first; seed {sampling.Seed}");
    }

    /// <summary>Frees the model.</summary>
    public void Dispose() => Generator.Dispose();

    private void Stream(GeneratedToken token, bool isFirst)
    {
        _screen.Out.Write(Generator.Tokenizer is not null ? token.Text : isFirst ? $"{token.Id}" : $" {token.Id}");
        _screen.Out.Flush();
    }

    private static int[] Encode(string folder, PromptEncoder? encoder, PromptSource source) =>
        source.Ids is { } ids ? ids
        : encoder is null ? throw new UsageException($"{folder} has no tokenizer.json; give the prompt as --prompt-ids.")
        : source.Chat ? encoder.EncodeChat([new ChatMessage("user", source.Text)])
        : encoder.Encode(source.Text!);
}

/// <summary>How long a generation took.</summary>
/// <param name="Load">Loading of the model.</param>
/// <param name="FirstToken">From the start to the first token: mostly the prompt.</param>
/// <param name="Decode">From the first token to the last.</param>
/// <param name="Tokens">Tokens generated.</param>
internal readonly record struct GenerationTimings(TimeSpan Load, TimeSpan FirstToken, TimeSpan Decode, int Tokens)
{
    /// <summary>Tokens after the first, per second.</summary>
    public double TokensPerSecond => Tokens > 1 && Decode > TimeSpan.Zero ? (Tokens - 1) / Decode.TotalSeconds : 0;
}
