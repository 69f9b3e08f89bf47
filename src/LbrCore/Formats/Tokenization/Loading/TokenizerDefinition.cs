using LbrCore.Formats.Tokenization.BytePairs;
using LbrCore.Formats.Tokenization.PreTokenization;

namespace LbrCore.Formats.Tokenization.Loading;

/// <summary>What a tokenizer.json says, read and checked.</summary>
internal sealed record TokenizerDefinition
{
    /// <summary>The byte-pair model.</summary>
    public required BytePairModel Model { get; init; }

    /// <summary>The added tokens.</summary>
    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    /// <summary>Whether text is brought to normalization form C.</summary>
    public required bool NormalizesToNfc { get; init; }

    /// <summary>How text is cut into words.</summary>
    public required PreTokenizer PreTokenizer { get; init; }

    /// <summary>What is put around a text when special tokens are asked for.</summary>
    public required SpecialTokenFrame Frame { get; init; }
}

/// <summary>The special tokens that the post-processor puts before and behind a text.</summary>
internal sealed record SpecialTokenFrame(IReadOnlyList<int> Before, IReadOnlyList<int> After)
{
    /// <summary>No special tokens.</summary>
    public static SpecialTokenFrame None { get; } = new([], []);
}
