using LbrCore.Formats.Tokenization;
using LbrCore.Tasks;
using LbrCore.Tasks.Mathematics;
using LbrCore.Tests.Formats;

namespace LbrCore.Tests.Tasks.Mathematics;

public class MathSetTests
{
    [Theory]
    [InlineData("""{"problem":"p","answer":"7"}""", "7")]
    [InlineData("""{"Question":"p","Answer":7}""", "7")]
    [InlineData("""{"problem":"p","solution":"so \\boxed{\\frac{1}{2}}"}""", "\\frac{1}{2}")]
    [InlineData("""{"question":"p","final_answer":["$7$"],"solution":"x"}""", "$7$")]
    [InlineData("""{"question":"p","answer":"3+4=7\n#### 7"}""", "7")]
    [InlineData("""{"problem":"p","answer":"","target":"8"}""", "8")]
    public void Public_sets_are_read(string line, string answer)
    {
        using var folder = new TemporaryFolder();
        MathProblemText problem = Assert.Single(MathSetReader.Read(folder.Write("set.jsonl", $"\n{line}\n")));
        Assert.Equal(("p", answer), (problem.Text, problem.Answer));
    }

    [Theory]
    [InlineData("{", "line 1 is no JSON")]
    [InlineData("[]", "should be an object")]
    [InlineData("""{"problem":"p"}""", "has no answer")]
    [InlineData("""{"answer":"7"}""", "has no problem")]
    [InlineData("""{"problem":"p","answer":["a","b"]}""", "has no answer")]
    [InlineData("", "has no problems")]
    public void Lines_that_are_no_problems_are_named(string text, string part)
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(part, Assert.Throws<InvalidDataException>(() => MathSetReader.Read(folder.Write("set.jsonl", text))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_set_is_a_task()
    {
        var tokenizer = new ListTokenizer(["\\boxed{", "}", "1", "2", "+", "<eos>"], "<eos>");
        var language = new TaskLanguage(tokenizer, text => tokenizer.Encode(text), []);
        MathProblemText[] problems = [.. Enumerable.Range(0, 200).Select(i => new MathProblemText(string.Concat(Convert.ToString(i, 2).Replace('0', '2')), $"{i % 3}", null))];
        var task = new MathSetTask("set.jsonl", problems, language, strict: true, split: true);
        Assert.Equal(200, task.Count(ProblemSplit.Train) + task.Count(ProblemSplit.HeldOut));
        Assert.InRange(task.Count(ProblemSplit.HeldOut)!.Value, 1, 40);
        Assert.Empty(Enumerable.Range(0, (int)task.Count(ProblemSplit.Train)!.Value).Select(i => task.GetProblem(ProblemSplit.Train, 0, i).Hash).Intersect(
            Enumerable.Range(0, (int)task.Count(ProblemSplit.HeldOut)!.Value).Select(i => task.GetProblem(ProblemSplit.HeldOut, 0, i).Hash)));
        Assert.Throws<ArgumentOutOfRangeException>(() => task.GetProblem(ProblemSplit.HeldOut, 0, 200));

        // Training goes on where the set ends, every time in another order; a seed gives its own.
        int count = (int)task.Count(ProblemSplit.Train)!.Value;
        ulong[][] rounds = [.. Enumerable.Range(0, 3).Select(round => Hashes(1, round * count)), Hashes(2, 0)];
        Assert.All(rounds, round => Assert.Equal(count, round.Distinct().Count()));
        Assert.Equal(4, rounds.Select(round => string.Join(' ', round)).Distinct().Count());
        Assert.Equal(rounds[0], Hashes(1, 0));
        ulong[] Hashes(ulong seed, int first) => [.. task.GetProblems(ProblemSplit.Train, seed, first, count).Select(problem => problem.Hash)];

        var whole = new MathSetTask("set.jsonl", problems, language);
        Assert.Equal((200, 200), (whole.Count(ProblemSplit.Train), whole.Count(ProblemSplit.HeldOut)));
        Problem two = whole.GetProblem(ProblemSplit.HeldOut, 0, 2);
        Assert.Equal("correct", task.Verify(two, tokenizer.Encode("\\boxed{2}<eos>")).Reason);
        Assert.Equal("no end", task.Verify(two, tokenizer.Encode("\\boxed{2}")).Reason);
        Assert.Equal("another answer", task.Verify(two, tokenizer.Encode("\\boxed{1+1}<eos>")).Reason);
        Assert.Equal("correct", whole.Verify(two, tokenizer.Encode("\\boxed{1+1}<eos>")).Reason);
        Assert.Equal("2", whole.Vote(tokenizer.Encode("\\boxed{2}")));
        Assert.Throws<ArgumentException>(() => task.Verify(new Problem { Hash = 0, Prompt = [] }, []));
    }
}
