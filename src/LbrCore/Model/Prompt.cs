namespace LbrCore.Model;

/// <summary>Tokens to be appended to a sequence.</summary>
/// <param name="Sequence">Sequence in the cache.</param>
/// <param name="Tokens">The tokens, at least one.</param>
/// <param name="Start">Tokens of the sequence that are in the cache already.</param>
public readonly record struct Prompt(int Sequence, ReadOnlyMemory<int> Tokens, int Start = 0);
