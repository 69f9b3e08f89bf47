using System.Numerics;

namespace LbrCore.Tasks.Mathematics.Symbolic;

/// <summary>Whether two formulas are the same: exactly where they are numbers or rational functions, else by their values at several points.</summary>
internal static class ExpressionEquality
{
    private const int Points = 6;

    // Most points at which a formula may have no value, for instance a pole.
    private const int MaximumTries = 24;

    private const double RelativeTolerance = 1e-11;

    /// <summary>What a difference is measured against is at least so large: sums that cancel leave that much.</summary>
    private const double LeastScale = 1e-6;

    /// <summary>Whether both are worth the same for all values of their variables.</summary>
    public static bool AreEqual(Expression a, Expression b) => Compare(a, b, (x, y) => x == y, IsClose);

    /// <summary>Whether one is the other times a number that is not 0, as the two sides of an equation may be brought over and multiplied.</summary>
    public static bool AreProportional(Expression a, Expression b)
    {
        Complex? ratio = null;
        return Compare(a, b, (x, y) => Agree(x.ToDouble(), y.ToDouble()), Agree) && ratio is not null;

        bool Agree(Complex x, Complex y)
        {
            if (Complex.Abs(x) < LeastScale || Complex.Abs(y) < LeastScale) return Complex.Abs(x) < LeastScale && Complex.Abs(y) < LeastScale;
            ratio ??= x / y;
            return IsClose(x, ratio.Value * y);
        }
    }

    /// <summary>The variables of a formula: every symbol that is no constant.</summary>
    public static IEnumerable<string> Variables(Expression expression) =>
        expression.Parts().OfType<Expression.Symbol>().Select(symbol => symbol.Name).Where(name => name is not ("pi" or "e" or "i")).Distinct();

    private static bool Compare(Expression a, Expression b, Func<Rational, Rational, bool> agreeExactly, Func<Complex, Complex, bool> agree)
    {
        string[] variables = [.. Variables(a).Union(Variables(b)).Order(StringComparer.Ordinal)];
        // The same points for the same question, always.
        var random = new TaskRandom(seed: 0, use: 0xA15, index: (ulong)variables.Length);
        int compared = 0, wanted = variables.Length == 0 ? 1 : Points;
        for (int attempt = 0; attempt < (variables.Length == 0 ? 1 : MaximumTries) && compared < wanted; attempt++)
        {
            var point = new Dictionary<string, Rational>();
            foreach (string variable in variables) point[variable] = ((Rational)random.Between(-400, 400)) / 128 + ((Rational)1 / 997);
            if (ExactEvaluator.Evaluate(a, point) is { } exactA && ExactEvaluator.Evaluate(b, point) is { } exactB)
            {
                if (!agreeExactly(exactA, exactB)) return false;
                compared++;
                continue;
            }

            Complex x = NumericEvaluator.Evaluate(a, point), y = NumericEvaluator.Evaluate(b, point);
            bool hasX = Complex.IsFinite(x), hasY = Complex.IsFinite(y);
            if (hasX != hasY || (hasX && !agree(x, y))) return false;
            if (hasX) compared++;
        }

        return compared == wanted;
    }

    private static bool IsClose(Complex a, Complex b) => Complex.Abs(a - b) <= RelativeTolerance * Math.Max(LeastScale, Math.Max(Complex.Abs(a), Complex.Abs(b)));
}
