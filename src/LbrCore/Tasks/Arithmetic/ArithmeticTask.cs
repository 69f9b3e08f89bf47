using System.Text.Json;
using LbrCore.Formats.Tokenization;

namespace LbrCore.Tasks.Arithmetic;

/// <summary>Nested expressions modulo a number, worked out step by step.</summary>
/// <remarks>
/// Prompt: <c>((3+4)*2)-(5*6)=</c>. Answer: the operations one after another with their results, those first whose operands are known, then the result:
/// <c>3+4=7;5*6=8;7*2=3;3-8=6;[A]6&lt;eos&gt;</c>. A solution takes operations whose operands are known in random order, so there are many right ways on.
/// </remarks>
public sealed class ArithmeticTask : ReasoningTask
{
    /// <summary>The name in configurations.</summary>
    public const string TaskName = "arithmetic";

    // "a + b = c ;" and "[A] r <eos>".
    private const int TokensOfStep = 6, TokensOfResult = 3;

    private const int MaximumDraws = 10_000;

    private readonly ListTokenizer _vocabulary;
    private readonly int _open, _close, _equals, _end, _answer;

    /// <summary>The task.</summary>
    /// <param name="options">Sizes; null for the usual ones.</param>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    public ArithmeticTask(ArithmeticOptions? options = null)
    {
        Options = options ?? new ArithmeticOptions();
        Options.Validate();
        int p = Options.Modulus;
        string[] marks = ["+", "-", "*", "(", ")", "=", ";", "[A]", "<eos>", "<pad>"];
        _vocabulary = new ListTokenizer([.. Enumerable.Range(0, p).Select(number => $"{number}"), .. marks], "<eos>", "<pad>");
        (_open, _close, _equals, _end, _answer) = (p + 3, p + 4, p + 5, p + 6, p + 7);
    }

    /// <summary>Sizes.</summary>
    public ArithmeticOptions Options { get; }

    /// <inheritdoc/>
    public override string Name => TaskName;

    /// <inheritdoc/>
    public override ITokenizer Vocabulary => _vocabulary;

    /// <inheritdoc/>
    public override int MaxPromptLength => 4 * Options.MaxOperations;

    /// <inheritdoc/>
    public override int MaxAnswerLength => (TokensOfStep * Options.MaxOperations) + TokensOfResult;

    /// <inheritdoc/>
    public override Problem GetProblem(ProblemSplit split, ulong seed, long index)
    {
        var random = TaskRandom.ForProblem(split, seed, index);
        int operations = random.Between(Options.MinOperations, Options.MaxOperations);
        for (int draw = 0; draw < MaximumDraws; draw++)
        {
            ModularExpression expression = ModularExpression.Draw(operations, Options.Modulus, random);
            var prompt = new List<int>(MaxPromptLength);
            Write(expression, prompt, outermost: true);
            prompt.Add(_equals);
            ulong hash = StableHash.Of([.. prompt]);
            if (ProblemSplits.Of(hash) == split)
                return new ArithmeticProblem { Hash = hash, Prompt = [.. prompt], Solution = Solve(expression, random), Expression = expression };
        }

        throw new InvalidOperationException($"There are too few expressions of {operations} operations modulo {Options.Modulus} for a {split} split; use more of either.");
    }

    /// <inheritdoc/>
    public override Verdict Verify(Problem problem, ReadOnlySpan<int> output)
    {
        ArithmeticProblem own = Own<ArithmeticProblem>(problem);
        if (!TryGetBody(output, out ReadOnlySpan<int> body)) return Verdict.Unfinished;
        if (body.Length < 2 || body[^2] != _answer || !IsNumber(body[^1])) return Verdict.Wrong("no answer");
        if (body[^1] != own.Expression.Value) return Verdict.Wrong("another result");
        return Options.CheckSteps ? VerifySteps(own.Expression, body[..^2]) : Verdict.Correct;
    }

    /// <summary>The result, however it was come by.</summary>
    /// <inheritdoc/>
    public override string? Vote(ReadOnlySpan<int> output) =>
        TryGetBody(output, out ReadOnlySpan<int> body) && body.Length >= 2 && body[^2] == _answer && IsNumber(body[^1]) ? $"{body[^1]}" : null;

    /// <inheritdoc/>
    public override void WriteMembers(Utf8JsonWriter writer) => Options.Write(writer);

    /// <summary>Every operation of the expression once, in any order, each with its result.</summary>
    private Verdict VerifySteps(ModularExpression expression, ReadOnlySpan<int> steps)
    {
        if (steps.Length % TokensOfStep != 0) return Verdict.Wrong("not a step");
        var left = new List<(int, ModularOperation, int)>();
        foreach (ModularExpression operation in expression.Operations()) left.Add((operation.Left!.Value, operation.Operation!.Value, operation.Right!.Value));
        for (; steps.Length > 0; steps = steps[TokensOfStep..])
        {
            var operation = (ModularOperation)(steps[1] - Options.Modulus);
            if (!IsNumber(steps[0]) || !Enum.IsDefined(operation) || !IsNumber(steps[2]) || steps[3] != _equals || !IsNumber(steps[4]) || steps[5] != _end) return Verdict.Wrong("not a step");
            if (ModularExpression.Apply(operation, steps[0], steps[2], Options.Modulus) != steps[4]) return Verdict.Wrong("a wrong step");
            if (!left.Remove((steps[0], operation, steps[2]))) return Verdict.Wrong("a step of another expression");
        }

        return left.Count == 0 ? Verdict.Correct : Verdict.Wrong("a step is missing");
    }

    private bool IsNumber(int token) => (uint)token < (uint)Options.Modulus;

    private void Write(ModularExpression expression, List<int> tokens, bool outermost = false)
    {
        if (expression.Operation is not { } operation)
        {
            tokens.Add(expression.Value);
            return;
        }

        if (!outermost) tokens.Add(_open);
        Write(expression.Left!, tokens);
        tokens.Add(Options.Modulus + (int)operation);
        Write(expression.Right!, tokens);
        if (!outermost) tokens.Add(_close);
    }

    /// <summary>The operations in an order in which operands are known before they are needed, each operation that can be next alike.</summary>
    private int[] Solve(ModularExpression expression, TaskRandom random)
    {
        var tokens = new List<int>(MaxAnswerLength);
        List<ModularExpression> left = [.. expression.Operations()];
        var known = new HashSet<ModularExpression>(ReferenceEqualityComparer.Instance);
        while (left.Count > 0)
        {
            ModularExpression[] ready = [.. left.Where(operation => IsKnown(operation.Left!) && IsKnown(operation.Right!))];
            ModularExpression next = ready[random.Below(ready.Length)];
            left.RemoveAll(operation => ReferenceEquals(operation, next));
            known.Add(next);
            tokens.AddRange([next.Left!.Value, Options.Modulus + (int)next.Operation!.Value, next.Right!.Value, _equals, next.Value, _end]);
        }

        tokens.AddRange([_answer, expression.Value, EndOfSequence]);
        return [.. tokens];

        bool IsKnown(ModularExpression operand) => operand.Operation is null || known.Contains(operand);
    }
}
