using System.Collections;
using LbrCore.Formats.Tokenization.BytePairs;

namespace LbrCore.Formats.Tokenization;

/// <summary>All tokens by id, the model's and the added ones, with the bytes each decodes to in one block of memory.</summary>
internal sealed class TokenTable
{
    private readonly string?[] _tokens;
    private readonly BitArray _special;
    private readonly byte[] _bytes;
    private readonly int[] _starts;
    private readonly Vocabulary _vocabulary;
    private readonly Dictionary<string, int> _addedIds = [];

    /// <summary>A table of a vocabulary and its added tokens.</summary>
    public TokenTable(Vocabulary vocabulary, IReadOnlyList<AddedToken> addedTokens)
    {
        _vocabulary = vocabulary;
        Size = vocabulary.Size;
        foreach (AddedToken token in addedTokens)
            Size = Math.Max(Size, token.Id + 1);

        _tokens = new string?[Size];
        _special = new BitArray(Size);
        for (int id = 0; id < vocabulary.Size; id++)
            _tokens[id] = vocabulary[id];
        foreach (AddedToken token in addedTokens)
        {
            _tokens[token.Id] = token.Content;
            _special[token.Id] = token.Special;
            _addedIds[token.Content] = token.Id;
        }

        _starts = new int[Size + 1];
        using var bytes = new MemoryStream();
        for (int id = 0; id < Size; id++)
        {
            if (_tokens[id] is string token)
                bytes.Write(ByteLevelAlphabet.BytesOf(token));
            _starts[id + 1] = (int)bytes.Length;
        }

        _bytes = bytes.ToArray();
    }

    /// <summary>Largest id plus one.</summary>
    public int Size { get; }

    /// <summary>The token with an id, or null.</summary>
    public string? this[int id] => (uint)id < (uint)Size ? _tokens[id] : null;

    /// <summary>The id of a token, or null.</summary>
    public int? Find(string token) => _addedIds.TryGetValue(token, out int id) ? id : _vocabulary.Find(token);

    /// <summary>Whether the id is that of a special token.</summary>
    public bool IsSpecial(int id) => (uint)id < (uint)Size && _special[id];

    /// <summary>The bytes that a token stands for; none for an id without a token.</summary>
    public ReadOnlySpan<byte> Bytes(int id) => (uint)id < (uint)Size ? _bytes.AsSpan(_starts[id].._starts[id + 1]) : default;
}
