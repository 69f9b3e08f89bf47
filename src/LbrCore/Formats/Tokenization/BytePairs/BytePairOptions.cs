namespace LbrCore.Formats.Tokenization.BytePairs;

/// <summary>The switches of a byte-pair model.</summary>
/// <param name="UnknownId">The token for bytes that have none (<c>unk_token</c>).</param>
/// <param name="FuseUnknown">Whether several unknown bytes in a row give one unknown token (<c>fuse_unk</c>).</param>
/// <param name="IgnoreMerges">Whether a word that is in the vocabulary is taken whole, whatever the merges say (<c>ignore_merges</c>).</param>
internal sealed record BytePairOptions(int? UnknownId, bool FuseUnknown, bool IgnoreMerges);
