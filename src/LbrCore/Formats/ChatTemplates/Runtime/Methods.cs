namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>Methods of values. Those that would change a list or a mapping are refused, as in the sandbox that transformers renders in.</summary>
internal static class Methods
{
    private static readonly string[] s_mutators = ["append", "extend", "insert", "pop", "remove", "sort", "reverse", "clear", "update", "setdefault", "popitem"];

    /// <summary>The method of a value, or null where it has none with the name.</summary>
    public static Callable? Find(object? target, string name, RenderBudget budget) => target switch
    {
        string text => StringMethods.Find(text, name, budget),
        TemplateMapping mapping => OfMapping(mapping, name, budget),
        TemplateSequence sequence => OfSequence(sequence, name, budget),
        _ => null,
    };

    private static Callable? OfMapping(TemplateMapping mapping, string name, RenderBudget budget)
    {
        switch (name)
        {
            case "get":
                return new Callable("dict.get", arguments =>
                {
                    arguments.Expect("key", "default");
                    return mapping.TryGet(arguments.Required("key"), out object? value) ? value : arguments.Get("default");
                });
            case "keys":
                return List("dict.keys", () => mapping.Keys);
            case "values":
                return List("dict.values", () => mapping.Values);
            case "items":
                return List("dict.items", () => mapping.Items.Select(item => (object?)new TemplateSequence([item.Key, item.Value], isTuple: true)));
            case "copy":
                return new Callable("dict.copy", arguments =>
                {
                    arguments.Expect();
                    budget.ChargeItems(mapping.Count);
                    var copy = new TemplateMapping();
                    foreach ((object? key, object? value) in mapping.Items)
                        copy.Set(key, value);
                    return copy;
                });
            case "clear" or "pop" or "popitem" or "setdefault" or "update":
                return Refused("dict", name);
            default:
                return null;
        }

        Callable List(string method, Func<IEnumerable<object?>> items) => new(method, arguments =>
        {
            arguments.Expect();
            budget.ChargeItems(mapping.Count);
            return new TemplateSequence([.. items()]);
        });
    }

    private static Callable? OfSequence(TemplateSequence sequence, string name, RenderBudget budget)
    {
        switch (name)
        {
            case "index":
                return new Callable("list.index", arguments =>
                {
                    object? item = arguments.Expect("value").Required("value");
                    int index = sequence.Items.FindIndex(candidate => Comparison.AreEqual(candidate, item, budget));
                    return index >= 0 ? (long)index : throw new TemplateValueException($"{PythonText.Repr(item, budget)} is not in the list");
                });
            case "count":
                return new Callable("list.count", arguments =>
                {
                    object? item = arguments.Expect("value").Required("value");
                    return (long)sequence.Items.Count(candidate => Comparison.AreEqual(candidate, item, budget));
                });
            case "copy":
                return new Callable("list.copy", arguments =>
                {
                    arguments.Expect();
                    budget.ChargeItems(sequence.Items.Count);
                    return new TemplateSequence([.. sequence.Items], sequence.IsTuple);
                });
            default:
                return s_mutators.Contains(name) ? Refused("list", name) : null;
        }
    }

    private static Callable Refused(string type, string name) =>
        new(name, _ => throw new TemplateValueException($"the method '{type}.{name}' would change a value, which templates may not; build a new one with '+' or set a namespace member"));
}
