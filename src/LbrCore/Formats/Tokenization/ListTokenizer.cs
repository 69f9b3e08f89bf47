using System.Buffers;
using System.Text;
using System.Text.Json;

namespace LbrCore.Formats.Tokenization;

/// <summary>A fixed list of tokens, for models with a small vocabulary of their own. Text is cut into the longest tokens, white space between them means nothing.</summary>
/// <remarks>A folder keeps it as <c>vocabulary.json</c>: <c>{"tokens":["0","1","&lt;eos&gt;","&lt;pad&gt;"],"eos_token":"&lt;eos&gt;","pad_token":"&lt;pad&gt;"}</c>.</remarks>
public sealed class ListTokenizer : ITokenizer
{
    /// <summary>Name of the file in a model's folder.</summary>
    public const string FileName = "vocabulary.json";

    private const int MaximumBytes = 1 << 24;

    private readonly string[] _tokens;
    private readonly byte[][] _bytes;
    private readonly Dictionary<string, int> _ids = [];
    private readonly int _longest;

    /// <summary>A vocabulary.</summary>
    /// <param name="tokens">The tokens; the place of each is its id. None empty, none twice, none with white space.</param>
    /// <param name="endOfSequence">The token that ends a text.</param>
    /// <param name="padding">The token that fills up batches, or null.</param>
    /// <exception cref="ArgumentException">A token is empty, listed twice or has white space, or a special one is not in the list.</exception>
    public ListTokenizer(IReadOnlyList<string> tokens, string endOfSequence, string? padding = null)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        _tokens = [.. tokens];
        _bytes = [.. _tokens.Select(Encoding.UTF8.GetBytes)];
        for (int id = 0; id < _tokens.Length; id++)
        {
            if (_tokens[id].Length == 0 || _tokens[id].Any(char.IsWhiteSpace))
                throw new ArgumentException($"Token {id} is {Quoting.Quote(_tokens[id])}; tokens are not empty and have no white space.", nameof(tokens));
            if (!_ids.TryAdd(_tokens[id], id)) throw new ArgumentException($"Token {Quoting.Quote(_tokens[id])} is listed twice.", nameof(tokens));
            _longest = Math.Max(_longest, _tokens[id].Length);
        }

        EndOfSequenceId = Special(endOfSequence, nameof(endOfSequence));
        PaddingId = padding is null ? null : Special(padding, nameof(padding));
    }

    /// <summary>The tokens; the place of each is its id.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <inheritdoc/>
    public int VocabularySize => _tokens.Length;

    /// <inheritdoc/>
    public int? BeginOfSequenceId => null;

    /// <inheritdoc/>
    public int? EndOfSequenceId { get; }

    /// <inheritdoc/>
    public int? PaddingId { get; }

    /// <summary>Reads the list of a folder.</summary>
    /// <param name="folder">A model's folder.</param>
    /// <exception cref="InvalidDataException">The file is malformed.</exception>
    /// <exception cref="IOException">There is no such file.</exception>
    public static ListTokenizer Load(string folder)
    {
        string path = Path.Combine(folder, FileName);
        try
        {
            using JsonDocument json = JsonDocument.Parse(BoundedFile.ReadAllBytes(path, MaximumBytes));
            JsonElement root = json.RootElement;
            string[] tokens = [.. root.GetProperty("tokens").EnumerateArray().Select(Text)];
            return new ListTokenizer(tokens, Text(root.GetProperty("eos_token")), root.TryGetProperty("pad_token", out JsonElement padding) ? Text(padding) : null);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or ArgumentException)
        {
            throw new InvalidDataException($"{path} is malformed; it should be {{\"tokens\":[...],\"eos_token\":\"...\"}}. {exception.Message}", exception);
        }

        static string Text(JsonElement element) => element.GetString() ?? throw new InvalidOperationException("A token is null.");
    }

    /// <summary>Writes the list into a folder.</summary>
    /// <param name="folder">A model's folder.</param>
    /// <exception cref="IOException">The folder does not exist or the disk is full.</exception>
    public void Save(string folder)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var options = new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(buffer, options))
        {
            json.WriteStartObject();
            json.WriteStartArray("tokens");
            foreach (string token in _tokens) json.WriteStringValue(token);
            json.WriteEndArray();
            json.WriteString("eos_token", _tokens[EndOfSequenceId!.Value]);
            if (PaddingId is { } padding) json.WriteString("pad_token", _tokens[padding]);
            json.WriteEndObject();
        }

        AtomicFile.WriteAllBytes(Path.Combine(folder, FileName), [.. buffer.WrittenSpan, (byte)'\n']);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The text has something that is no token; the message shows where.</exception>
    public int[] Encode(ReadOnlySpan<char> text, bool addSpecialTokens = true)
    {
        var ids = new List<int>();
        var lookup = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int at = 0; at < text.Length;)
        {
            if (char.IsWhiteSpace(text[at]))
            {
                at++;
                continue;
            }

            int length = Math.Min(_longest, text.Length - at), id = 0;
            while (length > 0 && !lookup.TryGetValue(text.Slice(at, length), out id)) length--;
            if (length == 0) throw new ArgumentException($"No token begins at character {at}: {Quoting.Quote(text[at..].ToString())}. The tokens are {Quoting.Clean(string.Join(' ', _tokens))}.", nameof(text));
            ids.Add(id);
            at += length;
        }

        return [.. ids];
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        var text = new StringBuilder(ids.Length * 2);
        foreach (int id in ids)
            if (!skipSpecialTokens || !IsSpecial(id)) text.Append(IdToToken(id));
        return text.ToString();
    }

    /// <inheritdoc/>
    public int? TokenToId(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    /// <inheritdoc/>
    public string? IdToToken(int id) => (uint)id < (uint)_tokens.Length ? _tokens[id] : null;

    /// <inheritdoc/>
    public bool IsSpecial(int id) => id == EndOfSequenceId || id == PaddingId;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> GetBytes(int id) => (uint)id < (uint)_bytes.Length ? _bytes[id] : [];

    private int Special(string token, string parameter) =>
        _ids.TryGetValue(token, out int id) ? id : throw new ArgumentException($"{Quoting.Quote(token)} is not in the list of tokens.", parameter);
}
