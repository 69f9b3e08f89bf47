using LbrCore.Tasks;
using LbrCore.Tasks.Reachability;

namespace LbrCore.Tests.Tasks.Reachability;

/// <summary>Further questions about a graph and walks through it: warm-ups that change nothing of the problem itself.</summary>
public class ReachabilityQuestionTests
{
    [Fact]
    public void Further_questions_leave_the_problem_as_it_is()
    {
        var one = new ReachabilityTask();
        var many = new ReachabilityTask(new ReachabilityOptions { Questions = 6 });
        for (int i = 0; i < 20; i++)
        {
            Problem problem = one.GetProblem(ProblemSplit.Train, 4, i), asked = many.GetProblem(ProblemSplit.Train, 4, i);
            Assert.Empty(problem.Further);
            Assert.Equal(5, asked.Further.Count);
            Assert.Equal(problem.Hash, asked.Hash);
            Assert.Equal(problem.Prompt, asked.Prompt);
            Assert.Equal(problem.Solution, asked.Solution);
        }
    }

    [Theory]
    [InlineData(16, 26, 2, 4)]
    [InlineData(6, 7, 1, 2)]
    [InlineData(4, 4, 1, 1)]
    public void Further_questions_are_questions_of_the_task(int nodes, int edges, int least, int most)
    {
        var task = new ReachabilityTask(new ReachabilityOptions { Nodes = nodes, Edges = edges, MinHops = least, MaxHops = most, Questions = 8 });
        var seen = new HashSet<int>();
        foreach (Problem problem in task.GetProblems(ProblemSplit.Train, 1, 0, 60))
        {
            foreach (FurtherQuestion question in problem.Further)
            {
                int[] text = [.. problem.Prompt[..question.Shared], .. question.Prompt];
                Assert.Equal(task.MaxPromptLength, text.Length);
                var prompt = new PromptReader(task.Vocabulary.Decode(text), 4);
                int?[] distances = [prompt.Distance(prompt.First), prompt.Distance(prompt.Second)];
                Assert.Single(distances, distance => distance is null);
                string target = distances[0] is null ? prompt.Second : prompt.First;
                string[] path = Nodes(task, question.Solution);
                Assert.Equal((prompt.Root, target, distances.Max()!.Value + 1), (path[0], path[^1], path.Length));
                Assert.All(path.Zip(path.Skip(1)), hop => Assert.Contains(hop, prompt.Edges));
                Assert.InRange(path.Length - 1, least, most);
                seen.Add(path.Length - 1);
            }
        }

        Assert.Equal(most - least + 1, seen.Count);
    }

    [Fact]
    public void Walks_take_edges_until_none_leads_on()
    {
        var task = new ReachabilityTask(new ReachabilityOptions { Walk = true, MaxHops = 3 });
        int ends = 0, count = 0;
        foreach (Problem problem in task.GetProblems(ProblemSplit.HeldOut, 2, 0, 200))
        {
            var prompt = new PromptReader(task.Vocabulary.Decode(problem.Prompt), 4);
            string[] walk = Nodes(task, problem.Solution);
            Assert.Equal(prompt.Root, walk[0]);
            Assert.All(walk.Zip(walk.Skip(1)), hop => Assert.Contains(hop, prompt.Edges));
            bool leadsOn = prompt.Edges.Any(edge => edge.From == walk[^1]);
            Assert.True(!leadsOn || walk.Length == 5, string.Join(" ", walk));
            Assert.True(task.Verify(problem, problem.Solution).IsCorrect);
            Assert.InRange(problem.Solution.Length, 1, task.MaxAnswerLength);
            // The root always has an edge, so its name alone is no walk.
            Assert.Equal("an edge leads on", task.Verify(problem, [.. problem.Solution[..4], task.EndOfSequence]).Reason);
            // A walk need not pass any target.
            ends += walk[^1] == prompt.First || walk[^1] == prompt.Second ? 1 : 0;
            count++;
        }

        Assert.InRange(ends, 1, count - 1);
    }

    [Fact]
    public void Hops_that_are_edges_are_counted()
    {
        var task = new ReachabilityTask(new ReachabilityOptions { Radix = 10, Width = 1, Nodes = 6, Edges = 6, MaxHops = 3 });
        var problem = new ReachabilityProblem
        {
            Hash = 0,
            Prompt = [],
            Graph = ReachabilityGraph.FromEdges(6, [(0, 1), (1, 2), (2, 3)]),
            Labels = [0, 1, 2, 3, 4, 5],
            Root = 0,
            Target = 3,
            Decoy = 5,
            Hops = 3,
        };
        Assert.Equal(1, Valid("0123<eos>"));
        Assert.Equal(0.8, Valid("012012<eos>"), 1e-9);
        Assert.Equal(0.2, Valid("034231<eos>"), 1e-9);
        Assert.Equal(0, Valid("09|1"));
        Assert.Empty(task.Measure(problem, task.Vocabulary.Encode("0<eos>")));
        Assert.Empty(task.Measure(problem, []));

        double Valid(string answer) => Assert.Single(task.Measure(problem, task.Vocabulary.Encode(answer))).Value;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(257)]
    public void Numbers_of_questions_that_cannot_be_are_named(int questions) =>
        Assert.Contains("Questions is", Assert.Throws<ArgumentException>(() => new ReachabilityTask(new ReachabilityOptions { Questions = questions })).Message);

    private static string[] Nodes(ReachabilityTask task, int[] solution)
    {
        string text = task.Vocabulary.Decode(solution);
        Assert.EndsWith("<eos>", text);
        return [.. text[..^5].Chunk(4).Select(digits => new string(digits))];
    }
}
