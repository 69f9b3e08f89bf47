using LbrCore.Formats.ChatTemplates.Runtime;
using LbrCore.Formats.ChatTemplates.Syntax;
using LbrCore.Formats.Tokenization;

namespace LbrCore.Formats.ChatTemplates;

/// <summary>
/// A chat template: the Jinja text in a model's tokenizer_config.json that turns messages into a prompt. Rendered by an own interpreter of the part of
/// Jinja2 that such templates use, with the settings of transformers; what it does not know is an error that names the construct and its place, found
/// when parsing wherever possible. Time, memory and nesting are bounded. Immutable; safe to use from several threads at once.
/// </summary>
public sealed class ChatTemplate
{
    private const int MaximumLength = 1 << 20;

    private readonly IReadOnlyList<Statement> _statements;
    private readonly IReadOnlyDictionary<string, string> _specialTokens;
    private readonly TimeProvider _clock;

    private ChatTemplate(IReadOnlyList<Statement> statements, IReadOnlyDictionary<string, string> specialTokens, TimeProvider clock) =>
        (_statements, _specialTokens, _clock) = (statements, specialTokens, clock);

    /// <summary>Parses a template.</summary>
    /// <param name="text">The Jinja text.</param>
    /// <param name="specialTokens">Variables such as <c>bos_token</c> that every rendering has (see <see cref="TokenizerConfig.SpecialTokens"/>).</param>
    /// <param name="clock">Where <c>strftime_now</c> takes the time from; the system's clock if none is given.</param>
    /// <exception cref="ChatTemplateException">The template is malformed, or uses a construct that is not supported.</exception>
    public static ChatTemplate Parse(string text, IReadOnlyDictionary<string, string>? specialTokens = null, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaximumLength)
            throw new ChatTemplateException($"a template of {text.Length} characters exceeds the limit of {MaximumLength}", 1, 1);
        return new ChatTemplate(Parser.Parse(text, BuiltIns.Instance), specialTokens ?? new Dictionary<string, string>(), clock ?? TimeProvider.System);
    }

    /// <summary>The template of a tokenizer, with its special tokens; null where it has none.</summary>
    /// <exception cref="ChatTemplateException">The template is malformed, or uses a construct that is not supported.</exception>
    public static ChatTemplate? FromConfig(TokenizerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.ChatTemplate is string text ? Parse(text, config.SpecialTokens) : null;
    }

    /// <summary>Renders a conversation.</summary>
    /// <param name="messages">The messages, oldest first.</param>
    /// <param name="addGenerationPrompt">Whether to end with what makes the model answer as the assistant.</param>
    /// <param name="tools">Tools that the model may call, each a JSON schema (as <see cref="System.Text.Json.JsonElement"/> or dictionaries); none where null.</param>
    /// <param name="variables">Further variables, such as <c>enable_thinking</c>; they go before all others. Values as <see cref="ChatMessage.Members"/> has them.</param>
    /// <exception cref="ChatTemplateException">The template raises an exception, cannot work with these messages, or exceeds a limit.</exception>
    /// <exception cref="ArgumentException">A value has a type that templates do not know.</exception>
    public string Render(
        IReadOnlyList<ChatMessage> messages,
        bool addGenerationPrompt = true,
        IReadOnlyList<object?>? tools = null,
        IReadOnlyDictionary<string, object?>? variables = null)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var globals = new Dictionary<string, object?>();
        foreach ((string name, string token) in _specialTokens)
            globals[name] = token;
        globals["messages"] = ValueConversion.From(messages);
        globals["tools"] = ValueConversion.From(tools);
        globals["documents"] = null;
        globals["add_generation_prompt"] = addGenerationPrompt;
        foreach ((string name, object? value) in variables ?? new Dictionary<string, object?>())
            globals[name] = ValueConversion.From(value);
        return new Renderer(globals, _clock).Render(_statements);
    }

    private sealed class BuiltIns : IKnownNames
    {
        public static BuiltIns Instance { get; } = new();

        public bool HasFilter(string name) => Filters.Has(name);

        public bool HasTest(string name) => Tests.Has(name);
    }
}
