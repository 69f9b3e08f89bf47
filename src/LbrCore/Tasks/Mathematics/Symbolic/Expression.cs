namespace LbrCore.Tasks.Mathematics.Symbolic;

/// <summary>A formula.</summary>
internal abstract record Expression
{
    /// <summary>A number as it was written.</summary>
    /// <param name="Value">Its exact value.</param>
    /// <param name="IsDecimal">Whether it has a decimal point.</param>
    internal sealed record Number(Rational Value, bool IsDecimal) : Expression;

    /// <summary>A variable, or one of the constants <c>pi</c>, <c>e</c>, <c>i</c>.</summary>
    internal sealed record Symbol(string Name) : Expression;

    /// <summary>A sum, difference, product, quotient or power.</summary>
    internal sealed record Binary(char Operator, Expression Left, Expression Right) : Expression;

    /// <summary>A negative.</summary>
    internal sealed record Negate(Expression Operand) : Expression;

    /// <summary>A function of one or two arguments, for instance <c>log</c> with its base second.</summary>
    internal sealed record Function(string Name, Expression Argument, Expression? Second = null) : Expression;

    /// <summary>A whole part with a fraction, such as 3 1/2.</summary>
    internal sealed record Mixed(Number Whole, Expression Fraction) : Expression;

    /// <summary>Every part of the formula, itself included.</summary>
    public IEnumerable<Expression> Parts() => this switch
    {
        Binary binary => [this, .. binary.Left.Parts(), .. binary.Right.Parts()],
        Negate negate => [this, .. negate.Operand.Parts()],
        Function function => [this, .. function.Argument.Parts(), .. function.Second?.Parts() ?? []],
        Mixed mixed => [this, .. mixed.Whole.Parts(), .. mixed.Fraction.Parts()],
        _ => [this],
    };

    /// <summary>Whether it is written as a number: digits, a fraction of such, a mixed number, or a number times a power of ten, perhaps negative.</summary>
    public bool IsLiteral => this switch
    {
        Number => true,
        Negate { Operand: var operand } => operand is not Negate && operand.IsLiteral,
        Mixed => true,
        Binary { Operator: '/', Left: Number or Negate { Operand: Number }, Right: Number or Negate { Operand: Number } } => true,
        Binary { Operator: '*', Left: Number or Negate { Operand: Number }, Right: var power } => IsPowerOfTen(power),
        _ => IsPowerOfTen(this),
    };

    private static bool IsPowerOfTen(Expression expression) =>
        expression is Binary { Operator: '^', Left: Number { Value: var ten }, Right: Number or Negate { Operand: Number } } && ten == 10;
}
