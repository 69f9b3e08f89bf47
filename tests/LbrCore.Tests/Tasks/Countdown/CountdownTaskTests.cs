using System.Globalization;
using LbrCore.Tasks;
using LbrCore.Tasks.Countdown;

namespace LbrCore.Tests.Tasks.Countdown;

public class CountdownTaskTests
{
    [Fact]
    public void Problems_have_solutions()
    {
        var task = new CountdownTask();
        var counts = new HashSet<int>();
        foreach (Problem problem in task.GetProblems(ProblemSplit.Train, 9, 0, 300))
        {
            string[] prompt = task.Vocabulary.Decode(problem.Prompt).TrimEnd(':').Split('>');
            List<int> left = [.. prompt[0].Split(',').Select(Number)];
            int target = Number(prompt[1]);
            counts.Add(left.Count);
            Assert.All(left, number => Assert.InRange(number, 1, task.Options.MaxNumber));
            Assert.DoesNotContain(target, left);
            Assert.NotEqual(0, target);
            string solution = task.Vocabulary.Decode(problem.Solution);
            Assert.EndsWith(";<eos>", solution);
            foreach (string step in solution[..^6].Split(';'))
            {
                string[] sides = step.Split('=');
                char operation = sides[0].First(c => !char.IsDigit(c));
                int[] operands = [.. sides[0].Split(operation).Select(Number)];
                Assert.True(left.Remove(operands[0]) && left.Remove(operands[1]));
                int result = Number(sides[1]);
                Assert.Equal(operands[0], operation switch { '+' => result - operands[1], '-' => result + operands[1], '*' => operands[1] == 0 ? operands[0] : result / operands[1], _ => result * operands[1] });
                left.Add(result);
            }

            Assert.Equal([target], left);
            Assert.Equal(Verdict.Correct, task.Verify(problem, problem.Solution));
        }

        Assert.Equal([3, 4], counts.Order());
    }

    [Fact]
    public void The_splits_share_no_numbers_with_a_target()
    {
        var task = new CountdownTask(new CountdownOptions { MinNumbers = 2, MaxNumbers = 2, MaxNumber = 12 });
        HashSet<string> train = [.. Sets(ProblemSplit.Train, 2000)], held = [.. Sets(ProblemSplit.HeldOut, 200)];
        Assert.Empty(train.Intersect(held));

        IEnumerable<string> Sets(ProblemSplit split, int count) =>
            task.GetProblems(split, 4, 0, count).Cast<CountdownProblem>().Select(problem => $"{string.Join(',', problem.Numbers.Order())}>{problem.Target}");
    }

    [Theory]
    [InlineData("12-3=9;9*7=63;", "correct")]
    [InlineData("7*12=84;84-3=81;", "not the target")]
    [InlineData("12-3=9;", "numbers are left")]
    [InlineData("", "numbers are left")]
    [InlineData("12-3=9;9*8=72;", "a number that is not there")]
    [InlineData("12-3=9;12*7=84;", "a number that is not there")]
    [InlineData("7+7=14;", "a number that is not there")]
    [InlineData("12-3=8;", "a wrong result")]
    [InlineData("3-7=4;", "a wrong result")]
    [InlineData("7/3=2;", "a wrong result")]
    [InlineData("12-3=9;9*7=63", "not a step")]
    [InlineData("12-3=9,9*7=63;", "not a step")]
    [InlineData("=12-3=9;", "not a step")]
    public void Answers_are_judged(string answer, string reason)
    {
        var task = new CountdownTask();
        var problem = new CountdownProblem { Hash = 0, Prompt = [], Numbers = [3, 7, 12], Target = 63 };
        int[] output = task.Vocabulary.Encode(answer);
        Assert.Equal(reason, task.Verify(problem, [.. output, task.EndOfSequence]).Reason);
        Assert.Equal("unfinished", task.Verify(problem, output).Reason);
    }

    [Fact]
    public void Zero_divides_nothing()
    {
        var task = new CountdownTask();
        var problem = new CountdownProblem { Hash = 0, Prompt = [], Numbers = [3, 3, 5], Target = 5 };
        Assert.Equal("a wrong result", task.Verify(problem, task.Vocabulary.Encode("3-3=0;5/0=0;<eos>")).Reason);
        Assert.Equal("correct", task.Verify(problem, task.Vocabulary.Encode("3-3=0;0+5=5;<eos>")).Reason);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
