using System.Collections.Frozen;
using System.Numerics;

namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>The built-in tests (<c>x is name</c>), by name.</summary>
internal static class Tests
{
    private delegate bool Test(object? value, Arguments arguments, RenderBudget budget);

    private static readonly FrozenDictionary<string, Test> s_tests = Build();

    /// <summary>Whether there is a test with the name.</summary>
    public static bool Has(string name) => s_tests.ContainsKey(name);

    /// <summary><c>value is name(arguments)</c>.</summary>
    public static bool Apply(string name, object? value, Arguments arguments, RenderBudget budget) =>
        s_tests.TryGetValue(name, out Test? test) ? test(value, arguments, budget) : throw new TemplateValueException($"the test '{name}' is not supported");

    private static FrozenDictionary<string, Test> Build()
    {
        var tests = new Dictionary<string, Test>
        {
            ["defined"] = Plain(value => value is not Undefined),
            ["undefined"] = Plain(value => value is Undefined),
            ["none"] = Plain(value => value is null),
            ["boolean"] = Plain(value => value is bool),
            ["true"] = Plain(value => value is true),
            ["false"] = Plain(value => value is false),
            ["integer"] = Plain(value => value is long or BigInteger),
            ["float"] = Plain(value => value is double),
            ["number"] = Plain(Arithmetic.IsNumber),
            ["string"] = Plain(value => value is string),
            ["mapping"] = Plain(value => value is TemplateMapping),
            ["sequence"] = Plain(value => value is string or TemplateSequence or TemplateMapping or Undefined),
            ["iterable"] = Plain(value => value is string or TemplateSequence or TemplateMapping or Undefined),
            ["callable"] = Plain(value => value is Callable),
            ["escaped"] = Plain(_ => false),
            ["lower"] = (value, _, budget) => PythonText.Str(value, budget) is var text && (bool)StringMethods.Find(text, "islower", budget)!.Invoke(Arguments.None("islower"))!,
            ["upper"] = (value, _, budget) => PythonText.Str(value, budget) is var text && (bool)StringMethods.Find(text, "isupper", budget)!.Invoke(Arguments.None("isupper"))!,
            ["even"] = Plain(value => Arithmetic.ToInteger(value).IsEven),
            ["odd"] = Plain(value => !Arithmetic.ToInteger(value).IsEven),
            ["divisibleby"] = (value, arguments, budget) => !Truth.Of(Arithmetic.Apply("%", value, arguments.Expect("num").Required("num"), budget)),
            ["sameas"] = (value, arguments, _) => IsSame(value, arguments.Expect("other").Required("other")),
            ["in"] = (value, arguments, budget) => Comparison.Contains(arguments.Expect("seq").Required("seq"), value, budget),
            ["filter"] = (value, arguments, _) => arguments.Expect() is not null && value is string name && Filters.Has(name),
            ["test"] = (value, arguments, _) => arguments.Expect() is not null && value is string name && Has(name),
        };
        foreach ((string name, string operation) in ((string, string)[])
        [
            ("eq", "=="), ("equalto", "=="), ("==", "=="), ("ne", "!="), ("!=", "!="), ("lt", "<"), ("lessthan", "<"), ("<", "<"), ("le", "<="), ("<=", "<="),
            ("gt", ">"), ("greaterthan", ">"), (">", ">"), ("ge", ">="), (">=", ">="),
        ])
        {
            tests[name] = (value, arguments, budget) => Comparison.Holds(operation, value, arguments.Expect("other").Required("other"), budget);
        }

        return tests.ToFrozenDictionary();
    }

    private static Test Plain(Func<object?, bool> holds) => (value, arguments, _) =>
    {
        arguments.Expect();
        return holds(value);
    };

    /// <summary>Python's identity; constants and small numbers are one object there.</summary>
    private static bool IsSame(object? left, object? right) => (left, right) switch
    {
        (bool a, bool b) => a == b,
        (long a, long b) => a == b,
        (string a, string b) => a == b,
        _ => ReferenceEquals(left, right),
    };
}
