namespace LbrCore.Tasks;

/// <summary>What a verifier says of an answer.</summary>
/// <param name="Reward">1 for a right answer, 0 for a wrong one; tasks with partial credit give what lies between.</param>
/// <param name="Reason">Why, in a few words that are the same for the same kind of mistake, so that they can be counted.</param>
public readonly record struct Verdict(float Reward, string Reason)
{
    /// <summary>The answer is right.</summary>
    public static Verdict Correct { get; } = new(1, "correct");

    /// <summary>The output does not end: it is cut off where no more tokens were allowed.</summary>
    public static Verdict Unfinished { get; } = Wrong("unfinished");

    /// <summary>Whether the answer is right.</summary>
    public bool IsCorrect => Reward >= 1;

    /// <summary>The answer is wrong.</summary>
    /// <param name="reason">Why.</param>
    public static Verdict Wrong(string reason) => new(0, reason);
}
