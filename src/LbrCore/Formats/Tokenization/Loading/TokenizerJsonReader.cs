using System.Text.Json;
using LbrCore.Formats.Tokenization.BytePairs;

namespace LbrCore.Formats.Tokenization.Loading;

/// <summary>
/// Reads Hugging Face's tokenizer.json. The large parts (vocabulary, merges) are streamed; the rest is small and read as elements.
/// <c>truncation</c> and <c>padding</c> are passed over, as transformers does: they belong to a caller's batch, not to the vocabulary.
/// </summary>
internal static class TokenizerJsonReader
{
    /// <summary>Reads and checks a whole tokenizer.json.</summary>
    /// <exception cref="InvalidDataException">The file is malformed or contradicts itself.</exception>
    /// <exception cref="NotSupportedException">The file uses a construct that is not supported; the message names it.</exception>
    public static TokenizerDefinition Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return ReadDocument(json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            // InvalidOperationException is how the JSON reader reports strings that are not Unicode.
            throw new InvalidDataException($"tokenizer.json is malformed: {e.Message}", e);
        }
    }

    private static TokenizerDefinition ReadDocument(ReadOnlySpan<byte> json)
    {
        var parts = new Dictionary<string, JsonElement>();
        BytePairModel? model = null;
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new InvalidDataException("tokenizer.json must be a JSON object.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            switch (name)
            {
                case "model":
                    model = BytePairModelReader.Read(ref reader);
                    break;
                case "added_tokens" or "normalizer" or "pre_tokenizer" or "post_processor" or "decoder":
                    parts[name] = JsonElement.ParseValue(ref reader);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (reader.Read())
            throw new InvalidDataException("tokenizer.json has data behind its object.");
        if (model is null)
            throw new InvalidDataException("tokenizer.json has no 'model'.");
        return Assemble(model, parts);
    }

    private static TokenizerDefinition Assemble(BytePairModel model, Dictionary<string, JsonElement> parts)
    {
        IReadOnlyList<AddedToken> addedTokens = AddedTokenReader.Read(Part("added_tokens"), model.Vocabulary);
        CheckDecoder(Part("decoder"));
        return new TokenizerDefinition
        {
            Model = model,
            AddedTokens = addedTokens,
            NormalizesToNfc = NormalizerReader.Read(Part("normalizer")),
            PreTokenizer = PreTokenizerReader.Read(Part("pre_tokenizer")),
            Frame = PostProcessorReader.Read(Part("post_processor")),
        };

        JsonElement? Part(string name) =>
            parts.TryGetValue(name, out JsonElement element) && element.ValueKind != JsonValueKind.Null ? element : null;
    }

    private static void CheckDecoder(JsonElement? decoder)
    {
        string type = decoder?.Text("type", "decoder") ?? "null";
        if (type != "ByteLevel")
            throw new NotSupportedException($"Decoder '{type}' is not supported; the built-in tokenizer knows ByteLevel.");
    }
}
