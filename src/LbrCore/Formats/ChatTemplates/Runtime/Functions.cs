namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>The functions that every template can call.</summary>
internal static class Functions
{
    // The bound of the sandbox that transformers renders in.
    private const long MaximumRange = 100_000;

    /// <summary>The function with a name, or null.</summary>
    public static Callable? Find(string name, RenderBudget budget, TimeProvider clock) => name switch
    {
        "range" => new Callable(name, arguments => Range(arguments, budget)),
        "dict" => new Callable(name, arguments => Dict(arguments, budget)),
        "namespace" => new Callable(name, arguments => Namespace(arguments, budget)),
        "raise_exception" => new Callable(name, arguments => throw new TemplateValueException(PythonText.Str(arguments.Expect("message").Required("message"), budget))),
        "strftime_now" => new Callable(name, arguments => PythonTime.Format(clock.GetLocalNow(), arguments.Expect("format").Text("format"))),
        _ => null,
    };

    private static TemplateSequence Range(Arguments arguments, RenderBudget budget)
    {
        string[] parameters = arguments.Positional.Count > 1 ? ["start", "stop", "step"] : ["stop"];
        arguments.Expect(parameters);
        long start = parameters.Length > 1 ? arguments.Integer("start") : 0, stop = arguments.Integer("stop"), step = parameters.Length > 1 ? arguments.Integer("step", 1) : 1;
        if (step == 0)
            throw new TemplateValueException("a range's step cannot be zero");
        decimal span = (decimal)stop - start;
        decimal count = span == 0 || span > 0 != step > 0 ? 0 : Math.Ceiling(span / step);
        if (count > MaximumRange)
            throw new TemplateValueException($"a range of {count} numbers exceeds the limit of {MaximumRange}");
        budget.ChargeItems((long)count);
        var numbers = new List<object?>((int)count);
        for (int i = 0; i < (int)count; i++)
            numbers.Add(start + i * step);
        return new TemplateSequence(numbers);
    }

    private static TemplateMapping Dict(Arguments arguments, RenderBudget budget)
    {
        var mapping = new TemplateMapping();
        if (arguments.Positional.Count > 1)
            throw new TemplateValueException("dict takes at most one positional argument");
        foreach (object? source in arguments.Positional)
        {
            if (source is TemplateMapping other)
            {
                budget.ChargeItems(other.Count);
                foreach ((object? key, object? value) in other.Items)
                    mapping.Set(key, value);
                continue;
            }

            foreach (object? pair in Access.Iterate(source, budget))
            {
                if (Access.Iterate(pair, budget) is not [var key, var value])
                    throw new TemplateValueException("dict needs pairs of a key and a value");
                budget.Charge();
                mapping.Set(key, value);
            }
        }

        foreach ((string name, object? value) in arguments.Named)
            mapping.Set(name, value);
        return mapping;
    }

    private static TemplateNamespace Namespace(Arguments arguments, RenderBudget budget)
    {
        var members = new TemplateNamespace();
        foreach ((object? key, object? value) in Dict(arguments, budget).Items)
            members.Members[PythonText.Str(key, budget)] = value;
        return members;
    }
}
