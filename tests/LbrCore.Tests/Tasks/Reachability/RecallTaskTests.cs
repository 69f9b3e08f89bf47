using LbrCore.Tasks;
using LbrCore.Tasks.Reachability;

namespace LbrCore.Tests.Tasks.Reachability;

public class RecallTaskTests
{
    [Theory]
    [InlineData(2, 4, 8, 6)]
    [InlineData(4, 2, 4, 6)]
    [InlineData(16, 1, 16, 3)]
    [InlineData(4, 2, 1, 6)]
    public void Queries_are_answered_by_the_edges_of_the_prompt(int radix, int width, int edges, int queries)
    {
        var task = new RecallTask(radix, width, edges, queries);
        foreach (Problem problem in task.GetProblems(edges == 1 ? ProblemSplit.Train : ProblemSplit.HeldOut, 5, 0, 50))
        {
            Assert.Equal((task.MaxPromptLength, task.MaxAnswerLength), (problem.Prompt.Length, problem.Solution.Length));
            string[] parts = task.Vocabulary.Decode(problem.Prompt).Split("[A]");
            Dictionary<string, string> targets = parts[0].TrimEnd('|').Split('|').ToDictionary(edge => edge[..width], edge => edge[width..]);
            Assert.Equal(edges, targets.Count);
            string asked = parts[1] + task.Vocabulary.Decode(problem.Solution);
            for (int at = 0; at < asked.Length; at += 2 * width) Assert.Equal(targets[asked.Substring(at, width)], asked.Substring(at + width, width));
            // What is learned are the answers: of each 2W tokens of the dialogue the last W.
            Assert.All(problem.Solution.Index(), token => Assert.Equal((token.Index + width) % (2 * width) >= width, problem.IsTarget(token.Index)));
            Assert.True(task.Verify(problem, problem.Solution).IsCorrect);
            Assert.False(task.Verify(problem, [(problem.Solution[0] + 1) % radix, .. problem.Solution[1..]]).IsCorrect);
        }
    }

    [Fact]
    public void Too_few_problems_for_two_splits_are_an_error()
    {
        var task = new RecallTask(2, 1, 1, 1);
        Assert.Contains("too few", Assert.Throws<ArgumentException>(() => task.GetProblem(ProblemSplit.HeldOut, 0, 0)).Message);
    }
}
