using System.Text;
using LbrCore.Formats.Tokenization.Loading;
using LbrCore.Formats.Tokenization.Normalization;

namespace LbrCore.Formats.Tokenization;

/// <summary>
/// A Hugging Face tokenizer: byte-level byte-pair encoding as tokenizer.json describes it (Qwen, Llama 3, DeepSeek, GPT-2 and their kin), giving the
/// ids that Hugging Face's own library gives. Immutable; safe to use from several threads at once.
/// </summary>
public sealed class Tokenizer : ITokenizer
{
    private const string TokenizerFile = "tokenizer.json";
    private const string ConfigFile = "tokenizer_config.json";
    private const string TemplateFile = "chat_template.jinja";

    private readonly TokenizerPipeline _pipeline;
    private readonly TokenTable _tokens;
    private readonly SpecialTokenIds _frame;
    private EncodeSession? _idleSession;

    private Tokenizer(TokenizerDefinition definition, TokenizerConfig config)
    {
        _pipeline = new TokenizerPipeline(
            Matcher(definition, normalized: false),
            Matcher(definition, normalized: true),
            definition.NormalizesToNfc,
            definition.PreTokenizer,
            definition.Model);
        _tokens = new TokenTable(definition.Model.Vocabulary, definition.AddedTokens);
        _frame = new SpecialTokenIds([.. definition.Frame.Before], [.. definition.Frame.After]);
        Config = config;
        BeginOfSequenceId = Find(config.BeginOfSequenceToken);
        EndOfSequenceId = Find(config.EndOfSequenceToken);
        PaddingId = Find(config.PaddingToken);

        int? Find(string? token) => token is null ? null : _tokens.Find(token);
    }

    /// <summary>What tokenizer_config.json says.</summary>
    public TokenizerConfig Config { get; }

    /// <inheritdoc/>
    public int VocabularySize => _tokens.Size;

    /// <inheritdoc/>
    public int? BeginOfSequenceId { get; }

    /// <inheritdoc/>
    public int? EndOfSequenceId { get; }

    /// <inheritdoc/>
    public int? PaddingId { get; }

    /// <summary>
    /// Loads tokenizer.json (or tokenizer.json.gz) from a folder or as a file, and what lies beside it: tokenizer_config.json, and chat_template.jinja,
    /// which goes before a template in tokenizer_config.json.
    /// </summary>
    /// <param name="folderOrFile">A model folder, or the path of a tokenizer.json or tokenizer.json.gz.</param>
    /// <exception cref="FileNotFoundException">There is no tokenizer.</exception>
    /// <exception cref="InvalidDataException">A file is malformed or contradicts itself.</exception>
    /// <exception cref="NotSupportedException">The tokenizer uses a construct that is not supported; the message names it.</exception>
    public static Tokenizer Load(string folderOrFile)
    {
        ArgumentException.ThrowIfNullOrEmpty(folderOrFile);
        bool isFolder = Directory.Exists(folderOrFile);
        string file = isFolder ? Path.Combine(folderOrFile, TokenizerFile) : folderOrFile;
        byte[] json = (isFolder ? TokenizerFiles.ReadIfPresent(file) : File.Exists(file) ? TokenizerFiles.Read(file) : null)
            ?? throw new FileNotFoundException($"There is no {(isFolder ? $"{TokenizerFile} or {TokenizerFile}.gz in '{folderOrFile}'" : $"tokenizer file '{file}'")}.", file);

        string folder = Path.GetDirectoryName(Path.GetFullPath(file)) ?? ".";
        TokenizerConfig config = TokenizerFiles.ReadIfPresent(Path.Combine(folder, ConfigFile)) is byte[] bytes ? TokenizerConfig.Parse(bytes) : TokenizerConfig.Empty;
        if (TokenizerFiles.ReadIfPresent(Path.Combine(folder, TemplateFile)) is byte[] template)
            config = config with { ChatTemplate = Encoding.UTF8.GetString(template) };
        return Parse(json, config);
    }

    /// <summary>A tokenizer from the bytes of a tokenizer.json.</summary>
    /// <param name="json">The file, UTF-8 without a byte-order mark.</param>
    /// <param name="config">What tokenizer_config.json says, if there is one.</param>
    /// <exception cref="InvalidDataException">The file is malformed or contradicts itself.</exception>
    /// <exception cref="NotSupportedException">The tokenizer uses a construct that is not supported; the message names it.</exception>
    public static Tokenizer Parse(ReadOnlySpan<byte> json, TokenizerConfig? config = null) =>
        new(TokenizerJsonReader.Read(json), config ?? TokenizerConfig.Empty);

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">A split pattern of the tokenizer backtracks without end on this text; known tokenizers have no such pattern.</exception>
    public int[] Encode(ReadOnlySpan<char> text, bool addSpecialTokens = true)
    {
        // One session is kept for the next call; concurrent calls make their own.
        EncodeSession session = Interlocked.Exchange(ref _idleSession, null) ?? new EncodeSession(_pipeline);
        int[] ids = session.Encode(text, addSpecialTokens ? _frame : SpecialTokenIds.None);
        Volatile.Write(ref _idleSession, session);
        return ids;
    }

    /// <inheritdoc/>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        using var bytes = new MemoryStream(ids.Length * 4);
        foreach (int id in ids)
            if (!skipSpecialTokens || !_tokens.IsSpecial(id))
                bytes.Write(_tokens.Bytes(id));
        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    /// <inheritdoc/>
    public int? TokenToId(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return _tokens.Find(token);
    }

    /// <inheritdoc/>
    public string? IdToToken(int id) => _tokens[id];

    /// <inheritdoc/>
    public bool IsSpecial(int id) => _tokens.IsSpecial(id);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> GetBytes(int id) => _tokens.Bytes(id);

    private static AddedTokenMatcher Matcher(TokenizerDefinition definition, bool normalized)
    {
        var patterns = new List<(AddedToken, byte[])>();
        foreach (AddedToken token in definition.AddedTokens)
        {
            if (token.Normalized != normalized)
                continue;
            byte[] pattern = Encoding.UTF8.GetBytes(token.Content);
            var buffer = new System.Buffers.ArrayBufferWriter<byte>();
            if (normalized && definition.NormalizesToNfc && NfcNormalizer.Normalize(pattern, buffer))
                pattern = buffer.WrittenSpan.ToArray();
            patterns.Add((token, pattern));
        }

        return new AddedTokenMatcher(patterns);
    }
}
