using LbrCore.Evaluation.Probes;
using LbrCore.Tasks;
using LbrCore.Tasks.Reachability;

namespace LbrCore.Tests.Evaluation;

public class BranchingPointTests
{
    [Theory]
    [InlineData(2, 4)]
    [InlineData(4, 2)]
    [InlineData(16, 1)]
    public void Digits_part_where_edges_do(int radix, int width)
    {
        var task = new ReachabilityTask(new ReachabilityOptions { Radix = radix, Width = width });
        int points = 0;
        foreach (ReachabilityProblem problem in task.GetProblems(ProblemSplit.HeldOut, 2, 0, 60).Cast<ReachabilityProblem>())
        {
            string prompt = task.Vocabulary.Decode(problem.Prompt), target = Label(problem.Labels[problem.Target]);
            (string From, string To)[] edges = [.. prompt.Split("[Q]")[0].TrimEnd('|').Split('|').Select(edge => (edge[..width], edge[width..]))];
            foreach (BranchingPoint point in BranchingPoint.Along(task, problem))
            {
                points++;
                string answer = task.Vocabulary.Decode(point.Prefix);
                Assert.Equal(point.Digit, answer.Length % width);
                string from = answer.Substring((answer.Length / width * width) - width, width), begun = answer[(answer.Length / width * width)..];
                string[] correct = [.. Next(begun + task.Vocabulary.IdToToken(point.Correct))], wrong = [.. Next(begun + task.Vocabulary.IdToToken(point.Wrong))];
                Assert.Contains(correct, node => Reaches(node, 16));
                Assert.NotEmpty(wrong);
                Assert.DoesNotContain(wrong, node => Reaches(node, 16));

                IEnumerable<string> Next(string digits) => edges.Where(edge => edge.From == from && edge.To.StartsWith(digits, StringComparison.Ordinal)).Select(edge => edge.To);
            }

            bool Reaches(string node, int steps) => node == target || (steps > 0 && edges.Any(edge => edge.From == node && Reaches(edge.To, steps - 1)));
        }

        Assert.True(points > 20);

        string Label(int label)
        {
            var digits = new List<int>();
            task.Radix.Append(digits, label);
            return task.Vocabulary.Decode([.. digits]);
        }
    }
}
