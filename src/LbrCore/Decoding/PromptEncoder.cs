using LbrCore.Formats.ChatTemplates;
using LbrCore.Formats.Tokenization;

namespace LbrCore.Decoding;

/// <summary>Turns text and conversations into the tokens of a prompt: a tokenizer with its chat template.</summary>
public sealed class PromptEncoder
{
    private readonly ChatTemplate? _chatTemplate;

    /// <summary>An encoder.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="chatTemplate">The chat template, or null where the model has none.</param>
    public PromptEncoder(ITokenizer tokenizer, ChatTemplate? chatTemplate = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        (Tokenizer, _chatTemplate) = (tokenizer, chatTemplate);
    }

    /// <summary>The tokenizer.</summary>
    public ITokenizer Tokenizer { get; }

    /// <summary>The encoder of a folder; null where it has no tokenizer.</summary>
    /// <param name="folder">A Hugging Face folder.</param>
    /// <exception cref="InvalidDataException">The tokenizer is malformed.</exception>
    /// <exception cref="NotSupportedException">The tokenizer uses a construct that is not supported.</exception>
    /// <exception cref="ChatTemplateException">The chat template is malformed or uses a construct that is not supported.</exception>
    public static PromptEncoder? Load(string folder)
    {
        if (!HasTokenizer(folder)) return File.Exists(Path.Combine(folder, ListTokenizer.FileName)) ? new PromptEncoder(ListTokenizer.Load(folder)) : null;
        var tokenizer = Formats.Tokenization.Tokenizer.Load(folder);
        return new PromptEncoder(tokenizer, ChatTemplate.FromConfig(tokenizer.Config));
    }

    /// <summary>Whether a folder has a tokenizer, plain or gzipped.</summary>
    /// <param name="folder">The folder.</param>
    public static bool HasTokenizer(string folder) => File.Exists(Path.Combine(folder, "tokenizer.json")) || File.Exists(Path.Combine(folder, "tokenizer.json.gz"));

    /// <summary>Tokens of a text, with what the tokenizer puts around one.</summary>
    /// <param name="text">The text.</param>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Tokenizer.Encode(text);
    }

    /// <summary>Tokens of a conversation, up to where the model's answer begins.</summary>
    /// <param name="messages">The conversation, oldest message first.</param>
    /// <exception cref="NotSupportedException">The model has no chat template.</exception>
    /// <exception cref="ChatTemplateException">The template cannot render these messages.</exception>
    public int[] EncodeChat(IReadOnlyList<ChatMessage> messages)
    {
        ChatTemplate template = _chatTemplate ?? throw new NotSupportedException("The model has no chat template; give the whole prompt as text.");
        // The template writes the special tokens itself.
        return Tokenizer.Encode(template.Render(messages), addSpecialTokens: false);
    }
}
