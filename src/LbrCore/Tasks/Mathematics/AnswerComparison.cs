using System.Diagnostics;
using System.Numerics;
using LbrCore.Tasks.Mathematics.Symbolic;

namespace LbrCore.Tasks.Mathematics;

/// <summary>Compares one answer with its reference. Once it has taken too long it gives up, which counts as different.</summary>
internal sealed class AnswerComparison(bool strict, TimeSpan limit)
{
    // Decimals may differ by one part in so many.
    private const int DecimalTolerance = 10_000;

    // Lists are matched part by part, so their length counts twice.
    private const int MaximumParts = 32, MaximumDepth = 6;

    private readonly long _started = Stopwatch.GetTimestamp();

    /// <summary>Whether both mean the same.</summary>
    /// <exception cref="TimeoutException">It takes too long.</exception>
    public bool AreEqual(string given, string reference) => AreSame(AnswerText.Normalize(given), AnswerText.Normalize(reference), 0);

    private bool AreSame(string given, string reference, int depth)
    {
        if (Stopwatch.GetElapsedTime(_started) > limit) throw new TimeoutException();
        if (given.Length == 0 || reference.Length == 0 || depth > MaximumDepth) return false;
        if (given == reference) return true;
        if (AreWords(given, reference)) return true;
        if (AnswerStructure.Matrix(reference) is { } matrix) return AnswerStructure.Matrix(given) is { } other && AreMatrices(other, matrix, depth);
        if (!strict && WithoutBraces(given, reference) is { } opened) return AreSame(opened.Given, opened.Reference, depth + 1);
        if (Expand(given) is var givenParts && Expand(reference) is var referenceParts && (givenParts.Count > 1 || referenceParts.Count > 1)) return AreSets(givenParts, referenceParts, depth);
        if (given.Contains('=') && reference.Contains('=')) return AreEquations(given.Split('='), reference.Split('='));
        (given, reference) = (AnswerText.Value(given), AnswerText.Value(reference));
        if (given == reference) return true;
        if (AnswerStructure.Split(reference, "\\cup") is { Count: > 1 } pieces) return AnswerStructure.Split(given, "\\cup") is { } others && AreSets(others, pieces, depth);
        return AreBracketed(given, reference, depth) ?? AreFormulas(given, reference);
    }

    /// <summary>Answers that are words or a letter of a choice: (A), A, \text{Monday}.</summary>
    private static bool AreWords(string given, string reference)
    {
        string words = AnswerText.Words(reference), givenWords = AnswerText.Words(given);
        if (words.Length == 0 || !IsTextual(reference) || !IsTextual(given)) return false;
        // One letter may be a variable, and two a product of them, in which case tells letters apart; so it does among the letters of a choice.
        return words.Length > 2 || words.Equals("no", StringComparison.OrdinalIgnoreCase)
            ? words.Equals(givenWords, StringComparison.OrdinalIgnoreCase)
            : words == givenWords && words is [>= 'A' and <= 'E'];
    }

    private static bool IsTextual(string answer) => answer.All(c => char.IsLetter(c) || c is '(' or ')' or '.' or '\'' or '-');

    private bool AreMatrices(List<List<string>> given, List<List<string>> reference, int depth) =>
        given.Count == reference.Count && given.Zip(reference).All(rows => AreTuples(rows.First, rows.Second, depth));

    private bool AreTuples(List<string> given, List<string> reference, int depth) =>
        given.Count == reference.Count && given.Count <= MaximumParts * MaximumParts && given.Zip(reference).All(pair => AreSame(AnswerText.Normalize(pair.First), AnswerText.Normalize(pair.Second), depth + 1));

    /// <summary>The same parts in any order, each as often.</summary>
    private bool AreSets(List<string> given, List<string> reference, int depth)
    {
        if (given.Count != reference.Count || given.Count > MaximumParts) return false;
        List<string> left = [.. reference];
        foreach (string part in given)
        {
            int found = left.FindIndex(other => AreSame(AnswerText.Normalize(part), AnswerText.Normalize(other), depth + 1));
            if (found < 0) return false;
            left.RemoveAt(found);
        }

        return true;
    }

    /// <summary>Tuples, intervals and sets; null where neither is one.</summary>
    private bool? AreBracketed(string given, string reference, int depth)
    {
        bool isGiven = AnswerStructure.TryOpen(given, out (char, char) givenBrackets, out string givenInside), isReference = AnswerStructure.TryOpen(reference, out (char, char) brackets, out string inside);
        List<string>? givenParts = isGiven ? AnswerStructure.Split(givenInside, ",") : null, parts = isReference ? AnswerStructure.Split(inside, ",") : null;
        bool isSet = isReference && brackets == ('{', '}'), isGivenSet = isGiven && givenBrackets == ('{', '}');
        if (isSet && isGivenSet) return parts is not null && givenParts is not null && AreSets(Distinct(givenParts, depth), Distinct(parts, depth), depth);
        if (isSet || isGivenSet) return false;
        if (parts is not { Count: > 1 } && givenParts is not { Count: > 1 }) return null;
        return parts is not null && givenParts is not null && givenBrackets == brackets && AreTuples(givenParts, parts, depth);
    }

    private List<string> Distinct(List<string> parts, int depth)
    {
        var distinct = new List<string>();
        foreach (string part in parts.Take(MaximumParts + 1))
            if (!distinct.Exists(other => AreSame(AnswerText.Normalize(part), AnswerText.Normalize(other), depth + 1))) distinct.Add(part);
        return distinct;
    }

    /// <summary>Equations, brought to one side and up to a factor.</summary>
    private static bool AreEquations(string[] given, string[] reference)
    {
        return given.Length == 2 && reference.Length == 2 && Difference(given) is { } a && Difference(reference) is { } b && ExpressionEquality.AreProportional(a, b);

        static Expression? Difference(string[] sides) =>
            ExpressionParser.Parse(sides[0]) is { } left && ExpressionParser.Parse(sides[1]) is { } right ? new Expression.Binary('-', left, right) : null;
    }

    private bool AreFormulas(string given, string reference)
    {
        (given, reference) = WithoutLoneBase(given, reference);
        if (ExpressionParser.Parse(given) is not { } a || ExpressionParser.Parse(reference) is not { } b) return false;
        // A problem that asks for a number is not answered by a formula for it, such as the problem itself.
        if (strict && b.IsLiteral && !a.IsLiteral) return false;
        var none = new Dictionary<string, Rational>();
        // Whole numbers are exact, whatever they are compared with.
        if (ExactEvaluator.Evaluate(a, none) is { } x && ExactEvaluator.Evaluate(b, none) is { } y)
            return x == y || (!x.IsInteger && !y.IsInteger && IsRounded(a, b) && IsWithinTolerance(x, y));
        if (ExpressionEquality.AreEqual(a, b)) return true;
        // An irrational reference may be answered by a decimal, and the reverse, but not where rewards depend on it.
        return !strict && IsDecimal(a) != IsDecimal(b) && ExpressionEquality.Variables(a).Concat(ExpressionEquality.Variables(b)).FirstOrDefault() is null
            && NumericEvaluator.Evaluate(a, none) is { Imaginary: 0 } u && NumericEvaluator.Evaluate(b, none) is { Imaginary: 0 } v && Math.Abs(u.Real - v.Real) * DecimalTolerance <= Math.Abs(v.Real);
    }

    /// <summary>Whether one of the two may be a rounded value of the other: it has a decimal point. In strict mode references without one are exact.</summary>
    private bool IsRounded(Expression given, Expression reference) => IsDecimal(reference) || (!strict && IsDecimal(given));

    /// <summary>Compared exactly, so that 0.3333 is always near enough to a third.</summary>
    private static bool IsWithinTolerance(Rational given, Rational reference)
    {
        Rational ratio = (given - reference) / reference;
        return BigInteger.Abs(ratio.Numerator) * DecimalTolerance <= ratio.Denominator;
    }

    private static bool IsDecimal(Expression expression) => expression.Parts().Any(part => part is Expression.Number { IsDecimal: true });

    /// <summary>1010_2 is the same as 1010 where the reference leaves out the base, or the answer does.</summary>
    private static (string, string) WithoutLoneBase(string given, string reference)
    {
        int givenBase = given.IndexOf('_', StringComparison.Ordinal), referenceBase = reference.IndexOf('_', StringComparison.Ordinal);
        return givenBase > 0 == referenceBase > 0 || !char.IsAsciiDigit((givenBase > 0 ? given : reference)[0]) ? (given, reference)
            : givenBase > 0 ? (given[..givenBase], reference)
            : (given, reference[..referenceBase]);
    }

    /// <summary>A set and a list without brackets are compared as lists; null for anything else.</summary>
    private static (string Given, string Reference)? WithoutBraces(string given, string reference)
    {
        bool isGiven = IsSet(given, out string givenInside), isReference = IsSet(reference, out string inside);
        return isGiven == isReference ? null : isGiven ? (givenInside, reference) : (given, inside);

        static bool IsSet(string text, out string inside) => AnswerStructure.TryOpen(text, out (char Open, char) brackets, out inside) && brackets.Open == '{';
    }

    /// <summary>A list without brackets as its parts, and a sign that means both as two of them.</summary>
    private static List<string> Expand(string text)
    {
        List<string> parts = AnswerStructure.Split(text, ",") ?? [text];
        return [.. parts.Where(part => part.Length > 0).SelectMany(part => part.Contains("\\pm", StringComparison.Ordinal)
            ? new[] { part.Replace("\\pm", "+", StringComparison.Ordinal), part.Replace("\\pm", "-", StringComparison.Ordinal) }
            : [part])];
    }
}
