using System.Numerics;

namespace LbrCore.Tasks.Mathematics.Symbolic;

/// <summary>Works formulas out in complex numbers of double precision.</summary>
internal static class NumericEvaluator
{
    /// <summary>The value; not finite where there is none.</summary>
    /// <param name="expression">The formula.</param>
    /// <param name="variables">Values of its variables.</param>
    public static Complex Evaluate(Expression expression, IReadOnlyDictionary<string, Rational> variables) => expression switch
    {
        Expression.Number number => number.Value.ToDouble(),
        Expression.Symbol symbol => Symbol(symbol.Name, variables),
        Expression.Negate negate => -Evaluate(negate.Operand, variables),
        Expression.Mixed mixed => mixed.Whole.Value.ToDouble() + Evaluate(mixed.Fraction, variables),
        Expression.Binary binary => Apply(binary.Operator, Evaluate(binary.Left, variables), Evaluate(binary.Right, variables)),
        Expression.Function function => Apply(function.Name, Evaluate(function.Argument, variables), function.Second is null ? null : Evaluate(function.Second, variables)),
        _ => Complex.NaN,
    };

    private static Complex Symbol(string name, IReadOnlyDictionary<string, Rational> variables) =>
        variables.TryGetValue(name, out Rational value) ? value.ToDouble() : name switch
        {
            "pi" => Math.PI,
            "e" => Math.E,
            "i" => Complex.ImaginaryOne,
            _ => Complex.NaN,
        };

    private static Complex Apply(char operation, Complex a, Complex b) => operation switch
    {
        '+' => a + b,
        '-' => a - b,
        '*' => a * b,
        '/' => b == Complex.Zero ? Complex.NaN : a / b,
        _ => Power(a, b),
    };

    private static Complex Power(Complex a, Complex b)
    {
        if (a == Complex.Zero) return b is { Imaginary: 0, Real: > 0 } ? Complex.Zero : Complex.NaN;
        Complex power = PowerOf(a, b);
        // What is too small for a double is not nothing.
        return power == Complex.Zero ? Complex.NaN : power;
    }

    private static Complex PowerOf(Complex a, Complex b)
    {
        // Whole powers by multiplication: the logarithm costs digits, and every branch agrees.
        if (b.Imaginary == 0 && b.Real == Math.Round(b.Real) && Math.Abs(b.Real) <= 64)
        {
            Complex power = Complex.One;
            for (int i = 0; i < Math.Abs(b.Real); i++) power *= a;
            return b.Real >= 0 ? power : 1 / power;
        }

        return a is { Imaginary: 0, Real: > 0 } && b.Imaginary == 0 ? Math.Pow(a.Real, b.Real) : Complex.Pow(a, b);
    }

    private static Complex Apply(string function, Complex x, Complex? second) => function switch
    {
        "abs" => Complex.Abs(x),
        "root" => Root(x, second),
        "sin" => Complex.Sin(x),
        "cos" => Complex.Cos(x),
        "tan" => Complex.Tan(x),
        "cot" => 1 / Complex.Tan(x),
        "sec" => 1 / Complex.Cos(x),
        "csc" => 1 / Complex.Sin(x),
        "arcsin" => Complex.Asin(x),
        "arccos" => Complex.Acos(x),
        "arctan" => Complex.Atan(x),
        "sinh" => Complex.Sinh(x),
        "cosh" => Complex.Cosh(x),
        "tanh" => Complex.Tanh(x),
        "ln" => Complex.Log(x),
        "log" => second is { } logBase ? Complex.Log(x) / Complex.Log(logBase) : Complex.Log(x) / Math.Log(10),
        "exp" => Complex.Exp(x),
        "floor" when x.Imaginary == 0 => Math.Floor(x.Real),
        "ceil" when x.Imaginary == 0 => Math.Ceiling(x.Real),
        "factorial" when x is { Imaginary: 0, Real: >= 0 and <= 170 } && x.Real == Math.Round(x.Real) => Product(1, x.Real),
        "binom" when x.Imaginary == 0 && second is { Imaginary: 0, Real: >= 0 and <= 170 } k && k.Real == Math.Round(k.Real) => Product(x.Real - k.Real + 1, x.Real) / Product(1, k.Real),
        _ => Complex.NaN,
    };

    /// <summary>The principal root; of a negative number by an odd degree the real one, as answers mean it.</summary>
    private static Complex Root(Complex x, Complex? degree)
    {
        if (degree is not { } n || n == 2) return x is { Imaginary: 0, Real: >= 0 } ? Math.Sqrt(x.Real) : Complex.Sqrt(x);
        if (n.Imaginary != 0 || n.Real == 0) return Complex.NaN;
        return x.Imaginary == 0 && (x.Real >= 0 || Math.Abs(n.Real % 2) == 1)
            ? Math.Sign(x.Real) * Math.Pow(Math.Abs(x.Real), 1 / n.Real)
            : Complex.Pow(x, 1 / n.Real);
    }

    private static double Product(double first, double last)
    {
        double product = 1;
        for (double factor = first; factor <= last + 0.5; factor++) product *= factor;
        return product;
    }
}
