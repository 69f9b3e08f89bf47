using LbrCore.Tasks.Reachability;

namespace LbrCore.Evaluation.Probes;

/// <summary>A place in the answer to a reachability problem where digits of different edges part: some lead on to the target, others do not.</summary>
/// <param name="Problem">The problem.</param>
/// <param name="Prefix">Digits of the answer before the place.</param>
/// <param name="Correct">A digit from which the target can still be reached.</param>
/// <param name="Wrong">A digit that an edge begins with, but from which it cannot.</param>
/// <param name="Digit">Which digit of its node it is, from 0.</param>
public sealed record BranchingPoint(ReachabilityProblem Problem, int[] Prefix, int Correct, int Wrong, int Digit)
{
    /// <summary>The branching points along a problem's worked solution.</summary>
    /// <param name="task">The task that made the problem.</param>
    /// <param name="problem">The problem.</param>
    public static IEnumerable<BranchingPoint> Along(ReachabilityTask task, ReachabilityProblem problem)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(problem);
        int width = task.Options.Width, nodes = (problem.Solution.Length - 1) / width;
        for (int step = 1; step < nodes; step++)
        {
            int from = problem.NodeOf(task.Radix.Read(problem.Solution.AsSpan((step - 1) * width, width)));
            for (int digit = 0; digit < width; digit++)
            {
                int at = (step * width) + digit, correct = problem.Solution[at];
                // Digits that edges go on with, and whether the target is reachable through any of these edges.
                var leads = new SortedDictionary<int, bool>();
                foreach ((int node, int[] digits) in Successors(task, problem, from))
                {
                    if (!digits.AsSpan(0, digit).SequenceEqual(problem.Solution.AsSpan(step * width, digit))) continue;
                    leads[digits[digit]] = leads.GetValueOrDefault(digits[digit]) || Reaches(problem, node);
                }

                if (leads.GetValueOrDefault(correct) && leads.Where(lead => !lead.Value).Select(lead => (int?)lead.Key).FirstOrDefault() is { } wrong)
                    yield return new BranchingPoint(problem, problem.Solution[..at], correct, wrong, digit);
            }
        }
    }

    private static IEnumerable<(int Node, int[] Digits)> Successors(ReachabilityTask task, ReachabilityProblem problem, int from)
    {
        for (int node = 0; node < problem.Graph.Nodes; node++)
        {
            if (!problem.Graph.HasEdge(from, node)) continue;
            var digits = new List<int>();
            task.Radix.Append(digits, problem.Labels[node]);
            yield return (node, [.. digits]);
        }
    }

    private static bool Reaches(ReachabilityProblem problem, int from) => (problem.Graph.Search(from, new ulong[problem.Graph.Nodes]) >> problem.Target & 1) != 0;
}
