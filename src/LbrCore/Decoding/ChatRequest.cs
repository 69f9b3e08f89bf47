using LbrCore.Formats.Configuration;
using Microsoft.Extensions.AI;
using TemplateMessage = LbrCore.Formats.ChatTemplates.ChatMessage;

namespace LbrCore.Decoding;

/// <summary>What a chat request asks for, in the terms of this engine. What it cannot do is refused, not ignored.</summary>
internal static class ChatRequest
{
    /// <summary>The conversation, with the instructions of the options in front.</summary>
    /// <exception cref="NotSupportedException">A message holds something other than text.</exception>
    public static IEnumerable<TemplateMessage> Messages(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        if (options?.Instructions is { Length: > 0 } instructions) yield return new TemplateMessage(ChatRole.System.Value, instructions);
        foreach (ChatMessage message in messages)
        {
            foreach (AIContent content in message.Contents)
            {
                if (content is not (TextContent or TextReasoningContent or UsageContent))
                    throw new NotSupportedException($"A message holds {content.GetType().Name}; this model reads text only.");
            }

            yield return new TemplateMessage(message.Role.Value, message.Text);
        }
    }

    /// <summary>Length and sampling: what the options leave open is as the checkpoint recommends.</summary>
    /// <exception cref="NotSupportedException">The options ask for what the engine cannot do.</exception>
    public static GenerationOptions Generation(ChatOptions? options, GenerationConfig defaults)
    {
        var generation = new GenerationOptions();
        SamplingOptions sampling = SamplingOptions.From(defaults);
        if (options is null) return generation with { Sampling = sampling };
        if (options.Tools is { Count: > 0 }) throw new NotSupportedException("The request has tools; this client calls none. Leave them out.");
        if (options.ResponseFormat is ChatResponseFormatJson) throw new NotSupportedException("The request wants JSON; this client does not constrain what the model writes. Ask for text.");
        if (options.FrequencyPenalty is not (null or 0) || options.PresencePenalty is not (null or 0))
            throw new NotSupportedException("The request has a frequency or presence penalty; sampling has none. Leave them out.");
        if (options.ConversationId is not null) throw new NotSupportedException("The request continues a conversation by its id; this client keeps none. Send all messages.");
        return generation with
        {
            MaxTokens = options.MaxOutputTokens ?? generation.MaxTokens,
            Sampling = sampling with
            {
                Temperature = options.Temperature ?? sampling.Temperature,
                TopK = options.TopK ?? sampling.TopK,
                TopP = options.TopP ?? sampling.TopP,
                Seed = options.Seed is { } seed ? (ulong)seed : sampling.Seed,
            },
        };
    }
}
