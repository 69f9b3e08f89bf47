using LbrCore.Model;
using LbrCore.Tasks;
using LbrCore.Tasks.Reachability;

namespace LbrCore.Evaluation.Probes;

/// <summary>What states of a model know about a reachability problem, read by linear probes.</summary>
/// <param name="Before">How often the target is preferred to the node that cannot be reached, from the state before a branching digit.</param>
/// <param name="AfterCorrect">The same from the state after a digit that leads to the target.</param>
/// <param name="AfterWrong">The same from the state after a digit that does not.</param>
/// <param name="Identity">[width]: the accuracy with which the node that is being written is read after each of its digits.</param>
/// <param name="BranchingPoints">Branching points that were measured.</param>
public sealed record ReachabilityProbes(Interval Before, Interval AfterCorrect, Interval AfterWrong, IReadOnlyList<double> Identity, int BranchingPoints)
{
    /// <summary>Fits probes on training problems and measures them on held-out ones.</summary>
    /// <param name="model">A model for the task.</param>
    /// <param name="task">The task.</param>
    /// <param name="trainProblems">Problems to fit with.</param>
    /// <param name="testProblems">Problems to measure with.</param>
    /// <param name="seed">Which problems.</param>
    /// <param name="progress">Told what is being done.</param>
    /// <exception cref="InvalidOperationException">The problems have no branching points.</exception>
    public static ReachabilityProbes Measure(Transformer model, ReachabilityTask task, int trainProblems, int testProblems, ulong seed, IProgress<string>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        int classes = task.Options.Labels;
        BranchingPoint[] train = Points(task, ProblemSplit.Train, seed, trainProblems), test = Points(task, ProblemSplit.HeldOut, seed, testProblems);
        if (train.Length == 0 || test.Length == 0) throw new InvalidOperationException("These problems have no place where digits of edges part; use more problems or a denser graph.");
        float[][] trainStates = States(model, train, "fit", progress), testStates = States(model, test, "measure", progress);
        int[] trainLabels = [.. train.Select(point => point.Problem.Labels[point.Problem.Target])], testLabels = [.. test.Select(point => point.Problem.Labels[point.Problem.Target])];
        int[] decoys = [.. test.Select(point => point.Problem.Labels[point.Problem.Decoy])];
        var preferences = new Interval[trainStates.Length];
        for (int place = 0; place < preferences.Length; place++)
        {
            progress?.Report($"fitting probe {place + 1} of {preferences.Length} to {train.Length} states");
            preferences[place] = Bootstrap.Mean(LinearProbe.Fit(trainStates[place], trainLabels, classes).Preferences(testStates[place], testLabels, decoys), seed);
        }

        return new ReachabilityProbes(preferences[0], preferences[1], preferences[2], Identities(model, task, trainProblems, testProblems, seed, progress), test.Length);
    }

    private static BranchingPoint[] Points(ReachabilityTask task, ProblemSplit split, ulong seed, int problems) =>
        [.. task.GetProblems(split, seed, 0, problems).SelectMany(problem => BranchingPoint.Along(task, (ReachabilityProblem)problem))];

    private static float[][] States(Transformer model, BranchingPoint[] points, string purpose, IProgress<string>? progress) => StateReader.Read(
        model, [.. points.Select(point => ((int[])[.. point.Problem.Prompt, .. point.Prefix], (int[])[point.Correct, point.Wrong]))], Told(progress, points.Length, purpose));

    /// <summary>One random node of each worked solution, after each of its digits.</summary>
    private static double[] Identities(Transformer model, ReachabilityTask task, int trainProblems, int testProblems, ulong seed, IProgress<string>? progress)
    {
        int width = task.Options.Width;
        var accuracies = new double[width];
        Problem[] train = task.GetProblems(ProblemSplit.Train, seed, 0, trainProblems), test = task.GetProblems(ProblemSplit.HeldOut, seed, 0, testProblems);
        for (int digit = 0; digit < width; digit++)
        {
            (float[] trainStates, int[] trainLabels) = Written(train, digit);
            (float[] testStates, int[] testLabels) = Written(test, digit);
            accuracies[digit] = LinearProbe.Fit(trainStates, trainLabels, task.Options.Labels).Accuracy(testStates, testLabels);
        }

        return accuracies;

        (float[] States, int[] Labels) Written(Problem[] problems, int digit)
        {
            var texts = new List<(int[], int[])>();
            var labels = new List<int>();
            foreach (Problem problem in problems)
            {
                // Not the root, which the prompt has just said.
                int nodes = (problem.Solution.Length - 1) / width, start = (1 + (int)(problem.Hash / 16 % (ulong)(nodes - 1))) * width;
                texts.Add(([.. problem.Prompt, .. problem.Solution[..(start + digit + 1)]], []));
                labels.Add(task.Radix.Read(problem.Solution.AsSpan(start, width)));
            }

            return (StateReader.Read(model, texts, Told(progress, texts.Count, $"digit {digit + 1}"))[0], [.. labels]);
        }
    }

    private static Progress? Told(IProgress<string>? progress, int count, string purpose) => progress is null ? null : new Progress(progress, count, purpose);

    private sealed class Progress(IProgress<string> to, int count, string purpose) : IProgress<int>
    {
        public void Report(int value) => to.Report($"{purpose}: {value} of {count} texts");
    }
}
