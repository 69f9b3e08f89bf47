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
            ["lower"] = (value, arguments, budget) => OfText("islower", value, arguments, budget),
            ["upper"] = (value, arguments, budget) => OfText("isupper", value, arguments, budget),
            ["even"] = Plain(value => Arithmetic.ToInteger(value).IsEven),
            ["odd"] = Plain(value => !Arithmetic.ToInteger(value).IsEven),
            ["divisibleby"] = (value, arguments, budget) => !Truth.Of(Arithmetic.Apply("%", value, arguments.Expect("num").Required("num"), budget)),
            ["sameas"] = (value, arguments, _) => IsSame(value, arguments.Expect("other").Required("other")),
            ["in"] = (value, arguments, budget) => Comparison.Contains(arguments.Expect("seq").Required("seq"), value, budget),
            ["filter"] = Plain(value => value is string name && Filters.Has(name)),
            ["test"] = Plain(value => value is string name && Has(name)),
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

    /// <summary>A test that a method of text answers.</summary>
    private static bool OfText(string method, object? value, Arguments arguments, RenderBudget budget) =>
        (bool)StringMethods.Find(PythonText.Str(value, budget), method, budget)!.Invoke(arguments)!;

    /// <summary>Python's identity; constants and small numbers are one object there.</summary>
    private static bool IsSame(object? left, object? right) => (left, right) switch
    {
        (bool a, bool b) => a == b,
        (long a, long b) => a == b,
        (string a, string b) => a == b,
        _ => ReferenceEquals(left, right),
    };
}
