using System.Text.Json;
using LbrCore.Formats.Tokenization;

namespace LbrCore.Tasks.Countdown;

/// <summary>Countdown: combine the given numbers by +, -, * and /, each once, until the target is left.</summary>
/// <remarks>
/// Prompt: <c>3,7,12&gt;33:</c>. Answer: steps that take two numbers and leave their result, then the end: <c>12-3=9;...&lt;eos&gt;</c>. No number is negative, none greater than
/// the greatest token, and divisions leave no rest. The worked solution is the random one that the target was made by; others are as right.
/// </remarks>
public sealed class CountdownTask : ReasoningTask
{
    /// <summary>The name in configurations.</summary>
    public const string TaskName = "countdown";

    private const string Operations = "+-*/";

    // "a + b = c ;"
    private const int TokensOfStep = 6;

    private const int MaximumDraws = 100_000;

    private readonly ListTokenizer _vocabulary;
    private readonly int _firstOperation, _comma, _to, _colon, _equals, _end;

    /// <summary>The task.</summary>
    /// <param name="options">Sizes; null for the usual ones.</param>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    public CountdownTask(CountdownOptions? options = null)
    {
        Options = options ?? new CountdownOptions();
        Options.Validate();
        int n = Options.MaxValue + 1;
        string[] marks = [.. Operations.Select(operation => operation.ToString()), ",", ">", ":", "=", ";", "<eos>", "<pad>"];
        _vocabulary = new ListTokenizer([.. Enumerable.Range(0, n).Select(number => $"{number}"), .. marks], "<eos>", "<pad>");
        (_firstOperation, _comma, _to, _colon, _equals, _end) = (n, n + 4, n + 5, n + 6, n + 7, n + 8);
    }

    /// <summary>Sizes.</summary>
    public CountdownOptions Options { get; }

    /// <inheritdoc/>
    public override string Name => TaskName;

    /// <inheritdoc/>
    public override ITokenizer Vocabulary => _vocabulary;

    /// <inheritdoc/>
    public override int MaxPromptLength => (2 * Options.MaxNumbers) + 2;

    /// <inheritdoc/>
    public override int MaxAnswerLength => (TokensOfStep * (Options.MaxNumbers - 1)) + 1;

    /// <inheritdoc/>
    public override Problem GetProblem(ProblemSplit split, ulong seed, long index)
    {
        var random = TaskRandom.ForProblem(split, seed, index);
        int count = random.Between(Options.MinNumbers, Options.MaxNumbers);
        for (int draw = 0; draw < MaximumDraws; draw++)
        {
            int[] numbers = [.. Enumerable.Range(0, count).Select(_ => random.Between(1, Options.MaxNumber))];
            int[]? solution = Combine([.. numbers], random);
            if (solution is null) continue;
            int target = solution[^3];
            // Zero is made too easily, and a target that is given need not be made.
            if (target == 0 || numbers.Contains(target)) continue;
            int[] sorted = [.. numbers.Order(), target];
            ulong hash = StableHash.Of(sorted);
            if (ProblemSplits.Of(hash) != split) continue;
            var prompt = new List<int>(MaxPromptLength);
            foreach (int number in numbers) prompt.AddRange([number, _comma]);
            prompt[^1] = _to;
            prompt.AddRange([target, _colon]);
            return new CountdownProblem { Hash = hash, Prompt = [.. prompt], Solution = solution, Numbers = numbers, Target = target };
        }

        throw new InvalidOperationException($"{MaximumDraws} draws of {count} numbers up to {Options.MaxNumber} gave no {split} problem; use other sizes.");
    }

    /// <inheritdoc/>
    public override Verdict Verify(Problem problem, ReadOnlySpan<int> output)
    {
        CountdownProblem own = Own<CountdownProblem>(problem);
        if (!TryGetBody(output, out ReadOnlySpan<int> steps)) return Verdict.Unfinished;
        if (steps.Length % TokensOfStep != 0) return Verdict.Wrong("not a step");
        List<int> left = [.. own.Numbers];
        for (; steps.Length > 0; steps = steps[TokensOfStep..])
        {
            (int a, int operation, int b, int result) = (steps[0], steps[1] - _firstOperation, steps[2], steps[4]);
            if (!IsNumber(a) || (uint)operation >= (uint)Operations.Length || !IsNumber(b) || steps[3] != _equals || !IsNumber(result) || steps[5] != _end) return Verdict.Wrong("not a step");
            if (!left.Remove(a) || !left.Remove(b)) return Verdict.Wrong("a number that is not there");
            if (Apply(operation, a, b) != result) return Verdict.Wrong("a wrong result");
            left.Add(result);
        }

        return left.Count > 1 ? Verdict.Wrong("numbers are left")
            : left[0] == own.Target ? Verdict.Correct
            : Verdict.Wrong("not the target");
    }

    /// <inheritdoc/>
    public override void WriteMembers(Utf8JsonWriter writer) => Options.Write(writer);

    private bool IsNumber(int token) => (uint)token <= (uint)Options.MaxValue;

    /// <summary>What an operation makes; null where that is negative, broken or too large.</summary>
    private int? Apply(int operation, int a, int b)
    {
        long? result = operation switch
        {
            0 => a + b,
            1 => a - b,
            2 => (long)a * b,
            _ => b != 0 && a % b == 0 ? a / b : null,
        };
        return result >= 0 && result <= Options.MaxValue ? (int)result : null;
    }

    /// <summary>Combines numbers at random until one is left; null where that comes to a dead end.</summary>
    private int[]? Combine(List<int> numbers, TaskRandom random)
    {
        var steps = new List<int>(MaxAnswerLength);
        while (numbers.Count > 1)
        {
            int a = Take(), operation = random.Below(Operations.Length), b = Take();
            if (Apply(operation, a, b) is not { } result) return null;
            numbers.Add(result);
            steps.AddRange([a, _firstOperation + operation, b, _equals, result, _end]);
        }

        return [.. steps, EndOfSequence];

        int Take()
        {
            int at = random.Below(numbers.Count), number = numbers[at];
            numbers.RemoveAt(at);
            return number;
        }
    }
}
