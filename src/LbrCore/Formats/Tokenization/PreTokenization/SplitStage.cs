using LbrCore.Formats.Tokenization.Patterns;

namespace LbrCore.Formats.Tokenization.PreTokenization;

/// <summary>One splitting step: where the pattern matches (inverted: where it does not), and what becomes of the matches.</summary>
internal sealed record SplitStage(SplitPattern Pattern, SplitBehavior Behavior, bool Invert);

/// <summary>
/// How text between added tokens is cut into words: the stages one after another, each on every piece of the one before on its own
/// (a pattern sees the end of its piece as the end of the text); then ByteLevel: a space in front of each piece that has none, and its own split.
/// </summary>
internal sealed record PreTokenizer(IReadOnlyList<SplitStage> Stages, bool AddPrefixSpace, SplitStage? FinalStage);
