namespace LbrCore.Formats.ChatTemplates.Syntax;

/// <summary>An expression of a template.</summary>
internal abstract record Expression(Position Position);

/// <summary>A constant.</summary>
internal sealed record LiteralExpression(Position Position, object? Value) : Expression(Position);

/// <summary>A variable.</summary>
internal sealed record NameExpression(Position Position, string Name) : Expression(Position);

/// <summary><c>[a, b]</c>, or <c>(a, b)</c>.</summary>
internal sealed record SequenceExpression(Position Position, IReadOnlyList<Expression> Items, bool IsTuple) : Expression(Position);

/// <summary><c>{a: b}</c>.</summary>
internal sealed record MappingExpression(Position Position, IReadOnlyList<(Expression Key, Expression Value)> Items) : Expression(Position);

/// <summary><c>target.name</c>.</summary>
internal sealed record AttributeExpression(Position Position, Expression Target, string Name) : Expression(Position);

/// <summary><c>target[index]</c>.</summary>
internal sealed record SubscriptExpression(Position Position, Expression Target, Expression Index) : Expression(Position);

/// <summary><c>target[start:stop:step]</c>.</summary>
internal sealed record SliceExpression(Position Position, Expression Target, Expression? Start, Expression? Stop, Expression? Step) : Expression(Position);

/// <summary><c>*items</c> among positional arguments.</summary>
internal sealed record UnpackExpression(Position Position, Expression Items) : Expression(Position);

/// <summary>Arguments of a call, a filter or a test.</summary>
/// <param name="Positional">By place; an <see cref="UnpackExpression"/> stands for any number.</param>
/// <param name="Named">By name; the name <see cref="UnpackedName"/> marks <c>**mapping</c>.</param>
internal sealed record ArgumentList(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named)
{
    /// <summary>Stands in for the names that a mapping brings along.</summary>
    public const string UnpackedName = "**";

    /// <summary>No arguments.</summary>
    public static ArgumentList None { get; } = new([], []);
}

/// <summary><c>target(arguments)</c>.</summary>
internal sealed record CallExpression(Position Position, Expression Target, ArgumentList Arguments) : Expression(Position);

/// <summary><c>target | name(arguments)</c>; without a target, what a filtered block captured.</summary>
internal sealed record FilterExpression(Position Position, Expression? Target, string Name, ArgumentList Arguments) : Expression(Position);

/// <summary><c>target is name(arguments)</c>.</summary>
internal sealed record TestExpression(Position Position, Expression Target, string Name, ArgumentList Arguments) : Expression(Position);

/// <summary><c>-a</c> or <c>+a</c>.</summary>
internal sealed record SignExpression(Position Position, Expression Operand, bool Negates) : Expression(Position);

/// <summary><c>not a</c>.</summary>
internal sealed record NotExpression(Position Position, Expression Operand) : Expression(Position);

/// <summary>An arithmetic operator, or <c>~</c>.</summary>
internal sealed record BinaryExpression(Position Position, string Operator, Expression Left, Expression Right) : Expression(Position);

/// <summary><c>a and b</c>, <c>a or b</c>: the value of the operand that decides.</summary>
internal sealed record LogicalExpression(Position Position, bool IsAnd, Expression Left, Expression Right) : Expression(Position);

/// <summary><c>a &lt; b &lt;= c</c>: a chain of comparisons, <c>in</c> and <c>not in</c> among them.</summary>
internal sealed record ComparisonExpression(Position Position, Expression First, IReadOnlyList<(string Operator, Expression Operand)> Rest) : Expression(Position);

/// <summary><c>a if condition else b</c>; without <c>else</c>, undefined.</summary>
internal sealed record ConditionalExpression(Position Position, Expression Condition, Expression Then, Expression? Else) : Expression(Position);
