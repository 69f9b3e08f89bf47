using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace LbrCore.Decoding;

/// <summary>A <see cref="TextGenerator"/>, plain or by Local Branch Routing, as .NET programs talk to models of any kind: <see cref="IChatClient"/>.</summary>
/// <example>
/// <code>
/// using IChatClient client = new LbrChatClient(TextGenerator.Load("path/to/model"));
/// ChatResponse answer = await client.GetResponseAsync("What is 6 x 7?");
/// </code>
/// </example>
/// <remarks>Safe to use from several threads; answers take turns. It keeps no conversation: every call brings its own.</remarks>
/// <param name="generator">The model; disposed with the client unless <paramref name="leaveOpen"/> is set.</param>
/// <param name="modelId">What answers call the model; null for no name.</param>
/// <param name="leaveOpen">Whether the generator stays usable when the client is disposed.</param>
public sealed class LbrChatClient(TextGenerator generator, string? modelId = null, bool leaveOpen = false) : IChatClient
{
    private const string Provider = "LbrCore";

    private readonly TextGenerator _generator = generator ?? throw new ArgumentNullException(nameof(generator));

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The model has no tokenizer or chat template, or the options ask for what it cannot do.</exception>
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The model has no tokenizer or chat template, or the options ask for what it cannot do.</exception>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        int[] prompt = _generator.EncodeChat([.. ChatRequest.Messages(messages, options)]);
        GenerationOptions generation = ChatRequest.Generation(options, _generator.Defaults);
        var stops = new StopText(options?.StopSequences);
        string id = Guid.NewGuid().ToString("N");
        int produced = 0;
        ChatFinishReason? finish = null;
        await foreach (GeneratedToken token in _generator.GenerateAsync(prompt, generation, null, cancellationToken).ConfigureAwait(false))
        {
            produced++;
            string text = stops.Append(token.Text);
            if (token.Finish is not null && !stops.Found) text += stops.Flush();
            if (text.Length > 0) yield return Update(new TextContent(text));
            finish = stops.Found || token.Finish == FinishReason.Stop ? ChatFinishReason.Stop : token.Finish is null ? null : ChatFinishReason.Length;
            if (stops.Found) break;
        }

        // No token was asked for: the answer is as long as it may be.
        ChatResponseUpdate last = Update(new UsageContent(new UsageDetails { InputTokenCount = prompt.Length, OutputTokenCount = produced, TotalTokenCount = prompt.Length + produced }));
        last.FinishReason = finish ?? ChatFinishReason.Length;
        yield return last;

        ChatResponseUpdate Update(AIContent content) =>
            new(ChatRole.Assistant, [content]) { ResponseId = id, MessageId = id, ModelId = options?.ModelId ?? modelId, CreatedAt = DateTimeOffset.UtcNow };
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        if (serviceKey is not null) return null;
        if (serviceType == typeof(ChatClientMetadata)) return new ChatClientMetadata(Provider, defaultModelId: modelId);
        return serviceType.IsInstanceOfType(this) ? this : serviceType.IsInstanceOfType(_generator) ? _generator : null;
    }

    /// <summary>Disposes the generator too, unless it was to be left open.</summary>
    public void Dispose()
    {
        if (!leaveOpen) _generator.Dispose();
    }
}
