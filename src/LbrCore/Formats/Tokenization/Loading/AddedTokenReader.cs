using System.Text;
using System.Text.Json;
using LbrCore.Formats.Tokenization.BytePairs;

namespace LbrCore.Formats.Tokenization.Loading;

/// <summary>Reads <c>added_tokens</c> and checks them against the vocabulary.</summary>
internal static class AddedTokenReader
{
    // Matching costs up to this many steps at each place of a text; real ones have under a hundred bytes.
    private const int MaximumBytes = 512;

    /// <summary>The added tokens in the order listed; empty ones are passed over.</summary>
    /// <exception cref="InvalidDataException">A token is malformed, or its id is out of range or belongs to another token.</exception>
    public static IReadOnlyList<AddedToken> Read(JsonElement? list, Vocabulary vocabulary)
    {
        var tokens = new List<AddedToken>();
        if (list is not JsonElement element)
            return tokens;

        var contents = new HashSet<string>();
        int next = vocabulary.Count;
        foreach (JsonElement item in element.Items("'added_tokens'"))
        {
            AddedToken token = ReadToken(item);
            if (token.Content.Length == 0)
                continue;
            if (!contents.Add(token.Content))
                throw new InvalidDataException($"Added token '{Vocabulary.Shorten(token.Content)}' is listed twice.");
            CheckId(token, vocabulary, next);
            next = Math.Max(next, token.Id + 1);
            tokens.Add(token);
        }

        return tokens;
    }

    private static AddedToken ReadToken(JsonElement item)
    {
        const string Where = "an added token";
        string content = item.Text("content", Where);
        string where = $"added token '{Vocabulary.Shorten(content)}'";
        long id = item.Integer("id", where);
        if (id is < 0 or >= Vocabulary.IdLimit)
            throw new InvalidDataException($"{where} has id {id}; ids must lie in 0..{Vocabulary.IdLimit - 1}.");
        if (Encoding.UTF8.GetByteCount(content) > MaximumBytes)
            throw new NotSupportedException($"{where} is longer than {MaximumBytes} bytes, which is not supported.");

        bool special = item.Boolean("special", otherwise: false, where);
        return new AddedToken
        {
            Id = (int)id,
            Content = content,
            SingleWord = item.Boolean("single_word", otherwise: false, where),
            StripLeft = item.Boolean("lstrip", otherwise: false, where),
            StripRight = item.Boolean("rstrip", otherwise: false, where),
            Normalized = item.Boolean("normalized", otherwise: !special, where),
            Special = special,
        };
    }

    /// <summary>
    /// A token of the vocabulary keeps its id; others follow it one by one. Hugging Face's library numbers them so whatever the file says;
    /// a file that says otherwise means two different things, and is refused.
    /// </summary>
    private static void CheckId(AddedToken token, Vocabulary vocabulary, int next)
    {
        string where = $"Added token '{Vocabulary.Shorten(token.Content)}'";
        int? known = vocabulary.Find(token.Content);
        if (token.Id != (known ?? next))
            throw new InvalidDataException($"{where} has id {token.Id}, but {(known is null ? "the next free id is" : "the vocabulary gives that token id")} {known ?? next}.");
        if (vocabulary[token.Id] is string other && other != token.Content)
            throw new InvalidDataException($"{where} has id {token.Id}, which the vocabulary gives to '{Vocabulary.Shorten(other)}'.");
    }
}
