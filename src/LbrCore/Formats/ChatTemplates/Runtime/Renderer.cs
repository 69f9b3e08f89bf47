using System.Runtime.CompilerServices;
using System.Text;
using LbrCore.Formats.ChatTemplates.Syntax;

namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>Renders a template once: walks its statements, writing to an output that captured blocks replace for their duration.</summary>
internal sealed partial class Renderer
{
    private readonly RenderBudget _budget = new();
    private readonly TimeProvider _clock;
    private readonly Scope _template = new(null);
    private StringBuilder _output = new();
    private int _callDepth;

    /// <summary>A renderer whose template sees some variables.</summary>
    public Renderer(Dictionary<string, object?> variables, TimeProvider clock)
    {
        _clock = clock;
        foreach ((string name, object? value) in variables)
            _template.Set(name, value);
    }

    /// <summary>How a run of statements ended.</summary>
    private enum Outcome
    {
        Completed,
        Break,
        Continue,
    }

    /// <summary>The text that the statements write.</summary>
    /// <exception cref="ChatTemplateException">Something went wrong; the exception says where.</exception>
    public string Render(IReadOnlyList<Statement> statements)
    {
        Run(statements, _template);
        return _output.ToString();
    }

    private Outcome Run(IReadOnlyList<Statement> statements, Scope scope)
    {
        foreach (Statement statement in statements)
        {
            Outcome outcome;
            try
            {
                _budget.Charge();
                outcome = Run(statement, scope);
            }
            catch (TemplateValueException e)
            {
                throw statement.Position.Error(e.Message, e);
            }

            if (outcome != Outcome.Completed)
                return outcome;
        }

        return Outcome.Completed;
    }

    private Outcome Run(Statement statement, Scope scope)
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
            throw new TemplateValueException("the template is nested too deeply");
        switch (statement)
        {
            case DataStatement data:
                Write(data.Text);
                return Outcome.Completed;
            case OutputStatement output:
                Write(PythonText.Str(Evaluate(output.Value, scope), _budget));
                return Outcome.Completed;
            case SetStatement set:
                Assign(set.Target, Evaluate(set.Value, scope), scope);
                return Outcome.Completed;
            case IfStatement branches:
                return RunIf(branches, scope);
            case ForStatement loop:
                return RunFor(loop, scope);
            case ScopeStatement inner:
                return RunScope(inner, scope);
            case SetBlockStatement block:
                string captured = Capture(block.Body, new Scope(scope));
                Assign(block.Target, block.Filter is null ? captured : ApplyFilters(block.Filter, captured, scope), scope);
                return Outcome.Completed;
            case FilterBlockStatement block:
                Write(PythonText.Str(ApplyFilters(block.Filter, Capture(block.Body, new Scope(scope)), scope), _budget));
                return Outcome.Completed;
            case MacroStatement macro:
                scope.Set(macro.Name, new Callable(macro.Name, arguments => CallMacro(macro, arguments, scope)));
                return Outcome.Completed;
            case CallBlockStatement block:
                var caller = new Callable("caller", arguments => CallMacro(block.Caller, arguments, scope));
                Write(PythonText.Str(Call(block.Call, scope, caller), _budget));
                return Outcome.Completed;
            case LoopControlStatement control:
                return control.Breaks ? Outcome.Break : Outcome.Continue;
            default:
                throw new InvalidOperationException($"Unknown statement {statement.GetType().Name}.");
        }
    }

    private Outcome RunIf(IfStatement branches, Scope scope)
    {
        foreach ((Expression condition, IReadOnlyList<Statement> body) in branches.Branches)
            if (Truth.Of(Evaluate(condition, scope)))
                return Run(body, scope);
        return Run(branches.Else, scope);
    }

    private Outcome RunFor(ForStatement loop, Scope scope)
    {
        IReadOnlyList<object?> items = Access.Iterate(Evaluate(loop.Items, scope), _budget);
        if (loop.Condition is not null)
            items = Filtered(loop, items, scope);
        if (items.Count == 0)
            return Run(loop.Else, new Scope(scope));

        var state = new LoopState(items, _budget);
        for (int i = 0; i < items.Count; i++)
        {
            _budget.Charge();
            state.Index = i;
            var round = new Scope(scope);
            round.Set("loop", state);
            Assign(loop.Target, items[i], round);
            if (Run(loop.Body, round) == Outcome.Break)
                break;
        }

        return Outcome.Completed;
    }

    private List<object?> Filtered(ForStatement loop, IReadOnlyList<object?> items, Scope scope)
    {
        var kept = new List<object?>();
        foreach (object? item in items)
        {
            var round = new Scope(scope);
            Assign(loop.Target, item, round);
            if (Truth.Of(Evaluate(loop.Condition!, round)))
                kept.Add(item);
        }

        return kept;
    }

    private Outcome RunScope(ScopeStatement block, Scope scope)
    {
        var inner = new Scope(scope);
        foreach ((AssignmentTarget target, Expression value) in block.Assignments)
            Assign(target, Evaluate(value, scope), inner);
        return Run(block.Body, inner);
    }

    private string CallMacro(MacroStatement macro, Arguments arguments, Scope definedIn)
    {
        if (_callDepth == RenderBudget.MaximumCallDepth)
            throw new TemplateValueException($"macros call one another more than {RenderBudget.MaximumCallDepth} deep");
        var scope = new Scope(definedIn);
        if (arguments.TryTakeOut("caller", out object? caller, out Arguments others))
        {
            scope.Set("caller", caller);
            arguments = others;
        }

        arguments.Expect([.. macro.Parameters.Select(parameter => parameter.Name)]);
        foreach ((string name, Expression? otherwise) in macro.Parameters)
        {
            object? value = arguments.Has(name) ? arguments.Get(name)
                : otherwise is null ? new Undefined($"the parameter '{name}' of macro '{macro.Name}'")
                : Evaluate(otherwise, scope);
            scope.Set(name, value);
        }

        _callDepth++;
        string text = Capture(macro.Body, scope);
        _callDepth--;
        return text;
    }

    private string Capture(IReadOnlyList<Statement> body, Scope scope)
    {
        StringBuilder outer = _output;
        _output = new StringBuilder();
        Run(body, scope);
        string text = _output.ToString();
        _output = outer;
        return text;
    }

    private void Assign(AssignmentTarget target, object? value, Scope scope)
    {
        switch (target)
        {
            case NameTarget name:
                scope.Set(name.Name, value);
                break;
            case MemberTarget member:
                if (Lookup(member.Namespace, scope) is not TemplateNamespace members)
                    throw member.Position.Error($"'{member.Namespace}' is not a namespace, so '{member.Namespace}.{member.Member}' cannot be set");
                members.Members[member.Member] = value;
                break;
            case TupleTarget tuple:
                IReadOnlyList<object?> items = Access.Iterate(value, _budget);
                if (items.Count != tuple.Items.Count)
                    throw tuple.Position.Error($"{items.Count} values cannot be unpacked into {tuple.Items.Count} names");
                for (int i = 0; i < items.Count; i++)
                    Assign(tuple.Items[i], items[i], scope);
                break;
        }
    }

    private void Write(string text)
    {
        _budget.ChargeText((long)_output.Length + text.Length > RenderBudget.MaximumLength ? long.MaxValue : text.Length);
        _output.Append(text);
    }
}
