using LbrCore.Decoding;
using LbrCore.Evaluation;
using LbrCore.Model;
using LbrCore.Tasks;

namespace LbrCore.Tuning;

/// <summary>Problems that trees are measured by, besides their time.</summary>
/// <param name="Task">Where the problems are from.</param>
/// <param name="Problems">Held-out problems; a finite set may have fewer.</param>
public sealed record TuningTask(ReasoningTask Task, int Problems)
{
    /// <summary>Answers to each problem.</summary>
    public int Samples { get; init; } = 1;

    /// <summary>Answers that are decoded at the same time; it changes no figure.</summary>
    public int Batch { get; init; } = 32;

    /// <summary>How tokens are drawn. Its seed is that of the problems too.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>What contexts may be filled with when trees are timed: the prompts, one after the other.</summary>
    public IReadOnlyList<int> Text() => [.. Held(Problems).SelectMany(problem => problem.Prompt)];

    /// <summary>A profile with the accuracies of its trees: from then on it recommends by them.</summary>
    /// <param name="profile">What the trees cost.</param>
    /// <param name="model">The model.</param>
    /// <param name="trees">The trees that were timed.</param>
    /// <param name="measured">Told each accuracy.</param>
    /// <param name="cancellation">Ends the measurements.</param>
    /// <exception cref="ArgumentException">A number is below 1, or the task does not fit the model.</exception>
    public TreeProfile Complete(
        TreeProfile profile, Transformer model, IReadOnlyList<LbrOptions> trees, IProgress<TreeAccuracy>? measured = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return profile with { Task = Task.Name, Accuracies = Measure(model, trees, measured, cancellation) };
    }

    /// <summary>Has every tree answer the same problems. Plain decoding comes first, whatever the list.</summary>
    /// <param name="model">The model.</param>
    /// <param name="trees">The trees.</param>
    /// <param name="measured">Told each accuracy.</param>
    /// <param name="cancellation">Ends the measurements.</param>
    /// <exception cref="ArgumentException">A number is below 1, or the task does not fit the model.</exception>
    public IReadOnlyList<TreeAccuracy> Measure(Transformer model, IReadOnlyList<LbrOptions> trees, IProgress<TreeAccuracy>? measured = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(trees);
        if (Problems < 1) throw new ArgumentException($"{nameof(Problems)} is {Problems}; it must be at least 1.", nameof(Problems));
        if (Samples < 1) throw new ArgumentException($"{nameof(Samples)} is {Samples}; it must be at least 1.", nameof(Samples));
        var evaluator = new Evaluator(model, Task, Batch);
        Problem[] problems = Held(Problems);
        var accuracies = new List<TreeAccuracy>();
        double[]? plain = null;
        foreach (LbrOptions tree in trees.Where(tree => tree.Shape.Width > 1).Prepend(new LbrOptions { Width = 1 }))
        {
            MethodResult result = evaluator.Run(problems, new EvaluationMethod("", tree, Sampling, Samples), cancellation: cancellation);
            double[] shares = result.PassAt(1);
            plain ??= shares;
            var choice = new TreeChoice(tree.Width, tree.Depth, tree.AdaptiveEntropy);
            ulong seed = Sampling.Seed;
            accuracies.Add(new TreeAccuracy(choice, Bootstrap.Mean(shares, seed), Bootstrap.PairedDifference(shares, plain, seed), problems.Length, result.Cost.ForwardedRows / (double)Math.Max(1, result.Cost.Tokens)));
            measured?.Report(accuracies[^1]);
        }

        return accuracies;
    }

    private Problem[] Held(int count) => Task.GetProblems(ProblemSplit.HeldOut, Sampling.Seed, 0, (int)Math.Min(count, Task.Count(ProblemSplit.HeldOut) ?? count));
}
