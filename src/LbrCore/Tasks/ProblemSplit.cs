namespace LbrCore.Tasks;

/// <summary>What a problem is used for.</summary>
public enum ProblemSplit
{
    /// <summary>Models learn from it.</summary>
    Train,

    /// <summary>Models are measured with it and never see it before.</summary>
    HeldOut,
}

/// <summary>How problems are told apart.</summary>
public static class ProblemSplits
{
    // One in so many is held out.
    private const ulong HeldOutShare = 16;

    /// <summary>The split of a problem with this hash.</summary>
    /// <param name="hash"><see cref="Problem.Hash"/>.</param>
    public static ProblemSplit Of(ulong hash) => hash % HeldOutShare == 0 ? ProblemSplit.HeldOut : ProblemSplit.Train;
}
