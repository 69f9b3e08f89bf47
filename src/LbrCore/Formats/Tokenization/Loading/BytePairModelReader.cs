using System.Text.Json;
using LbrCore.Formats.Tokenization.BytePairs;

namespace LbrCore.Formats.Tokenization.Loading;

/// <summary>Reads <c>model</c>: byte-pair encoding, with merges as <c>"a b"</c> or as <c>["a", "b"]</c>, streamed from the JSON.</summary>
internal ref struct BytePairModelReader
{
    private Utf8JsonReader _vocabularyAt;
    private Utf8JsonReader _mergesAt;
    private bool _hasVocabulary;
    private bool _hasMerges;
    private string? _unknownToken;
    private bool _fuseUnknown;
    private bool _ignoreMerges;

    /// <summary>Reads the value that the reader stands on, and leaves the reader at its end.</summary>
    /// <exception cref="InvalidDataException">The model is malformed, or a merge uses a token that the vocabulary lacks.</exception>
    /// <exception cref="NotSupportedException">Another kind of model, or a switch of this one that is not supported.</exception>
    public static BytePairModel Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new InvalidDataException("'model' must be an object.");
        var state = default(BytePairModelReader);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            state.ReadMember(ref reader);
        if (!state._hasVocabulary || !state._hasMerges)
            throw new InvalidDataException($"'model' lacks '{(state._hasVocabulary ? "merges" : "vocab")}'.");

        // The order of the members is free, and merges need the vocabulary: both are read now, from where they were met.
        Vocabulary vocabulary = ReadVocabulary(ref state._vocabularyAt);
        MergeTable merges = MergeReader.Read(ref state._mergesAt, vocabulary);
        return new BytePairModel(vocabulary, merges, new BytePairOptions(state.FindUnknown(vocabulary), state._fuseUnknown, state._ignoreMerges));
    }

    private void ReadMember(ref Utf8JsonReader reader)
    {
        string name = reader.GetString()!;
        reader.Read();
        switch (name)
        {
            case "vocab":
                _vocabularyAt = reader;
                _hasVocabulary = true;
                reader.Skip();
                return;
            case "merges":
                _mergesAt = reader;
                _hasMerges = true;
                reader.Skip();
                return;
        }

        JsonElement value = JsonElement.ParseValue(ref reader);
        if (value.ValueKind == JsonValueKind.Null)
            return;
        switch (name)
        {
            case "type" when value.AsText("'type' of model") is var type and not "BPE":
                throw new NotSupportedException($"Model '{type}' is not supported; the built-in tokenizer knows BPE.");
            case "dropout" when value.ValueKind != JsonValueKind.Number || value.GetDouble() != 0:
                throw new NotSupportedException($"Model BPE with 'dropout' {value.GetRawText()} is not supported: encoding must be deterministic.");
            case "byte_fallback" when AsBoolean(value, name):
                throw new NotSupportedException("Model BPE with 'byte_fallback' is not supported; the built-in tokenizer is byte-level.");
            case "continuing_subword_prefix" or "end_of_word_suffix" when value.AsText($"'{name}' of model").Length > 0:
                throw new NotSupportedException($"Model BPE with '{name}' is not supported; the built-in tokenizer is byte-level.");
            case "unk_token":
                _unknownToken = value.AsText("'unk_token' of model");
                break;
            case "fuse_unk":
                _fuseUnknown = AsBoolean(value, name);
                break;
            case "ignore_merges":
                _ignoreMerges = AsBoolean(value, name);
                break;
        }
    }

    private readonly int? FindUnknown(Vocabulary vocabulary)
    {
        if (_unknownToken is null)
            return null;
        return vocabulary.Find(_unknownToken) ?? throw new InvalidDataException($"'unk_token' '{Vocabulary.Shorten(_unknownToken)}' is not in the vocabulary.");
    }

    private static Vocabulary ReadVocabulary(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new InvalidDataException("'vocab' must be an object from tokens to ids; a list belongs to another kind of model.");
        var vocabulary = new Vocabulary();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string token = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long id))
                throw new InvalidDataException($"The id of token '{Vocabulary.Shorten(token)}' is not an integer.");
            vocabulary.Add(token, id);
        }

        return vocabulary;
    }

    private static bool AsBoolean(JsonElement value, string name) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw new InvalidDataException($"'{name}' of model must be true or false, not {value.ValueKind}."),
    };
}
