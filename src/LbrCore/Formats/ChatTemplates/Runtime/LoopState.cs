namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>The variable <c>loop</c>.</summary>
internal sealed class LoopState(IReadOnlyList<object?> items, RenderBudget budget)
{
    private object? _lastChanged;
    private bool _changedBefore;

    /// <summary>How many items the loop visits.</summary>
    public int Count => items.Count;

    /// <summary>Which it visits now, from 0.</summary>
    public int Index { get; set; }

    /// <summary>A member of <c>loop</c>.</summary>
    public bool Member(string name, out object? value)
    {
        value = name switch
        {
            "index" => Index + 1L,
            "index0" => (long)Index,
            "revindex" => (long)Count - Index,
            "revindex0" => (long)Count - Index - 1,
            "first" => Index == 0,
            "last" => Index == Count - 1,
            "length" => (long)Count,
            "depth" => 1L, // More only in recursive loops, which there are none of.
            "depth0" => 0L,
            "previtem" => Index > 0 ? items[Index - 1] : new Undefined("there is no previous item, so 'previtem'"),
            "nextitem" => Index < Count - 1 ? items[Index + 1] : new Undefined("there is no next item, so 'nextitem'"),
            "cycle" => new Callable("loop.cycle", Cycle),
            "changed" => new Callable("loop.changed", Changed),
            _ => null,
        };
        return value is not null || (name is "previtem" or "nextitem");
    }

    private object? Cycle(Arguments arguments) => arguments.Positional.Count > 0
        ? arguments.Positional[Index % arguments.Positional.Count]
        : throw new TemplateValueException("loop.cycle needs arguments");

    private object Changed(Arguments arguments)
    {
        var now = new TemplateSequence([.. arguments.Positional], isTuple: true);
        bool changed = !_changedBefore || !Comparison.AreEqual(_lastChanged, now, budget);
        (_lastChanged, _changedBefore) = (now, true);
        return changed;
    }
}
