namespace LbrCore.Formats.Tokenization;

/// <summary>
/// Text to token ids and back. The seam behind which another tokenizer library can be put.
/// Implementations are safe to use from several threads at once.
/// </summary>
public interface ITokenizer
{
    /// <summary>Largest token id plus one. A model's embedding may have more rows (padding), never fewer.</summary>
    int VocabularySize { get; }

    /// <summary>The token that begins a text, if the model has one.</summary>
    int? BeginOfSequenceId { get; }

    /// <summary>The token that ends a text or a turn, if the model has one.</summary>
    int? EndOfSequenceId { get; }

    /// <summary>The token that fills up batches, if the model has one.</summary>
    int? PaddingId { get; }

    /// <summary>
    /// Encodes a text. Added tokens (such as <c>&lt;|im_end|&gt;</c>) written in the text are recognised always.
    /// Lone surrogates are read as U+FFFD.
    /// </summary>
    /// <param name="text">The text, of any length.</param>
    /// <param name="addSpecialTokens">Whether to add what the post-processor adds around a text, such as a begin-of-sequence token.</param>
    /// <returns>The token ids.</returns>
    int[] Encode(ReadOnlySpan<char> text, bool addSpecialTokens = true);

    /// <summary>
    /// Decodes token ids. Ids without a token (a model's padding rows) are passed over; bytes that are not UTF-8 become U+FFFD.
    /// </summary>
    /// <param name="ids">The token ids.</param>
    /// <param name="skipSpecialTokens">Whether special tokens are left out of the text.</param>
    string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false);

    /// <summary>The id of a token as the vocabulary spells it (byte-level spelling: <c>Ġworld</c>), or null.</summary>
    int? TokenToId(string token);

    /// <summary>The token with an id as the vocabulary spells it, or null.</summary>
    string? IdToToken(int id);

    /// <summary>Whether the id is that of a special token (one that <see cref="Decode"/> can leave out).</summary>
    bool IsSpecial(int id);

    /// <summary>The UTF-8 bytes that a token stands for, possibly a part of a character; empty for an id without a token.</summary>
    ReadOnlySpan<byte> GetBytes(int id);
}
