using System.Globalization;
using LbrCore.Tasks;
using LbrCore.Tasks.Arithmetic;

namespace LbrCore.Tests.Tasks.Arithmetic;

public class ArithmeticTaskTests
{
    [Theory]
    [InlineData(11, 2, 5)]
    [InlineData(2, 4, 6)]
    [InlineData(97, 1, 1)]
    public void Prompts_are_worth_what_the_solution_says(int modulus, int least, int most)
    {
        var task = new ArithmeticTask(new ArithmeticOptions { Modulus = modulus, MinOperations = least, MaxOperations = most, CheckSteps = true });
        var operations = new HashSet<int>();
        foreach (Problem problem in task.GetProblems(ProblemSplit.Train, 3, 0, 200))
        {
            string prompt = task.Vocabulary.Decode(problem.Prompt), solution = task.Vocabulary.Decode(problem.Solution);
            Assert.EndsWith("=", prompt);
            operations.Add(prompt.Count("+-*".Contains));
            int at = 0;
            int value = Evaluate(prompt[..^1], ref at, modulus);
            Assert.Equal(prompt.Length - 1, at);
            Assert.EndsWith($"[A]{value}<eos>", solution);
            Assert.Equal(Verdict.Correct, task.Verify(problem, problem.Solution));
            foreach (string step in solution.Split("[A]")[0].Split(';', StringSplitOptions.RemoveEmptyEntries))
            {
                at = 0;
                Assert.Equal(Evaluate(step.Split('=')[0], ref at, modulus), int.Parse(step.Split('=')[1], CultureInfo.InvariantCulture));
            }

            Assert.InRange(problem.Prompt.Length, 1, task.MaxPromptLength);
            Assert.InRange(problem.Solution.Length, 1, task.MaxAnswerLength);
        }

        Assert.Equal(Enumerable.Range(least, most - least + 1), operations.Order());
    }

    [Fact]
    public void Operands_are_known_before_they_are_used_and_orders_differ()
    {
        var task = new ArithmeticTask(new ArithmeticOptions { Modulus = 7, MinOperations = 6, MaxOperations = 6 });
        var answers = new HashSet<string>();
        for (int i = 0; i < 200; i++)
        {
            Problem problem = task.GetProblem(ProblemSplit.HeldOut, 1, i);
            string prompt = task.Vocabulary.Decode(problem.Prompt), solution = task.Vocabulary.Decode(problem.Solution);
            List<string> known = [.. prompt.Where(char.IsDigit).Select(digit => digit.ToString())];
            foreach (string step in solution.Split("[A]")[0].Split(';', StringSplitOptions.RemoveEmptyEntries))
            {
                Assert.True(known.Remove(step[..1]) && known.Remove(step[2..3]), $"{prompt} {solution}");
                known.Add(step[4..]);
            }

            answers.Add(solution);
        }

        Assert.True(answers.Count > 190);
    }

    [Fact]
    public void Answers_are_judged()
    {
        var task = new ArithmeticTask(new ArithmeticOptions { Modulus = 11, CheckSteps = true });
        var two = new ModularExpression(7, ModularOperation.Add, new ModularExpression(3), new ModularExpression(4));
        var product = new ModularExpression(5, ModularOperation.Multiply, two, new ModularExpression(7));
        var problem = new ArithmeticProblem { Hash = 0, Prompt = [], Expression = product };
        var lenient = new ArithmeticTask();
        Check("3+4=7;7*7=5;[A]5<eos>", "correct", "correct");
        Check("7*7=5;3+4=7;[A]5<eos>", "correct", "correct");
        Check("3+4=7;7*7=5;[A]5", "unfinished", "unfinished");
        Check("3+4=7;7*7=5;[A]6<eos>", "another result", "another result");
        Check("3+4=7;7*7=5;5<eos>", "no answer", "no answer");
        Check("[A][A]<eos>", "no answer", "no answer");
        Check("<eos>", "no answer", "no answer");
        Check("[A]5<eos>", "a step is missing", "correct");
        Check("3+4=8;7*7=5;[A]5<eos>", "a wrong step", "correct");
        Check("3+4=7;3+4=7;[A]5<eos>", "a step of another expression", "correct");
        Check("3+4=7;7*7=5[A]5<eos>", "not a step", "correct");
        Check("3(4=7;7*7=5;[A]5<eos>", "not a step", "correct");

        void Check(string answer, string strict, string result)
        {
            int[] output = task.Vocabulary.Encode(answer);
            Assert.Equal(strict, task.Verify(problem, output).Reason);
            Assert.Equal(result, lenient.Verify(problem, output).Reason);
        }
    }

    // Sums without precedence between them, as every operation but the outermost stands in parentheses.
    private static int Evaluate(string text, ref int at, int modulus)
    {
        int left = Operand(text, ref at, modulus);
        if (at >= text.Length || text[at] == ')') return left;
        char operation = text[at++];
        int right = Operand(text, ref at, modulus);
        int value = operation switch { '+' => left + right, '-' => left - right, _ => left * right };
        return ((value % modulus) + modulus) % modulus;
    }

    private static int Operand(string text, ref int at, int modulus)
    {
        if (text[at] == '(')
        {
            at++;
            int value = Evaluate(text, ref at, modulus);
            Assert.Equal(')', text[at++]);
            return value;
        }

        int start = at;
        while (at < text.Length && char.IsDigit(text[at])) at++;
        return int.Parse(text[start..at], CultureInfo.InvariantCulture);
    }
}
