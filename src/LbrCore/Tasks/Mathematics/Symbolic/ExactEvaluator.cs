using System.Numerics;

namespace LbrCore.Tasks.Mathematics.Symbolic;

/// <summary>Works formulas out in fractions.</summary>
internal static class ExactEvaluator
{
    private const int LargestFactorial = 200;

    /// <summary>The value, where every step of it is rational.</summary>
    /// <param name="expression">The formula.</param>
    /// <param name="variables">Values of its variables.</param>
    public static Rational? Evaluate(Expression expression, IReadOnlyDictionary<string, Rational> variables)
    {
        try
        {
            return Value(expression, variables);
        }
        catch (NotExactException)
        {
            return null;
        }
    }

    private static Rational Value(Expression expression, IReadOnlyDictionary<string, Rational> variables) => expression switch
    {
        Expression.Number number => number.Value,
        Expression.Symbol symbol => variables.TryGetValue(symbol.Name, out Rational value) ? value : throw new NotExactException(),
        Expression.Negate negate => 0 - Value(negate.Operand, variables),
        Expression.Mixed mixed => mixed.Whole.Value + Value(mixed.Fraction, variables),
        Expression.Binary binary => Apply(binary.Operator, Value(binary.Left, variables), Value(binary.Right, variables)),
        Expression.Function function => Apply(function.Name, Value(function.Argument, variables), function.Second is null ? null : Value(function.Second, variables)),
        _ => throw new NotExactException(),
    };

    private static Rational Apply(char operation, Rational a, Rational b) => operation switch
    {
        '+' => a + b,
        '-' => a - b,
        '*' => a * b,
        '/' => a / b,
        _ when b.IsInteger => a.Power(b.Numerator),
        // x^(p/q) of a negative number has several values; leave them to the complex ones.
        _ when a.Numerator.Sign >= 0 && b.Denominator <= 64 => a.Root((int)b.Denominator).Power(b.Numerator),
        _ => throw new NotExactException(),
    };

    private static Rational Apply(string function, Rational x, Rational? second) => function switch
    {
        "abs" => x.Numerator.Sign < 0 ? 0 - x : x,
        "floor" => Floor(x),
        "ceil" => 0 - Floor(0 - x),
        "root" when second is null => x.Root(2),
        "root" when second is { IsInteger: true } degree && degree.Numerator >= 2 && degree.Numerator <= 64 => x.Root((int)degree.Numerator),
        "factorial" when x.IsInteger && x.Numerator.Sign >= 0 && x.Numerator <= LargestFactorial => Product(1, (int)x.Numerator),
        "binom" when x.IsInteger && second is { IsInteger: true } k && k.Numerator.Sign >= 0 && k.Numerator <= x.Numerator && x.Numerator <= LargestFactorial =>
            Product((int)(x.Numerator - k.Numerator) + 1, (int)x.Numerator) / Product(1, (int)k.Numerator),
        _ => throw new NotExactException(),
    };

    private static Rational Floor(Rational x)
    {
        var quotient = BigInteger.DivRem(x.Numerator, x.Denominator, out BigInteger rest);
        return rest.Sign < 0 ? quotient - 1 : quotient;
    }

    private static Rational Product(int first, int last)
    {
        Rational product = 1;
        for (int factor = first; factor <= last; factor++) product *= factor;
        return product;
    }
}
