using System.Runtime.CompilerServices;
using LbrCore.Formats.ChatTemplates.Syntax;

namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>Evaluates expressions.</summary>
internal sealed partial class Renderer
{
    private object? Evaluate(Expression expression, Scope scope)
    {
        try
        {
            _budget.Charge();
            if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
                throw new TemplateValueException("the expression is nested too deeply");
            return EvaluateInner(expression, scope);
        }
        catch (TemplateValueException e)
        {
            throw expression.Position.Error(e.Message, e);
        }
    }

    private object? EvaluateInner(Expression expression, Scope scope)
    {
        switch (expression)
        {
            case LiteralExpression literal:
                return literal.Value;
            case NameExpression name:
                return Lookup(name.Name, scope);
            case AttributeExpression attribute:
                return Access.Attribute(Evaluate(attribute.Target, scope), attribute.Name, _budget);
            case SubscriptExpression subscript:
                return Access.Item(Evaluate(subscript.Target, scope), Evaluate(subscript.Index, scope), _budget);
            case SliceExpression slice:
                return Access.Slice(Evaluate(slice.Target, scope), Optional(slice.Start, scope), Optional(slice.Stop, scope), Optional(slice.Step, scope), _budget);
            case FilterExpression filter:
                return Filters.Apply(filter.Name, Evaluate(filter.Target!, scope), Evaluate(filter.Name, filter.Arguments, scope), _budget);
            case TestExpression test:
                return Tests.Apply(test.Name, Evaluate(test.Target, scope), Evaluate(test.Name, test.Arguments, scope), _budget);
            case CallExpression call:
                return Call(call, scope);
            case BinaryExpression binary:
                return Arithmetic.Apply(binary.Operator, Evaluate(binary.Left, scope), Evaluate(binary.Right, scope), _budget);
            case LogicalExpression logical:
                object? left = Evaluate(logical.Left, scope);
                return Truth.Of(left) == logical.IsAnd ? Evaluate(logical.Right, scope) : left;
            case NotExpression not:
                return !Truth.Of(Evaluate(not.Operand, scope));
            case ComparisonExpression comparison:
                return Compare(comparison, scope);
            default:
                return EvaluateRare(expression, scope);
        }
    }

    private object? EvaluateRare(Expression expression, Scope scope)
    {
        switch (expression)
        {
            case ConditionalExpression conditional:
                if (Truth.Of(Evaluate(conditional.Condition, scope)))
                    return Evaluate(conditional.Then, scope);
                return conditional.Else is null ? new Undefined("the value of an 'if' without 'else' whose condition is false") : Evaluate(conditional.Else, scope);
            case SignExpression sign:
                return Arithmetic.Sign(Evaluate(sign.Operand, scope), sign.Negates);
            case SequenceExpression sequence:
                var items = new List<object?>(sequence.Items.Count);
                foreach (Expression item in sequence.Items)
                    items.Add(Evaluate(item, scope));
                return new TemplateSequence(items, sequence.IsTuple);
            case MappingExpression mapping:
                var members = new TemplateMapping();
                foreach ((Expression key, Expression value) in mapping.Items)
                    members.Set(Evaluate(key, scope), Evaluate(value, scope));
                return members;
            default:
                throw new InvalidOperationException($"Unknown expression {expression.GetType().Name}.");
        }
    }

    private object? Lookup(string name, Scope scope)
    {
        if (scope.TryGet(name, out object? value))
            return value;
        return Functions.Find(name, _budget, _clock) ?? (object)new Undefined($"'{name}'");
    }

    private object? Optional(Expression? expression, Scope scope) => expression is null ? null : Evaluate(expression, scope);

    private object? Call(CallExpression call, Scope scope, Callable? caller = null)
    {
        object? target = Evaluate(call.Target, scope);
        return target switch
        {
            Callable callable when caller is not null => callable.Invoke(Evaluate(callable.Name, call.Arguments, scope).With("caller", caller)),
            Callable callable => callable.Invoke(Evaluate(callable.Name, call.Arguments, scope)),
            Undefined undefined => throw undefined.Error,
            _ => throw new TemplateValueException($"a value of type '{PythonText.TypeName(target)}' cannot be called"),
        };
    }

    private bool Compare(ComparisonExpression comparison, Scope scope)
    {
        object? left = Evaluate(comparison.First, scope);
        foreach ((string operation, Expression operand) in comparison.Rest)
        {
            object? right = Evaluate(operand, scope);
            if (!Comparison.Holds(operation, left, right, _budget))
                return false;
            left = right;
        }

        return true;
    }

    private Arguments Evaluate(string callee, ArgumentList list, Scope scope)
    {
        if (list.Positional.Count + list.Named.Count == 0)
            return Arguments.None(callee);

        var positional = new List<object?>(list.Positional.Count);
        foreach (Expression argument in list.Positional)
        {
            if (argument is UnpackExpression unpacked)
                positional.AddRange(Access.Iterate(Evaluate(unpacked.Items, scope), _budget));
            else
                positional.Add(Evaluate(argument, scope));
        }

        var named = new List<KeyValuePair<string, object?>>(list.Named.Count);
        foreach ((string name, Expression value) in list.Named)
        {
            if (name == ArgumentList.UnpackedName)
                named.AddRange(Unpacked(Evaluate(value, scope)));
            else
                named.Add(KeyValuePair.Create(name, Evaluate(value, scope)));
        }

        _budget.ChargeItems(positional.Count + named.Count);
        return new Arguments(callee, positional, named);
    }

    private static IEnumerable<KeyValuePair<string, object?>> Unpacked(object? mapping) => mapping is TemplateMapping members
        ? members.Items.Select(member => KeyValuePair.Create(member.Key as string ?? throw new TemplateValueException("'**' needs a mapping whose keys are text"), member.Value))
        : throw new TemplateValueException($"'**' needs a mapping, not '{PythonText.TypeName(mapping)}'");

    /// <summary>Applies the filters of a captured block, whose innermost takes the captured text.</summary>
    private object? ApplyFilters(FilterExpression filter, object? captured, Scope scope)
    {
        object? value = filter.Target is FilterExpression inner ? ApplyFilters(inner, captured, scope) : captured;
        try
        {
            return Filters.Apply(filter.Name, value, Evaluate(filter.Name, filter.Arguments, scope), _budget);
        }
        catch (TemplateValueException e)
        {
            throw filter.Position.Error(e.Message, e);
        }
    }
}
