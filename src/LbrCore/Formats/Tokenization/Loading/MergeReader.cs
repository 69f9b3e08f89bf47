using System.Text.Json;
using LbrCore.Formats.Tokenization.BytePairs;

namespace LbrCore.Formats.Tokenization.Loading;

/// <summary>Reads the list of merges without making strings of them: 150,000 to 300,000 are usual.</summary>
internal ref struct MergeReader(Vocabulary vocabulary)
{
    private readonly Vocabulary _vocabulary = vocabulary;
    private readonly List<(int Left, int Right, int Merged)> _merges = [];
    private char[] _characters = new char[256];

    /// <summary>Reads the array that the reader stands on; a merge's rank is its place in it.</summary>
    /// <exception cref="InvalidDataException">A merge is malformed or uses a token that the vocabulary lacks.</exception>
    public static MergeTable Read(ref Utf8JsonReader reader, Vocabulary vocabulary)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            throw new InvalidDataException("'merges' must be a list.");

        var state = new MergeReader(vocabulary);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.String)
                state.ReadSpaced(ref reader);
            else
                state.ReadPair(ref reader);
        }

        var table = new MergeTable(state._merges.Count);
        for (int rank = 0; rank < state._merges.Count; rank++)
        {
            (int left, int right, int merged) = state._merges[rank];
            table.Set(left, right, rank, merged);
        }

        return table;
    }

    /// <summary><c>"left right"</c>, as older files have it.</summary>
    private void ReadSpaced(ref Utf8JsonReader reader)
    {
        int length = Copy(ref reader, 0); // May replace the buffer, so it goes first.
        Span<char> text = _characters.AsSpan(0, length);
        if (text.StartsWith("#version"))
            return;
        int space = text.IndexOf(' ');
        if (space < 0 || text[(space + 1)..].Contains(' '))
            throw new InvalidDataException($"Merge {_merges.Count} '{Vocabulary.Shorten(text.ToString())}' is not two tokens separated by one space.");
        text[(space + 1)..].CopyTo(text[space..]);
        Add(text[..^1], space);
    }

    /// <summary><c>["left", "right"]</c>.</summary>
    private void ReadPair(ref Utf8JsonReader reader)
    {
        int left = 0, length = 0;
        bool isPair = reader.TokenType == JsonTokenType.StartArray && reader.Read() && reader.TokenType == JsonTokenType.String;
        if (isPair)
            left = length = Copy(ref reader, 0);
        isPair = isPair && reader.Read() && reader.TokenType == JsonTokenType.String;
        if (isPair)
            length += Copy(ref reader, left);
        if (!isPair || !reader.Read() || reader.TokenType != JsonTokenType.EndArray)
            throw new InvalidDataException($"Merge {_merges.Count} is neither a string nor a pair of strings.");
        Add(_characters.AsSpan(0, length), left);
    }

    private readonly void Add(ReadOnlySpan<char> merged, int leftLength) =>
        _merges.Add((Find(merged[..leftLength]), Find(merged[leftLength..]), Find(merged)));

    private readonly int Find(ReadOnlySpan<char> token) =>
        _vocabulary.Find(token) ?? throw new InvalidDataException($"Merge {_merges.Count} uses the token '{Vocabulary.Shorten(token.ToString())}', which is not in the vocabulary.");

    private int Copy(ref Utf8JsonReader reader, int at)
    {
        int needed = at + reader.ValueSpan.Length; // A string has no more characters than its JSON has bytes.
        if (_characters.Length < needed)
            Array.Resize(ref _characters, Math.Max(needed, _characters.Length * 2));
        return reader.CopyString(_characters.AsSpan(at));
    }
}
