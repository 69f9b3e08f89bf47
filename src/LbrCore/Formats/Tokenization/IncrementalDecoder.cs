using System.Text;

namespace LbrCore.Formats.Tokenization;

/// <summary>
/// Decodes token by token, for streaming. A character whose UTF-8 bytes are spread over several tokens is held back until it is whole,
/// so no half character (nor half a surrogate pair) is ever returned. All that was returned, joined, equals
/// <see cref="ITokenizer.Decode"/> of all the ids. Not safe for use by several threads at once.
/// </summary>
public sealed class IncrementalDecoder
{
    private readonly ITokenizer _tokenizer;
    private readonly bool _skipSpecialTokens;
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private char[] _characters = new char[64];

    /// <summary>A decoder at the start of a text.</summary>
    public IncrementalDecoder(ITokenizer tokenizer, bool skipSpecialTokens = false)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        (_tokenizer, _skipSpecialTokens) = (tokenizer, skipSpecialTokens);
    }

    /// <summary>Takes the next token and returns the characters it completed; often, but not always, some.</summary>
    public string Append(int id) =>
        _skipSpecialTokens && _tokenizer.IsSpecial(id) ? string.Empty : Decode(_tokenizer.GetBytes(id), flush: false);

    /// <summary>Ends the text: returns U+FFFD for a character that was left incomplete. The decoder then starts anew.</summary>
    public string Flush() => Decode([], flush: true);

    private string Decode(ReadOnlySpan<byte> bytes, bool flush)
    {
        int needed = Encoding.UTF8.GetMaxCharCount(bytes.Length + 4);
        if (_characters.Length < needed)
            _characters = new char[needed];
        int written = _decoder.GetChars(bytes, _characters, flush);
        return new string(_characters, 0, written);
    }
}
