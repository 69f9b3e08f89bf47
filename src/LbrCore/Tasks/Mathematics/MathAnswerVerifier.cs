namespace LbrCore.Tasks.Mathematics;

/// <summary>Judges answers to mathematical problems that have one right answer: numbers, formulas, tuples, sets, intervals, matrices, words.</summary>
/// <remarks>
/// Equal after normalising is right; fractions are compared exactly, decimals to one part in ten thousand, what has several parts part by part, and formulas by their values at
/// several points. An answer is never right because a percent sign was lost on the way: x, x / 100 and 100 x are different. Anything that cannot be read or takes too long is wrong.
/// Strict, for rewards that a model could learn to exploit: only boxed answers, a number is answered by a number written as one, and only a decimal reference allows rounding.
/// </remarks>
public sealed class MathAnswerVerifier
{
    private readonly bool _strict;
    private readonly TimeSpan _limit;

    /// <summary>A verifier.</summary>
    /// <param name="strict">Whether it is used for rewards.</param>
    /// <param name="limit">The longest that one comparison may take; null for one second.</param>
    public MathAnswerVerifier(bool strict = false, TimeSpan? limit = null)
    {
        _strict = strict;
        _limit = limit ?? TimeSpan.FromSeconds(1);
    }

    /// <summary>Judges what a model wrote.</summary>
    /// <param name="text">All that the model wrote.</param>
    /// <param name="reference">The right answer.</param>
    public Verdict Verify(string text, string reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return AnswerExtraction.Find(text, _strict) is not { Length: > 0 } answer ? Verdict.Wrong("no answer")
            : AreEqual(answer, reference) ? Verdict.Correct
            : Verdict.Wrong("another answer");
    }

    /// <summary>Whether an answer means the same as the reference.</summary>
    /// <param name="answer">The answer alone.</param>
    /// <param name="reference">The right answer.</param>
    public bool AreEqual(string answer, string reference)
    {
        ArgumentNullException.ThrowIfNull(answer);
        ArgumentNullException.ThrowIfNull(reference);
        try
        {
            return new AnswerComparison(_strict, _limit).AreEqual(answer, reference);
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>What counts as the same answer in a majority vote: the normalised answer; null for none.</summary>
    /// <param name="text">All that the model wrote.</param>
    public string? Vote(string text) => AnswerExtraction.Find(text, _strict) is { } answer && AnswerText.Value(AnswerText.Normalize(answer)) is { Length: > 0 } value ? value : null;
}
