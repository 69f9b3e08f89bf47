using System.Globalization;

namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>The filters on sequences and mappings. Where Jinja gives a generator, these give a list.</summary>
internal static partial class Filters
{
    private static IReadOnlyList<object?> Copied(IReadOnlyList<object?> items, RenderBudget budget)
    {
        budget.ChargeItems(items.Count);
        return items;
    }

    private static TemplateSequence Items(object? value, RenderBudget budget) => value switch
    {
        Undefined => new TemplateSequence([]),
        TemplateMapping mapping => (TemplateSequence)Methods.Find(mapping, "items", budget)!.Invoke(Arguments.None("items"))!,
        _ => throw Unfit("items", value),
    };

    private static TemplateSequence Batch(object? value, Arguments arguments, RenderBudget budget)
    {
        arguments.Expect("linecount", "fill_with");
        int size = (int)Math.Clamp(arguments.Integer("linecount"), 1, RenderBudget.MaximumItems);
        var batches = new List<object?>();
        foreach (object?[] batch in Copied(Access.Iterate(value, budget), budget).Chunk(size))
        {
            var items = new List<object?>(batch);
            if (arguments.Get("fill_with") is object filler && items.Count < size)
            {
                budget.ChargeItems(size);
                items.AddRange(Enumerable.Repeat<object?>(filler, size - items.Count));
            }

            batches.Add(new TemplateSequence(items));
        }

        return new TemplateSequence(batches);
    }

    private static string Join(object? value, Arguments arguments, RenderBudget budget)
    {
        arguments.Expect("d", "attribute");
        string separator = PythonText.Str(arguments.Get("d", string.Empty), budget);
        object? attribute = arguments.Get("attribute");
        var texts = new List<object?>();
        foreach (object? item in Copied(Access.Iterate(value, budget), budget))
            texts.Add(Text(attribute is null ? item : Path(item, attribute, budget), budget));
        return StringMethods.Join(separator, texts, budget);
    }

    private static object Reverse(object? value, RenderBudget budget)
    {
        IEnumerable<object?> reversed = Copied(Access.Iterate(value, budget), budget).Reverse();
        return value is string ? string.Concat(reversed) : new TemplateSequence([.. reversed]);
    }

    private static TemplateSequence Map(object? value, Arguments arguments, RenderBudget budget)
    {
        IReadOnlyList<object?> items = Copied(Access.Iterate(value, budget), budget);
        if (arguments.Positional.Count == 0)
        {
            arguments.Expect("attribute", "default");
            object? attribute = arguments.Required("attribute");
            return new TemplateSequence([.. items.Select(item => Path(item, attribute, budget)).Select(found => found is Undefined ? arguments.Get("default", found) : found)]);
        }

        string name = arguments.Positional[0] as string ?? throw new TemplateValueException("the filter 'map' needs the name of a filter");
        var rest = new Arguments(name, [.. arguments.Positional.Skip(1)], arguments.Named);
        return new TemplateSequence([.. items.Select(item => Apply(name, item, rest, budget))]);
    }

    private static TemplateSequence Select(object? value, Arguments arguments, RenderBudget budget, bool byAttribute, bool keep)
    {
        int place = byAttribute ? 1 : 0;
        object? attribute = !byAttribute ? null : arguments.Positional.Count > 0 ? arguments.Positional[0] : throw new TemplateValueException($"the filter '{arguments.Callee}' needs an attribute");
        string? test = arguments.Positional.Count <= place
            ? null
            : arguments.Positional[place] as string ?? throw new TemplateValueException($"the filter '{arguments.Callee}' needs the name of a test");
        var rest = new Arguments(test ?? string.Empty, [.. arguments.Positional.Skip(place + 1)], arguments.Named);
        var selected = new List<object?>();
        foreach (object? item in Copied(Access.Iterate(value, budget), budget))
        {
            object? subject = byAttribute ? Path(item, attribute, budget) : item;
            if ((test is null ? Truth.Of(subject) : Tests.Apply(test, subject, rest, budget)) == keep)
                selected.Add(item);
        }

        return new TemplateSequence(selected);
    }

    private static TemplateSequence Sort(object? value, Arguments arguments, RenderBudget budget)
    {
        arguments.Expect("reverse", "case_sensitive", "attribute");
        bool caseSensitive = Truth.Of(arguments.Get("case_sensitive", false));
        var keyed = new List<(object? Key, object? Item)>();
        foreach (object? item in Copied(Access.Iterate(value, budget), budget))
            keyed.Add((SortKey(item, arguments.Get("attribute"), caseSensitive, budget), item));
        return new TemplateSequence([.. Ordered(keyed, Truth.Of(arguments.Get("reverse", false)), budget)]);
    }

    private static TemplateSequence SortMapping(object? value, Arguments arguments, RenderBudget budget)
    {
        arguments.Expect("case_sensitive", "by", "reverse");
        string by = arguments.Text("by", "key");
        if (by is not ("key" or "value"))
            throw new TemplateValueException("the filter 'dictsort' sorts by 'key' or by 'value'");
        bool caseSensitive = Truth.Of(arguments.Get("case_sensitive", false));
        if (value is not TemplateMapping mapping)
            throw Unfit("dictsort", value);
        var keyed = new List<(object? Key, object? Item)>();
        foreach ((object? key, object? member) in mapping.Items)
            keyed.Add((Folded(by == "key" ? key : member, caseSensitive, budget), new TemplateSequence([key, member], isTuple: true)));
        return new TemplateSequence([.. Ordered(keyed, Truth.Of(arguments.Get("reverse", false)), budget)]);
    }

    private static TemplateSequence Unique(object? value, Arguments arguments, RenderBudget budget)
    {
        arguments.Expect("case_sensitive", "attribute");
        bool caseSensitive = Truth.Of(arguments.Get("case_sensitive", false));
        var seen = new TemplateMapping();
        var unique = new List<object?>();
        foreach (object? item in Copied(Access.Iterate(value, budget), budget))
        {
            object? key = arguments.Get("attribute") is object attribute ? Path(item, attribute, budget) : item;
            key = Folded(key, caseSensitive, budget);
            if (seen.TryGet(key, out _))
                continue;
            seen.Set(key, true);
            unique.Add(item);
        }

        return new TemplateSequence(unique);
    }

    private static object? Extreme(object? value, Arguments arguments, RenderBudget budget, bool largest)
    {
        arguments.Expect("case_sensitive", "attribute");
        bool caseSensitive = Truth.Of(arguments.Get("case_sensitive", false));
        object? best = new Undefined("the extreme of an empty sequence"), bestKey = null;
        foreach (object? item in Copied(Access.Iterate(value, budget), budget))
        {
            object? key = arguments.Get("attribute") is object attribute ? Path(item, attribute, budget) : item;
            key = Folded(key, caseSensitive, budget);
            if (best is Undefined || (largest ? Comparison.Order(key, bestKey, budget) > 0 : Comparison.Order(key, bestKey, budget) < 0))
                (best, bestKey) = (item, key);
        }

        return best;
    }

    private static object? Sum(object? value, Arguments arguments, RenderBudget budget)
    {
        arguments.Expect("attribute", "start");
        object? total = arguments.Get("start", 0L);
        foreach (object? item in Access.Iterate(value, budget))
            total = Arithmetic.Apply("+", total, arguments.Get("attribute") is object attribute ? Path(item, attribute, budget) : item, budget);
        return total;
    }

    private static List<object?> Ordered(List<(object? Key, object? Item)> keyed, bool reverse, RenderBudget budget)
    {
        // OrderBy is stable, as Python's sort is; so is its descending twin.
        var comparer = Comparer<object?>.Create((x, y) => Comparison.Order(x, y, budget) ?? 0);
        try
        {
            return [.. (reverse ? keyed.OrderByDescending(pair => pair.Key, comparer) : keyed.OrderBy(pair => pair.Key, comparer)).Select(pair => pair.Item)];
        }
        catch (InvalidOperationException e) when (e.InnerException is TemplateValueException cause)
        {
            // Sorting wraps what its comparer throws.
            throw new TemplateValueException(cause.Message);
        }
    }

    /// <summary>What an item is sorted by: the item, or some of its attributes with commas between.</summary>
    private static object? SortKey(object? item, object? attribute, bool caseSensitive, RenderBudget budget)
    {
        if (attribute is null)
            return Folded(item, caseSensitive, budget);
        if (attribute is not string names || !names.Contains(','))
            return Folded(Path(item, attribute, budget), caseSensitive, budget);
        return new TemplateSequence([.. names.Split(',').Select(name => Folded(Path(item, name, budget), caseSensitive, budget))]);
    }

    private static object? Folded(object? value, bool caseSensitive, RenderBudget budget)
    {
        if (caseSensitive || value is not string text)
            return value;
        budget.Charge(text.Length);
        return text.ToLowerInvariant();
    }

    /// <summary>An attribute given as <c>a.b.0</c>, or as an index.</summary>
    private static object? Path(object? item, object? attribute, RenderBudget budget)
    {
        if (attribute is not string path)
            return Access.Item(item, attribute, budget);
        foreach (string part in path.Split('.'))
            item = Access.Item(item, int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? (long)index : part, budget);
        return item;
    }
}
