using LbrCore.Decoding;
using LbrCore.Evaluation;
using LbrCore.Formats;
using LbrCore.Model;
using LbrCore.Tasks;
using LbrCore.Tasks.Arithmetic;
using LbrCore.Tasks.Countdown;
using LbrCore.Tests.Model;

namespace LbrCore.Tests.Evaluation;

public sealed class EvaluatorTests(FixtureModels models) : IClassFixture<FixtureModels>
{
    private static readonly ArithmeticTask s_task = new(new ArithmeticOptions { MaxOperations = 3 });

    private Transformer Model => models.Load("qwen2-tiny-f32", TensorDtype.F32);

    [Fact]
    public void Answers_are_the_decoders_and_costs_are_counted()
    {
        Problem[] problems = s_task.GetProblems(ProblemSplit.HeldOut, 1, 0, 3);
        var sampling = new SamplingOptions { Seed = 4 };
        var evaluator = new Evaluator(Model, s_task, sequences: 4);
        MethodResult discrete = evaluator.Run(problems, EvaluationMethod.Discrete(sampling, 2));
        using PlainDecoder plain = PlainDecoder.Create(Model, new SessionOptions { Sequences = 6, ContextLength = 64 }, [s_task.EndOfSequence]);
        var expected = new List<int>[6];
        foreach (DecodedToken token in plain.Decode([.. Enumerable.Range(0, 6).Select(i => (ReadOnlyMemory<int>)problems[i / 2].Prompt)], sampling, s_task.MaxAnswerLength))
            (expected[token.Sequence] ??= []).Add(token.Token);
        Assert.Equal(expected.Select(tokens => string.Join(',', tokens)), discrete.Answers.SelectMany(answers => answers).Select(answer => string.Join(',', answer.Tokens)));
        Assert.Equal((6, discrete.Cost.Tokens), (discrete.Cost.Answers, discrete.Cost.ForwardedRows));
        Assert.Equal(discrete.Answers.SelectMany(answers => answers).Count(answer => answer.Tokens[^1] != s_task.EndOfSequence), discrete.Cost.Truncated);
        Assert.All(discrete.Answers.SelectMany(answers => answers), answer => Assert.Equal(s_task.Verify(problems[0], answer.Tokens).Reason == "unfinished", answer.Tokens[^1] != s_task.EndOfSequence));
    }

    [Fact]
    public void A_tree_takes_its_rows_and_tells_its_steps()
    {
        Problem[] problems = s_task.GetProblems(ProblemSplit.HeldOut, 1, 0, 2);
        var told = new List<(int Problem, int Sample)>();
        MethodResult flat = new Evaluator(Model, s_task).Run(problems, EvaluationMethod.Tree(new LbrOptions { Width = 3 }, new SamplingOptions(), 2), step: (problem, sample, _) => told.Add((problem, sample)));
        Assert.Equal(3 * flat.Cost.Tokens, flat.Cost.ForwardedRows);
        Assert.Equal(flat.Cost.Tokens, told.Count);
        Assert.Equal(4, told.Distinct().Count());
        MethodResult deep = new Evaluator(Model, s_task, sequences: 1).Run(problems, EvaluationMethod.Tree(new LbrOptions { Width = 2, Depth = 2 }, new SamplingOptions(), 1));
        // The first step forwards 2 + 4 nodes, later ones 4, the last none; stop tokens have no children.
        Assert.InRange(deep.Cost.ForwardedRows, 2 * deep.Cost.Tokens, (4 * deep.Cost.Tokens) + (2 * 2));
        Assert.Equal(deep.Cost.Tokens + 2, deep.Cost.Passes);
    }

    [Fact]
    public void Models_that_do_not_fit_are_refused()
    {
        var large = new CountdownTask(new CountdownOptions { MaxValue = 1000 });
        Assert.Contains("was not made for this task", Assert.Throws<ArgumentException>(() => new Evaluator(Model, large)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reports_compare_trees_with_every_discrete_method()
    {
        SampledAnswer right = new([1], -1, Verdict.Correct, "x"), wrong = new([2], -2, Verdict.Wrong("no"), "y");
        MethodResult discrete = Result("discrete T=1", [wrong, right, wrong], [wrong, wrong, right]), tree = Result("lbr", [right], [wrong]);
        var report = new EvaluationReport("title", [discrete, tree], 3, 1);
        Assert.Equal(["discrete T=1", "discrete T=1, majority of 3", "discrete T=1, best of 3"], report.Differences.Select(difference => difference.Second));
        Assert.Equal(0.5 - (1.0 / 3), report.Differences[0].Difference.Estimate, 12);
        Assert.Equal(0.5, report.Differences[1].Difference.Estimate, 12);
        Assert.Equal(-0.5, report.Differences[2].Difference.Estimate, 12);
        Assert.Equal(EvaluationReport.Columns.Count, report.Rows().First().Length);
        Assert.Equal((0, 3), (report.Methods[1].Votes, report.Methods[0].Votes));
        Assert.Contains("which may be chance", report.Sentences().First(), StringComparison.Ordinal);
        Assert.Contains("<table>", report.ToHtml().Render(), StringComparison.Ordinal);

        static MethodResult Result(string name, params SampledAnswer[][] answers) => new(name, answers, new DecodingCost(10, 10, 10, TimeSpan.FromSeconds(1), 0, 4));
    }
}
