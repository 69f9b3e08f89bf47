using System.Text.Json;
using LbrCore.Formats.Tokenization.Loading;

namespace LbrCore.Formats.Tokenization;

/// <summary>What tokenizer_config.json adds to tokenizer.json: which tokens play which part, and the chat template.</summary>
public sealed record TokenizerConfig
{
    /// <summary>A folder without a tokenizer_config.json.</summary>
    public static TokenizerConfig Empty { get; } = new();

    /// <summary>The token that begins a text (<c>bos_token</c>).</summary>
    public string? BeginOfSequenceToken { get; init; }

    /// <summary>The token that ends a text or a turn (<c>eos_token</c>).</summary>
    public string? EndOfSequenceToken { get; init; }

    /// <summary>The token that fills up batches (<c>pad_token</c>).</summary>
    public string? PaddingToken { get; init; }

    /// <summary>The token for what the vocabulary cannot spell (<c>unk_token</c>).</summary>
    public string? UnknownToken { get; init; }

    /// <summary>The chat template, in Jinja; where the file names several, the one called "default".</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Most tokens the model was made for; null where the file says nothing, or only that there is no limit.</summary>
    public int? ModelMaximumLength { get; init; }

    /// <summary>The special tokens by the names that chat templates use: <c>bos_token</c>, <c>eos_token</c>, <c>pad_token</c>, <c>unk_token</c>.</summary>
    public IReadOnlyDictionary<string, string> SpecialTokens
    {
        get
        {
            var named = new Dictionary<string, string>();
            Add("bos_token", BeginOfSequenceToken);
            Add("eos_token", EndOfSequenceToken);
            Add("pad_token", PaddingToken);
            Add("unk_token", UnknownToken);
            return named;

            void Add(string name, string? token)
            {
                if (token is not null)
                    named[name] = token;
            }
        }
    }

    /// <summary>Reads the bytes of a tokenizer_config.json. Members that this type does not have are passed over.</summary>
    /// <exception cref="InvalidDataException">The file is malformed.</exception>
    public static TokenizerConfig Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"tokenizer_config.json is malformed: {e.Message}", e);
        }
    }

    private static TokenizerConfig Read(JsonElement root) => new()
    {
        BeginOfSequenceToken = ReadToken(root, "bos_token"),
        EndOfSequenceToken = ReadToken(root, "eos_token"),
        PaddingToken = ReadToken(root, "pad_token"),
        UnknownToken = ReadToken(root, "unk_token"),
        ChatTemplate = ReadTemplate(root),
        ModelMaximumLength = ReadMaximumLength(root),
    };

    /// <summary>A special token: a string, or an object with its content.</summary>
    private static string? ReadToken(JsonElement root, string name) => root.Member(name, "tokenizer_config.json") switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } token => token.Text("content", $"'{name}'"),
        JsonElement token => token.AsText($"'{name}'"),
    };

    private static string? ReadTemplate(JsonElement root)
    {
        if (root.Member("chat_template", "tokenizer_config.json") is not JsonElement template)
            return null;
        if (template.ValueKind != JsonValueKind.Array)
            return template.AsText("'chat_template'");

        foreach (JsonElement named in template.EnumerateArray())
            if (named.Text("name", "a chat template") == "default")
                return named.Text("template", "chat template 'default'");
        return null;
    }

    /// <summary>transformers writes 1e30 for "no limit".</summary>
    private static int? ReadMaximumLength(JsonElement root) =>
        root.Member("model_max_length", "tokenizer_config.json") is { ValueKind: JsonValueKind.Number } length && length.TryGetDouble(out double value) && value is >= 1 and < int.MaxValue
            ? (int)value
            : null;
}
