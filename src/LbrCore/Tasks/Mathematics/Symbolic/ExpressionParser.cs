namespace LbrCore.Tasks.Mathematics.Symbolic;

/// <summary>Reads a formula as LaTeX or as plain text writes it.</summary>
internal sealed class ExpressionParser
{
    private const int MaximumLength = 2000, MaximumDepth = 50;

    private static readonly HashSet<string> s_functions = ["sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "ln", "log", "exp"];

    private static readonly HashSet<string> s_greek =
        ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "lambda", "mu", "nu", "xi", "rho", "sigma", "tau", "phi", "varphi", "chi", "psi", "omega", "ell"];

    private readonly List<string> _tokens;
    private int _at, _depth;

    private ExpressionParser(List<string> tokens) => _tokens = tokens;

    private string? Current => _at < _tokens.Count ? _tokens[_at] : null;

    /// <summary>The formula; null for what is none, or is longer or deeper than answers are.</summary>
    public static Expression? Parse(string text)
    {
        if (text.Length > MaximumLength || ExpressionLexer.Cut(text) is not { Count: > 0 } tokens) return null;
        var parser = new ExpressionParser(tokens);
        try
        {
            Expression expression = parser.Sum();
            return parser.Current is null ? expression : null;
        }
        catch (Exception exception) when (exception is FormatException or NotExactException)
        {
            return null;
        }
    }

    private Expression Sum()
    {
        if (++_depth > MaximumDepth) throw new FormatException();
        Expression sum = Product();
        while (Current is "+" or "-")
        {
            char operation = _tokens[_at++][0];
            sum = new Expression.Binary(operation, sum, Product());
        }

        _depth--;
        return sum;
    }

    private Expression Product()
    {
        Expression product = Signed();
        while (true)
        {
            if (Current is "*" or "\\cdot" or "\\times" or "/" or "\\div")
            {
                char operation = _tokens[_at++] is "/" or "\\div" ? '/' : '*';
                product = new Expression.Binary(operation, product, Signed());
            }
            else if (StartsFactor())
            {
                // Digits stand before a fraction as the whole part of a mixed number; two numbers beside each other are a mistake.
                bool isNumber = product is Expression.Number, isDigits = char.IsAsciiDigit(Current![0]) || Current[0] == '.';
                if (isDigits) throw new FormatException();
                Expression factor = Power();
                product = isNumber && product is Expression.Number { Value.IsInteger: true, IsDecimal: false } whole && IsProperFraction(factor)
                    ? new Expression.Mixed(whole, factor)
                    : new Expression.Binary('*', product, factor);
            }
            else
            {
                return product;
            }
        }
    }

    private Expression Signed()
    {
        bool negative = false;
        while (Current is "+" or "-") negative ^= _tokens[_at++] == "-";
        Expression value = Power();
        // A minus belongs to the whole mixed number, which the product makes of it.
        return !negative ? value
            : value is Expression.Number { Value.IsInteger: true, IsDecimal: false } whole && Current == "\\frac" && TryMixed(whole) is { } mixed ? new Expression.Negate(mixed)
            : new Expression.Negate(value);
    }

    private Expression.Mixed? TryMixed(Expression.Number whole)
    {
        int start = _at;
        Expression factor = Power();
        if (IsProperFraction(factor)) return new Expression.Mixed(whole, factor);
        _at = start;
        return null;
    }

    private Expression Power()
    {
        Expression value = Primary();
        while (Current == "!")
        {
            _at++;
            value = new Expression.Function("factorial", value);
        }

        if (Current != "^") return value;
        _at++;
        return new Expression.Binary('^', value, Exponent());
    }

    private Expression Exponent()
    {
        if (++_depth > MaximumDepth) throw new FormatException();
        bool negative = false;
        while (Current is "+" or "-") negative ^= _tokens[_at++] == "-";
        Expression exponent = Current is { } token && token.Length > 1 && char.IsAsciiDigit(token[0]) ? Number() : Power();
        _depth--;
        return negative ? new Expression.Negate(exponent) : exponent;
    }

    private Expression Primary()
    {
        string token = Current ?? throw new FormatException();
        if (char.IsAsciiDigit(token[0]) || token[0] == '.') return Number();
        _at++;
        string name = token.TrimStart('\\');
        switch (token)
        {
            case "(": return Closed(")");
            case "[": return Closed("]");
            case "{": return Closed("}");
            case "|": return new Expression.Function("abs", Closed("|"));
            case "\\lvert": return new Expression.Function("abs", Closed("\\rvert"));
            case "\\lfloor": return new Expression.Function("floor", Closed("\\rfloor"));
            case "\\lceil": return new Expression.Function("ceil", Closed("\\rceil"));
            case "\\frac": return new Expression.Binary('/', Argument(), Argument());
            case "\\binom": return new Expression.Function("binom", Argument(), Argument());
            case "\\sqrt" or "sqrt": return Root();
            case "\\pi" or "pi": return new Expression.Symbol("pi");
        }

        if (s_functions.Contains(name)) return Function(name);
        if (s_greek.Contains(name) || (token.Length == 1 && char.IsAsciiLetter(token[0]))) return new Expression.Symbol(name + Subscript());
        throw new FormatException();
    }

    private Expression.Number Number()
    {
        string digits = _tokens[_at++];
        return new Expression.Number(Rational.Parse(digits), digits.Contains('.'));
    }

    private Expression Closed(string end)
    {
        Expression inner = Sum();
        return Current == end && _at++ >= 0 ? inner : throw new FormatException();
    }

    /// <summary>What a command takes: something in braces, or else one digit, letter or command.</summary>
    private Expression Argument()
    {
        if (++_depth > MaximumDepth) throw new FormatException();
        string token = Current ?? throw new FormatException();
        Expression argument;
        if (char.IsAsciiDigit(token[0]) && token.Length > 1)
        {
            // \frac12 is a half: the argument is one digit, and the next digit is for the next argument.
            _tokens[_at] = token[1..];
            argument = new Expression.Number(token[0] - '0', IsDecimal: false);
        }
        else
        {
            argument = Primary();
        }

        _depth--;
        return argument;
    }

    private Expression.Function Root()
    {
        Expression? degree = null;
        if (Current == "[")
        {
            _at++;
            degree = Closed("]");
        }

        return new Expression.Function("root", Argument(), degree);
    }

    private Expression Function(string name)
    {
        Expression? power = null, logBase = null;
        while (Current is "^" or "_")
        {
            bool isPower = _tokens[_at++] == "^";
            if (isPower) power = Argument();
            else logBase = Argument();
        }

        Expression argument = Current is "(" or "{" or "[" ? Primary() : Operand();
        Expression value = new Expression.Function(name, argument, logBase);
        return power is null ? value : new Expression.Binary('^', value, power);
    }

    /// <summary>What a function without parentheses is of: factors side by side, up to the next function.</summary>
    private Expression Operand()
    {
        if (++_depth > MaximumDepth) throw new FormatException();
        Expression operand = Signed();
        while (StartsFactor() && !s_functions.Contains(Current!.TrimStart('\\')) && Current is not ("(" or "[")) operand = new Expression.Binary('*', operand, Power());
        _depth--;
        return operand;
    }

    private string Subscript()
    {
        if (Current != "_") return "";
        _at++;
        string token = Current ?? throw new FormatException();
        _at++;
        if (token != "{") return "_" + token;
        int start = _at;
        while (Current is not null and not "}") _at++;
        return Current is null ? throw new FormatException() : "_" + string.Concat(_tokens[start.._at++]);
    }

    private bool StartsFactor() => Current is { } token && (
        char.IsAsciiLetterOrDigit(token[0]) || token[0] == '.' || token is "(" or "{" or "[" or "\\frac" or "\\sqrt" or "\\pi" or "\\binom" or "\\lvert" or "\\lfloor" or "\\lceil"
        || s_functions.Contains(token.TrimStart('\\')) || s_greek.Contains(token.TrimStart('\\')));

    private static bool IsProperFraction(Expression factor) => factor is Expression.Binary
    {
        Operator: '/',
        Left: Expression.Number { Value: { IsInteger: true } numerator },
        Right: Expression.Number { Value: { IsInteger: true } denominator },
    } && numerator.Numerator < denominator.Numerator;
}
