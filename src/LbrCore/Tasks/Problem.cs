namespace LbrCore.Tasks;

/// <summary>A problem: what the model reads, and where it is known, what it should write. Tasks derive from it to keep what their verifier needs.</summary>
public class Problem
{
    /// <summary>A number made from what the problem is, not from how it is written down; equal problems have equal ones.</summary>
    public required ulong Hash { get; init; }

    /// <summary>The tokens that the model reads. Not to be changed.</summary>
    public required int[] Prompt { get; init; }

    /// <summary>The tokens of a worked solution, its end included, for supervised training; empty where none is known. Not to be changed.</summary>
    public int[] Solution { get; init; } = [];

    /// <summary>For each token of <see cref="Solution"/> whether it is to be learned; empty for all of them. Not to be changed.</summary>
    public bool[] SolutionMask { get; init; } = [];

    /// <summary>Further questions that begin with the tokens of <see cref="Prompt"/>, for supervised training alone. Not to be changed.</summary>
    public IReadOnlyList<FurtherQuestion> Further { get; init; } = [];

    /// <summary>Whether a token of the solution is to be learned.</summary>
    /// <param name="index">Its place in <see cref="Solution"/>.</param>
    public bool IsTarget(int index) => SolutionMask.Length == 0 || SolutionMask[index];

    /// <summary>A number made from what a model reads of problems, in their order; equal lists have equal ones.</summary>
    /// <param name="problems">The problems.</param>
    public static ulong HashOf(IEnumerable<Problem> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        var hash = default(StableHash);
        foreach (Problem problem in problems) hash.Add(StableHash.Of(problem.Prompt));
        return hash.Value;
    }
}
