namespace LbrCore.Formats.Tokenization.BytePairs;

/// <summary>Tokens by id and ids by token, as spelled in tokenizer.json.</summary>
internal sealed class Vocabulary
{
    /// <summary>Ids at or above this are refused: tables are indexed by id, and a wild id must not allocate them.</summary>
    public const int IdLimit = 1 << 22;

    private readonly Dictionary<string, int> _ids = [];
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private string?[] _tokens = new string?[1024];

    /// <summary>An empty vocabulary.</summary>
    public Vocabulary() => _lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Largest id plus one.</summary>
    public int Size { get; private set; }

    /// <summary>How many tokens it has.</summary>
    public int Count => _ids.Count;

    /// <summary>Length in characters of the longest token.</summary>
    public int LongestToken { get; private set; }

    /// <summary>Adds a token.</summary>
    /// <exception cref="InvalidDataException">The id is out of range or taken, or the token is there already.</exception>
    public void Add(string token, long id)
    {
        if (id is < 0 or >= IdLimit)
            throw new InvalidDataException($"Token '{Shorten(token)}' has id {id}; ids must lie in 0..{IdLimit - 1}.");
        if (id < Size && _tokens[id] is string taken)
            throw new InvalidDataException($"Tokens '{Shorten(taken)}' and '{Shorten(token)}' both have id {id}.");
        if (!_ids.TryAdd(token, (int)id))
            throw new InvalidDataException($"Token '{Shorten(token)}' is listed twice, with ids {_ids[token]} and {id}.");

        if (id >= _tokens.Length)
            Array.Resize(ref _tokens, (int)Math.Min(Math.Max(_tokens.Length * 2L, id + 1), IdLimit));
        _tokens[id] = token;
        Size = Math.Max(Size, (int)id + 1);
        LongestToken = Math.Max(LongestToken, token.Length);
    }

    /// <summary>The id of a token, or null.</summary>
    public int? Find(ReadOnlySpan<char> token) => _lookup.TryGetValue(token, out int id) ? id : null;

    /// <summary>The token with an id, or null.</summary>
    public string? this[int id] => (uint)id < (uint)Size ? _tokens[id] : null;

    /// <summary>A token fit for an error message.</summary>
    public static string Shorten(string token) => token.Length <= 60 ? token : token[..60] + "...";
}
