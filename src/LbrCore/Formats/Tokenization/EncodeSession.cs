using System.Buffers;
using System.Text;
using LbrCore.Formats.Tokenization.BytePairs;
using LbrCore.Formats.Tokenization.Normalization;
using LbrCore.Formats.Tokenization.PreTokenization;

namespace LbrCore.Formats.Tokenization;

/// <summary>
/// The working memory of one Encode call, and its steps: UTF-8, added tokens in the raw text, normalization, added tokens in the normalized text,
/// words, byte pairs. Reused from call to call; for one thread at a time.
/// </summary>
internal sealed class EncodeSession : IWordSink
{
    private const int KeptBytes = 1 << 20;

    private readonly TokenizerPipeline _pipeline;
    private readonly WordSplitter _splitter;
    private readonly MergeScratch _scratch = new();
    private readonly TokenBuffer _output = new();
    private ArrayBufferWriter<byte> _normalized = new();
    private byte[] _utf8 = [];

    /// <summary>A session of a tokenizer.</summary>
    public EncodeSession(TokenizerPipeline pipeline)
    {
        _pipeline = pipeline;
        _splitter = new WordSplitter(pipeline.PreTokenizer, this);
    }

    /// <summary>Encodes a text, with the frame's tokens around it.</summary>
    public int[] Encode(ReadOnlySpan<char> text, SpecialTokenIds frame)
    {
        _output.Clear();
        _output.Add(frame.Before);
        ReadOnlySpan<byte> utf8 = ToUtf8(text);
        _splitter.Begin(utf8.Length);
        EncodeRaw(utf8);
        _output.Add(frame.After);
        int[] ids = _output.Span.ToArray();
        Trim();
        return ids;
    }

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<byte> word) => _pipeline.Model.Encode(word, _scratch, _output);

    /// <summary>Well-formed UTF-8 from whatever was given: the encoder writes U+FFFD for a lone surrogate.</summary>
    private ReadOnlySpan<byte> ToUtf8(ReadOnlySpan<char> text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        if (_utf8.Length < length)
            _utf8 = new byte[length];
        return _utf8.AsSpan(0, Encoding.UTF8.GetBytes(text, _utf8));
    }

    private void EncodeRaw(ReadOnlySpan<byte> text)
    {
        int consumed = 0, searchFrom = 0;
        while (_pipeline.RawTokens.TryFindNext(text, ref searchFrom, consumed, out AddedToken token, out int start, out int end))
        {
            if (start > consumed)
                EncodeGap(text[consumed..start]);
            _output.Add(token.Id);
            consumed = end;
        }

        if (consumed < text.Length)
            EncodeGap(text[consumed..]);
    }

    private void EncodeGap(ReadOnlySpan<byte> text)
    {
        if (_pipeline.NormalizesToNfc && NfcNormalizer.Normalize(text, _normalized))
            text = _normalized.WrittenSpan;

        int consumed = 0, searchFrom = 0;
        while (_pipeline.NormalizedTokens.TryFindNext(text, ref searchFrom, consumed, out AddedToken token, out int start, out int end))
        {
            if (start > consumed)
                _splitter.Split(text[consumed..start]);
            _output.Add(token.Id);
            consumed = end;
        }

        if (consumed < text.Length)
            _splitter.Split(text[consumed..]);
    }

    private void Trim()
    {
        if (_utf8.Length > KeptBytes)
            _utf8 = [];
        if (_normalized.Capacity > KeptBytes)
            _normalized = new ArrayBufferWriter<byte>();
    }
}

/// <summary>The ids put before and behind a text.</summary>
internal readonly record struct SpecialTokenIds(int[] Before, int[] After)
{
    /// <summary>No ids.</summary>
    public static SpecialTokenIds None { get; } = new([], []);
}

/// <summary>The immutable parts that every session of a tokenizer shares.</summary>
internal sealed record TokenizerPipeline(
    AddedTokenMatcher RawTokens,
    AddedTokenMatcher NormalizedTokens,
    bool NormalizesToNfc,
    PreTokenizer PreTokenizer,
    BytePairModel Model);
