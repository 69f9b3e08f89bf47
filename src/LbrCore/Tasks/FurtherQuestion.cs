namespace LbrCore.Tasks;

/// <summary>Another question about what a problem's prompt begins with: supervised training forwards the common tokens once and packs the questions as branches below them.</summary>
/// <param name="Shared">Tokens at the start of the problem's prompt that this question begins with, at least one.</param>
/// <param name="Prompt">The tokens that come after those, at least one.</param>
/// <param name="Solution">The tokens of a worked solution, its end included; all of them are learned.</param>
public sealed record FurtherQuestion(int Shared, int[] Prompt, int[] Solution);
