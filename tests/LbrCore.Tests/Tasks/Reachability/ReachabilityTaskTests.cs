using LbrCore.Tasks;
using LbrCore.Tasks.Reachability;

namespace LbrCore.Tests.Tasks.Reachability;

/// <summary>Problems are as the specification says, read from their text; the verifier takes right answers and nothing else.</summary>
public class ReachabilityTaskTests
{
    public static TheoryData<ReachabilityOptions> Sizes => new(
        new ReachabilityOptions(),
        new ReachabilityOptions { Radix = 4, Width = 2 },
        new ReachabilityOptions { Radix = 16, Width = 1 },
        new ReachabilityOptions { Radix = 3, Width = 3, Acyclic = false },
        new ReachabilityOptions { Nodes = 9, Edges = 12, MaxHops = 3, MaxOutDegree = 2 });

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Problems_are_what_they_should_be(ReachabilityOptions options)
    {
        var task = new ReachabilityTask(options);
        var hops = new Dictionary<int, int>();
        int first = 0;
        const int Count = 300;
        foreach (ReachabilityProblem problem in task.GetProblems(ProblemSplit.Train, 7, 0, Count).Cast<ReachabilityProblem>())
        {
            Assert.Equal(task.MaxPromptLength, problem.Prompt.Length);
            var prompt = new PromptReader(task.Vocabulary.Decode(problem.Prompt), options.Width);
            Assert.Equal(options.Edges, prompt.Edges.Distinct().Count());
            Assert.All(prompt.Edges, edge => Assert.NotEqual(edge.From, edge.To));
            Assert.All(prompt.Edges.GroupBy(edge => edge.From), edges => Assert.InRange(edges.Count(), 1, options.MaxOutDegree));
            if (options.Acyclic) Assert.All(prompt.Edges, edge => Assert.DoesNotContain((edge.To, edge.From), prompt.Edges));

            int?[] distances = [prompt.Distance(prompt.First), prompt.Distance(prompt.Second)];
            Assert.Single(distances, distance => distance is null);
            int distance = distances.Max()!.Value;
            Assert.Equal(problem.Hops, distance);
            Assert.InRange(distance, options.MinHops, options.MaxHops);
            string decoy = distances[0] is null ? prompt.First : prompt.Second;
            Assert.Contains(prompt.Edges, edge => edge.To == decoy);
            hops[distance] = hops.GetValueOrDefault(distance) + 1;
            first += distances[0] is null ? 0 : 1;

            string solution = task.Vocabulary.Decode(problem.Solution);
            Assert.EndsWith("<eos>", solution);
            Assert.Equal(((distance + 1) * options.Width) + 1, problem.Solution.Length);
            Assert.Equal(Verdict.Correct, task.Verify(problem, problem.Solution));
        }

        // Balanced within five standard deviations.
        double expected = Count / (double)(options.MaxHops - options.MinHops + 1), deviation = 5 * Math.Sqrt(expected);
        Assert.Equal(options.MaxHops - options.MinHops + 1, hops.Count);
        Assert.All(hops.Values, count => Assert.InRange(count, expected - deviation, expected + deviation));
        Assert.InRange(first, (Count / 2) - (2.5 * Math.Sqrt(Count)), (Count / 2) + (2.5 * Math.Sqrt(Count)));
    }

    [Theory]
    [InlineData(16, 1, 84, 7)]
    [InlineData(4, 2, 139, 13)]
    [InlineData(2, 4, 249, 25)]
    public void Lengths_are_those_of_the_recipe(int radix, int width, int prompt, int answer)
    {
        var task = new ReachabilityTask(new ReachabilityOptions { Radix = radix, Width = width });
        Assert.Equal((prompt, answer, radix + 6), (task.MaxPromptLength, task.MaxAnswerLength, task.Vocabulary.VocabularySize));
    }

    [Fact]
    public void The_same_number_is_the_same_problem_and_others_are_others()
    {
        var task = new ReachabilityTask();
        Problem[] problems = task.GetProblems(ProblemSplit.Train, 3, 0, 200);
        Assert.Equal(problems[77].Prompt, task.GetProblem(ProblemSplit.Train, 3, 77).Prompt);
        Assert.Equal(problems[77].Solution, new ReachabilityTask().GetProblem(ProblemSplit.Train, 3, 77).Solution);
        Assert.NotEqual(problems[77].Prompt, task.GetProblem(ProblemSplit.Train, 4, 77).Prompt);
        Assert.Equal(problems.Length, problems.Select(problem => problem.Hash).Distinct().Count());
    }

    [Fact]
    public void No_graph_is_in_both_splits()
    {
        var task = new ReachabilityTask(new ReachabilityOptions { Nodes = 5, Edges = 5, MinHops = 2, MaxHops = 2, Radix = 5, Width = 1, MaxOutDegree = 3 });
        HashSet<string> train = [.. Graphs(ProblemSplit.Train, 1500)], held = [.. Graphs(ProblemSplit.HeldOut, 300)];
        Assert.NotEmpty(held);
        Assert.Empty(train.Intersect(held));

        // Edges in one order, so that only what the graph is counts.
        IEnumerable<string> Graphs(ProblemSplit split, int count) => task.GetProblems(split, 1, 0, count)
            .Select(problem => string.Concat(new PromptReader(task.Vocabulary.Decode(problem.Prompt), 1).Edges.Order()));
    }

    [Fact]
    public void The_first_problem_is_the_same_in_every_version()
    {
        var task = new ReachabilityTask(new ReachabilityOptions { Nodes = 6, Edges = 7, Radix = 6, Width = 1, MaxHops = 3 });
        Problem problem = task.GetProblem(ProblemSplit.HeldOut, 1, 0);
        Assert.Equal("54|40|41|30|23|53|31|[Q]14[R]2[A]", task.Vocabulary.Decode(problem.Prompt));
    }

    [Fact]
    public void Answers_are_judged_by_edges()
    {
        var task = new ReachabilityTask(new ReachabilityOptions { Radix = 10, Width = 1, Nodes = 6, Edges = 6, MaxHops = 3 });
        ReachabilityProblem problem = Problem(task, 0, 3, 5, (0, 1), (1, 2), (2, 3), (1, 3), (0, 4), (4, 5 - 4));
        Check("0123", "correct");
        Check("013", "correct");
        Check("0413", "correct");
        Check("03", "not an edge");
        Check("0", "not a target");
        Check("", "half a node");
        Check("123", "not from the root");
        Check("0121", "not an edge");
        Check("019", "no such node");
        Check("01|3", "not a digit");
        Assert.Equal("unfinished", task.Verify(problem, task.Vocabulary.Encode("013")).Reason);
        Assert.Equal("correct", task.Verify(problem, task.Vocabulary.Encode("013<eos><pad><pad>")).Reason);

        void Check(string answer, string reason) => Assert.Equal(reason, task.Verify(problem, task.Vocabulary.Encode(answer + "<eos>")).Reason);
    }

    [Fact]
    public void The_decoy_and_half_a_node_are_wrong()
    {
        var task = new ReachabilityTask(new ReachabilityOptions { Radix = 2, Width = 2, Nodes = 4, Edges = 3, MinHops = 1, MaxHops = 2 });
        // An edge into the decoy that a path would have to invent, and a graph in which the root reaches it after all, to see the reason.
        ReachabilityProblem problem = Problem(task, 0, 2, 3, (0, 1), (1, 2), (1, 3));
        Assert.Equal("the unreachable target", task.Verify(problem, task.Vocabulary.Encode("000111<eos>")).Reason);
        Assert.Equal("half a node", task.Verify(problem, task.Vocabulary.Encode("00011<eos>")).Reason);
        Assert.Equal("correct", task.Verify(problem, task.Vocabulary.Encode("000110<eos>")).Reason);
    }

    [Theory]
    [InlineData("Width", 2, 3, 16, 26)]
    [InlineData("Edges", 2, 4, 16, 200)]
    [InlineData("Edges", 2, 4, 16, 4)]
    [InlineData("Nodes", 2, 4, 65, 26)]
    [InlineData("Radix", 1, 4, 16, 26)]
    public void Sizes_that_cannot_be_are_named(string name, int radix, int width, int nodes, int edges)
    {
        var options = new ReachabilityOptions { Radix = radix, Width = width, Nodes = nodes, Edges = edges };
        Assert.Contains(name, Assert.Throws<ArgumentException>(() => new ReachabilityTask(options)).Message, StringComparison.OrdinalIgnoreCase);
    }

    private static ReachabilityProblem Problem(ReachabilityTask task, int root, int target, int decoy, params (int, int)[] edges) => new()
    {
        Hash = 0,
        Prompt = [],
        Graph = ReachabilityGraph.FromEdges(task.Options.Nodes, edges),
        Labels = [.. Enumerable.Range(0, task.Options.Nodes)],
        Root = root,
        Target = target,
        Decoy = decoy,
        Hops = 2,
    };
}
