namespace LbrCore.Formats.ChatTemplates.Syntax;

/// <summary>A part of a template that writes or does something.</summary>
internal abstract record Statement(Position Position);

/// <summary>Text to copy.</summary>
internal sealed record DataStatement(Position Position, string Text) : Statement(Position);

/// <summary><c>{{ value }}</c>.</summary>
internal sealed record OutputStatement(Position Position, Expression Value) : Statement(Position);

/// <summary><c>if</c>, its <c>elif</c>s, and <c>else</c>.</summary>
internal sealed record IfStatement(Position Position, IReadOnlyList<(Expression Condition, IReadOnlyList<Statement> Body)> Branches, IReadOnlyList<Statement> Else) : Statement(Position);

/// <summary><c>for target in items if condition</c>, with what <c>else</c> does when there is nothing to loop over.</summary>
internal sealed record ForStatement(Position Position, AssignmentTarget Target, Expression Items, Expression? Condition, IReadOnlyList<Statement> Body, IReadOnlyList<Statement> Else) : Statement(Position);

/// <summary><c>set target = value</c>.</summary>
internal sealed record SetStatement(Position Position, AssignmentTarget Target, Expression Value) : Statement(Position);

/// <summary><c>set target | filter</c> ... <c>endset</c>.</summary>
internal sealed record SetBlockStatement(Position Position, AssignmentTarget Target, FilterExpression? Filter, IReadOnlyList<Statement> Body) : Statement(Position);

/// <summary><c>filter name</c> ... <c>endfilter</c>.</summary>
internal sealed record FilterBlockStatement(Position Position, FilterExpression Filter, IReadOnlyList<Statement> Body) : Statement(Position);

/// <summary><c>with a = b</c> ... <c>endwith</c>; also <c>generation</c> ... <c>endgeneration</c>, which marks what the assistant said, without assignments.</summary>
internal sealed record ScopeStatement(Position Position, IReadOnlyList<(AssignmentTarget Target, Expression Value)> Assignments, IReadOnlyList<Statement> Body) : Statement(Position);

/// <summary><c>macro name(parameters)</c> ... <c>endmacro</c>.</summary>
internal sealed record MacroStatement(Position Position, string Name, IReadOnlyList<(string Name, Expression? Default)> Parameters, IReadOnlyList<Statement> Body) : Statement(Position);

/// <summary><c>call(parameters) target(arguments)</c> ... <c>endcall</c>: the call's target can call the body as <c>caller()</c>.</summary>
internal sealed record CallBlockStatement(Position Position, CallExpression Call, MacroStatement Caller) : Statement(Position);

/// <summary><c>break</c> or <c>continue</c>.</summary>
internal sealed record LoopControlStatement(Position Position, bool Breaks) : Statement(Position);

/// <summary>What a value is assigned to.</summary>
internal abstract record AssignmentTarget(Position Position);

/// <summary>A variable.</summary>
internal sealed record NameTarget(Position Position, string Name) : AssignmentTarget(Position);

/// <summary>A member of a namespace.</summary>
internal sealed record MemberTarget(Position Position, string Namespace, string Member) : AssignmentTarget(Position);

/// <summary>Several targets that a sequence is unpacked into.</summary>
internal sealed record TupleTarget(Position Position, IReadOnlyList<AssignmentTarget> Items) : AssignmentTarget(Position);
