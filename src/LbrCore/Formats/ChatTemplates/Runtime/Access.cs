using System.Numerics;

namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>Members, items, slices, and what can be looped over.</summary>
internal static class Access
{
    /// <summary><c>target.name</c>: a method first, then a member.</summary>
    public static object? Attribute(object? target, string name, RenderBudget budget)
    {
        if (target is Undefined undefined)
            throw undefined.Error;
        if (Methods.Find(target, name, budget) is Callable method)
            return method;
        switch (target)
        {
            case TemplateMapping mapping when mapping.TryGet(name, out object? value):
                return value;
            case TemplateNamespace members when members.Members.TryGetValue(name, out object? value):
                return value;
            case LoopState loop when loop.Member(name, out object? value):
                return value;
            default:
                return Missing(target, $"'{name}'");
        }
    }

    /// <summary><c>target[index]</c>: an item first, then a method.</summary>
    public static object? Item(object? target, object? index, RenderBudget budget)
    {
        switch (target)
        {
            case Undefined undefined:
                throw undefined.Error;
            case TemplateMapping mapping when mapping.TryGet(index, out object? value):
                return value;
            case TemplateSequence sequence when index is long or bool:
                int at = Resolve((long)Arithmetic.ToInteger(index), sequence.Items.Count);
                return at >= 0 ? sequence.Items[at] : Missing(target, PythonText.Repr(index, budget));
            case string text when index is long or bool:
                budget.Charge(text.Length);
                int place = Resolve((long)Arithmetic.ToInteger(index), CodePoints.Length(text));
                return place >= 0 ? CodePoints.Pick(text, [place]) : Missing(target, PythonText.Repr(index, budget));
            default:
                return index is string name ? Attribute(target, name, budget) : Missing(target, PythonText.Repr(index, budget));
        }
    }

    /// <summary><c>target[start:stop:step]</c>.</summary>
    public static object? Slice(object? target, object? start, object? stop, object? step, RenderBudget budget)
    {
        switch (target)
        {
            case Undefined undefined:
                throw undefined.Error;
            case string text:
                budget.Charge(text.Length);
                return CodePoints.Pick(text, Indices(CodePoints.Length(text), start, stop, step));
            case TemplateSequence sequence:
                budget.Charge(sequence.Items.Count);
                return new TemplateSequence([.. Indices(sequence.Items.Count, start, stop, step).Select(i => sequence.Items[i])], sequence.IsTuple);
            default:
                return Missing(target, "a slice");
        }
    }

    /// <summary>What a loop over the value visits: items, keys of a mapping, characters of a text, nothing of undefined.</summary>
    public static IReadOnlyList<object?> Iterate(object? value, RenderBudget budget)
    {
        switch (value)
        {
            case TemplateSequence sequence:
                return sequence.Items;
            case TemplateMapping mapping:
                budget.ChargeItems(mapping.Count);
                return [.. mapping.Keys];
            case string text:
                budget.ChargeItems(text.Length);
                return [.. CodePoints.Split(text)];
            case Undefined:
                return [];
            default:
                throw new TemplateValueException($"a value of type '{PythonText.TypeName(value)}' cannot be looped over");
        }
    }

    /// <summary><c>len(value)</c>.</summary>
    public static long Length(object? value) => value switch
    {
        string text => CodePoints.Length(text),
        TemplateSequence sequence => sequence.Items.Count,
        TemplateMapping mapping => mapping.Count,
        Undefined => 0,
        LoopState loop => loop.Count,
        _ => throw new TemplateValueException($"a value of type '{PythonText.TypeName(value)}' has no length"),
    };

    private static Undefined Missing(object? target, string what) => new($"{what} of a value of type '{PythonText.TypeName(target)}'");

    private static int Resolve(long index, int count)
    {
        long at = index < 0 ? index + count : index;
        return at >= 0 && at < count ? (int)at : -1;
    }

    /// <summary>The indices that a slice visits, by Python's rules.</summary>
    private static IEnumerable<int> Indices(int count, object? start, object? stop, object? step)
    {
        long stride = Bound(step) ?? 1;
        if (stride == 0)
            throw new TemplateValueException("a slice's step cannot be zero");
        (long low, long high) = stride > 0 ? (0L, (long)count) : (-1L, count - 1L);
        long first = Clamp(Bound(start), stride > 0 ? low : high);
        long last = Clamp(Bound(stop), stride > 0 ? high : low);
        return Walk();

        long Clamp(long? bound, long otherwise) => bound is long b ? Math.Clamp(b < 0 ? b + count : b, low, high) : otherwise;

        IEnumerable<int> Walk()
        {
            for (long i = first; stride > 0 ? i < last : i > last; i += stride)
                yield return (int)i;
        }
    }

    private static long? Bound(object? value) => value switch
    {
        null => null,
        Undefined undefined => throw undefined.Error,
        long n => Math.Clamp(n, int.MinValue, int.MaxValue),
        bool b => b ? 1 : 0,
        BigInteger n => n.Sign < 0 ? int.MinValue : int.MaxValue,
        _ => throw new TemplateValueException($"a slice's bounds must be integers, not '{PythonText.TypeName(value)}'"),
    };
}
