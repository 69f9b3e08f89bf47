using System.Numerics;

namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>Python's equality, order and membership.</summary>
internal static class Comparison
{
    /// <summary><c>left == right</c>.</summary>
    public static bool AreEqual(object? left, object? right, RenderBudget budget, int depth = 0)
    {
        budget.Charge();
        if (depth > RenderBudget.MaximumValueDepth)
            throw new TemplateValueException($"a value is nested more than {RenderBudget.MaximumValueDepth} deep");
        switch (left, right)
        {
            case (null, null) or (Undefined, Undefined):
                return true;
            case (string a, string b):
                budget.Charge(Math.Min(a.Length, b.Length));
                return a == b;
            case (TemplateSequence a, TemplateSequence b):
                if (a.IsTuple != b.IsTuple || a.Items.Count != b.Items.Count)
                    return false;
                for (int i = 0; i < a.Items.Count; i++)
                    if (!AreEqual(a.Items[i], b.Items[i], budget, depth + 1))
                        return false;
                return true;
            case (TemplateMapping a, TemplateMapping b):
                if (a.Count != b.Count)
                    return false;
                foreach ((object? key, object? value) in a.Items)
                    if (!b.TryGet(key, out object? other) || !AreEqual(value, other, budget, depth + 1))
                        return false;
                return true;
            default:
                return Arithmetic.IsNumber(left) && Arithmetic.IsNumber(right) ? Arithmetic.Compare(left!, right!) == 0 : ReferenceEquals(left, right);
        }
    }

    /// <summary>The order of two values: negative, zero or positive; null where one is not a number.</summary>
    /// <exception cref="TemplateValueException">The types have no order.</exception>
    public static int? Order(object? left, object? right, RenderBudget budget, string operation = "<", int depth = 0)
    {
        budget.Charge();
        if (depth > RenderBudget.MaximumValueDepth)
            throw new TemplateValueException($"a value is nested more than {RenderBudget.MaximumValueDepth} deep");
        switch (left, right)
        {
            case (Undefined undefined, _):
                throw undefined.Error;
            case (_, Undefined undefined):
                throw undefined.Error;
            case (string a, string b):
                budget.Charge(Math.Min(a.Length, b.Length));
                return CodePointComparer.Instance.Compare(a, b);
            case (TemplateSequence a, TemplateSequence b) when a.IsTuple == b.IsTuple:
                for (int i = 0; i < Math.Min(a.Items.Count, b.Items.Count); i++)
                    if (!AreEqual(a.Items[i], b.Items[i], budget, depth + 1))
                        return Order(a.Items[i], b.Items[i], budget, operation, depth + 1);
                return a.Items.Count.CompareTo(b.Items.Count);
            default:
                return Arithmetic.IsNumber(left) && Arithmetic.IsNumber(right)
                    ? Arithmetic.Compare(left!, right!)
                    : throw new TemplateValueException($"'{operation}' is not supported between '{PythonText.TypeName(left)}' and '{PythonText.TypeName(right)}'");
        }
    }

    /// <summary><c>left operation right</c> for any comparison operator of the language.</summary>
    public static bool Holds(string operation, object? left, object? right, RenderBudget budget) => operation switch
    {
        "==" => AreEqual(left, right, budget),
        "!=" => !AreEqual(left, right, budget),
        "in" => Contains(right, left, budget),
        "not in" => !Contains(right, left, budget),
        "<" => Order(left, right, budget, operation) < 0,
        "<=" => Order(left, right, budget, operation) <= 0,
        ">" => Order(left, right, budget, operation) > 0,
        _ => Order(left, right, budget, operation) >= 0,
    };

    /// <summary><c>item in container</c>.</summary>
    public static bool Contains(object? container, object? item, RenderBudget budget)
    {
        switch (container)
        {
            case string text when item is string part:
                budget.Charge(text.Length);
                return text.Contains(part, StringComparison.Ordinal);
            case string when item is Undefined undefined:
                throw undefined.Error;
            case string:
                throw new TemplateValueException($"'in <str>' needs a str to its left, not '{PythonText.TypeName(item)}'");
            case TemplateMapping mapping:
                return item is not Undefined && mapping.TryGet(item, out _);
            case Undefined:
                return false;
            case TemplateSequence sequence:
                foreach (object? candidate in sequence.Items)
                    if (AreEqual(candidate, item, budget))
                        return true;
                return false;
            default:
                throw new TemplateValueException($"a value of type '{PythonText.TypeName(container)}' holds no items for 'in'");
        }
    }
}
