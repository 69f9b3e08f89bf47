using LbrCore.Model;

namespace LbrCore.Decoding;

/// <summary>What every decoder asks of the texts that it is to continue.</summary>
internal static class DecodeArguments
{
    /// <summary>Checks the arguments of a call.</summary>
    /// <param name="options">Sizes of the decoder.</param>
    /// <param name="prompts">At most one for each sequence, none empty or longer than the context.</param>
    /// <param name="sampling">How tokens are drawn.</param>
    /// <param name="maxTokens">Most tokens to add to each.</param>
    /// <exception cref="ArgumentException">One of them is out of range.</exception>
    public static void Check(SessionOptions options, IReadOnlyList<ReadOnlyMemory<int>> prompts, SamplingOptions sampling, int maxTokens)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(sampling);
        sampling.Validate();
        ArgumentOutOfRangeException.ThrowIfNegative(maxTokens);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prompts.Count, options.Sequences, nameof(prompts));
        for (int i = 0; i < prompts.Count; i++)
        {
            if (prompts[i].Length == 0) throw new ArgumentException($"Prompt {i} is empty; give it at least one token.", nameof(prompts));
            if (prompts[i].Length > options.ContextLength)
                throw new ArgumentException($"Prompt {i} has {prompts[i].Length} tokens; the context has {options.ContextLength}.", nameof(prompts));
        }
    }
}
