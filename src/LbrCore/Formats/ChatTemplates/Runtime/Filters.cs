using System.Collections.Frozen;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>The built-in filters, by name; those on sequences are in the other part.</summary>
internal static partial class Filters
{
    private delegate object? Filter(object? value, Arguments arguments, RenderBudget budget);

    private static readonly FrozenDictionary<string, Filter> s_filters = new Dictionary<string, Filter>
    {
        ["abs"] = Plain((value, _) => Arithmetic.IsNumber(value) ? Absolute(value!) : throw Unfit("abs", value)),
        ["attr"] = (value, arguments, budget) => Attribute(value, arguments.Expect("name").Text("name"), budget),
        ["batch"] = Batch,
        ["capitalize"] = Plain((value, budget) => StringMethods.Capitalize(Text(value, budget))),
        ["center"] = (value, arguments, budget) => Center(Text(value, budget), arguments.Expect("width").Integer("width", 80), budget),
        ["count"] = Plain((value, _) => Access.Length(value)),
        ["d"] = Default,
        ["default"] = Default,
        ["dictsort"] = SortMapping,
        ["e"] = Plain((value, budget) => EscapeHtml(Text(value, budget), budget)),
        ["escape"] = Plain((value, budget) => EscapeHtml(Text(value, budget), budget)),
        ["first"] = Plain((value, budget) => Access.Iterate(value, budget) is [var first, ..] ? first : new Undefined("the first item of an empty sequence")),
        ["float"] = (value, arguments, _) => ToFloat(value) ?? arguments.Expect("default").Get("default", 0.0),
        ["format"] = Format,
        ["indent"] = Indent,
        ["int"] = ToInteger,
        ["items"] = Plain(Items),
        ["join"] = Join,
        ["last"] = Plain((value, budget) => Access.Iterate(value, budget) is [.., var last] ? last : new Undefined("the last item of an empty sequence")),
        ["length"] = Plain((value, _) => Access.Length(value)),
        ["list"] = Plain((value, budget) => new TemplateSequence([.. Copied(Access.Iterate(value, budget), budget)])),
        ["lower"] = Plain((value, budget) => Text(value, budget).ToLowerInvariant()),
        ["map"] = Map,
        ["max"] = (value, arguments, budget) => Extreme(value, arguments, budget, largest: true),
        ["min"] = (value, arguments, budget) => Extreme(value, arguments, budget, largest: false),
        ["reject"] = (value, arguments, budget) => Select(value, arguments, budget, byAttribute: false, keep: false),
        ["rejectattr"] = (value, arguments, budget) => Select(value, arguments, budget, byAttribute: true, keep: false),
        ["replace"] = (value, arguments, budget) => StringMethods.Replace(
            Text(value, budget), arguments.Expect("old", "new", "count").Text("old"), arguments.Text("new"), arguments.Get("count") is null ? -1 : arguments.Integer("count"), budget),
        ["reverse"] = Plain(Reverse),
        ["round"] = Round,
        ["safe"] = Plain(Text),
        ["select"] = (value, arguments, budget) => Select(value, arguments, budget, byAttribute: false, keep: true),
        ["selectattr"] = (value, arguments, budget) => Select(value, arguments, budget, byAttribute: true, keep: true),
        ["sort"] = Sort,
        ["string"] = Plain(Text),
        ["sum"] = Sum,
        ["title"] = Plain((value, budget) => Title(Text(value, budget))),
        ["tojson"] = PythonJson.Filter,
        ["trim"] = (value, arguments, budget) => StringMethods.Strip(
            Text(value, budget), arguments.Expect("chars").Get("chars") is null ? null : arguments.Text("chars"), left: true, right: true),
        ["truncate"] = Truncate,
        ["unique"] = Unique,
        ["upper"] = Plain((value, budget) => Text(value, budget).ToUpperInvariant()),
    }.ToFrozenDictionary();

    /// <summary>Whether there is a filter with the name.</summary>
    public static bool Has(string name) => s_filters.ContainsKey(name);

    /// <summary><c>value | name(arguments)</c>.</summary>
    public static object? Apply(string name, object? value, Arguments arguments, RenderBudget budget) =>
        s_filters.TryGetValue(name, out Filter? filter) ? filter(value, arguments, budget) : throw new TemplateValueException($"the filter '{name}' is not supported");

    /// <summary>A filter without arguments.</summary>
    private static Filter Plain(Func<object?, RenderBudget, object?> apply) => (value, arguments, budget) =>
    {
        arguments.Expect();
        return apply(value, budget);
    };

    private static string Text(object? value, RenderBudget budget)
    {
        string text = PythonText.Str(value, budget);
        budget.ChargeText(text.Length);
        return text;
    }

    private static TemplateValueException Unfit(string filter, object? value) =>
        value is Undefined undefined ? undefined.Error : new($"the filter '{filter}' cannot take a value of type '{PythonText.TypeName(value)}'");

    private static object? Default(object? value, Arguments arguments, RenderBudget budget)
    {
        arguments.Expect("default_value", "boolean");
        bool replaced = value is Undefined || (Truth.Of(arguments.Get("boolean", false)) && !Truth.Of(value));
        return replaced ? arguments.Get("default_value", string.Empty) : value;
    }

    /// <summary>Members of a mapping are items, not attributes: of those it has only methods.</summary>
    private static object? Attribute(object? value, string name, RenderBudget budget) => value is TemplateMapping
        ? Methods.Find(value, name, budget) ?? (object)new Undefined($"'{name}' of a value of type 'dict'")
        : Access.Attribute(value, name, budget);

    private static object Absolute(object value) => value is double d ? Math.Abs(d) : Arithmetic.Narrow(BigInteger.Abs(Arithmetic.ToInteger(value)));

    private static string Center(string text, long width, RenderBudget budget)
    {
        budget.ChargeText(width);
        return StringMethods.Center(text, (int)Math.Max(width, 0));
    }

    private static string EscapeHtml(string text, RenderBudget budget)
    {
        budget.ChargeText(text.Length * 5L);
        return text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal)
            .Replace("'", "&#39;", StringComparison.Ordinal).Replace("\"", "&#34;", StringComparison.Ordinal);
    }

    private static object Format(object? value, Arguments arguments, RenderBudget budget) => arguments.Named.Count == 0
        ? PrintfFormat.Apply(Text(value, budget), arguments.Positional, budget)
        : throw new TemplateValueException("the filter 'format' with named arguments is not supported");

    private static string Indent(object? value, Arguments arguments, RenderBudget budget)
    {
        arguments.Expect("width", "first", "blank");
        string text = Text(value, budget);
        string indent = arguments.Get("width", 4L) is string given ? given : Spaces(arguments.Integer("width", 4), budget);
        bool blank = Truth.Of(arguments.Get("blank", false));
        List<object?> lines = Splitting.Lines(text + "\n", keepEnds: false, budget).Items;
        budget.ChargeText(text.Length + (long)lines.Count * indent.Length);
        IEnumerable<string> indented = lines.Select((line, i) => i > 0 && (blank || (string)line! != string.Empty) ? indent + line : (string)line!);
        return (Truth.Of(arguments.Get("first", false)) ? indent : string.Empty) + string.Join('\n', indented);
    }

    private static string Spaces(long count, RenderBudget budget)
    {
        budget.ChargeText(count);
        return new string(' ', (int)Math.Max(count, 0));
    }

    private static object? ToInteger(object? value, Arguments arguments, RenderBudget budget)
    {
        arguments.Expect("default", "base");
        if (arguments.Integer("base", 10) != 10)
            throw new TemplateValueException("the filter 'int' with another base than ten is not supported");
        switch (value)
        {
            case Undefined undefined:
                throw undefined.Error;
            case long or BigInteger:
                return value;
            case string text when BigInteger.TryParse(
                NumberText(text), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger integer):
                return Arithmetic.Narrow(integer);
            default:
                return ToFloat(value) is double number && double.IsFinite(number) ? Arithmetic.Narrow(new BigInteger(number)) : arguments.Get("default", 0L);
        }
    }

    private static object? ToFloat(object? value) => value switch
    {
        Undefined undefined => throw undefined.Error,
        string text => double.TryParse(NumberText(text), NumberStyles.Float, CultureInfo.InvariantCulture, out double parsed) ? parsed : null,
        _ => Arithmetic.IsNumber(value) ? Arithmetic.ToDouble(value!) : null,
    };

    /// <summary>What a number is read from; capped, since the time to read digits grows with their square.</summary>
    private static string NumberText(string text) => text.Length <= 1000 ? StringMethods.Strip(text, null, left: true, right: true) : string.Empty;

    private static object Round(object? value, Arguments arguments, RenderBudget budget)
    {
        arguments.Expect("precision", "method");
        if (!Arithmetic.IsNumber(value))
            throw Unfit("round", value);
        long precision = arguments.Integer("precision", 0);
        string method = arguments.Text("method", "common");
        if (precision is < 0 or > 15)
            throw new TemplateValueException("the filter 'round' needs a precision from 0 to 15");
        double number = Arithmetic.ToDouble(value!), scale = Math.Pow(10, precision);
        return method switch
        {
            "common" => Arithmetic.Round(number, (int)precision),
            "ceil" => Math.Ceiling(number * scale) / scale,
            "floor" => Math.Floor(number * scale) / scale,
            _ => throw new TemplateValueException($"the filter 'round' has no method '{method}'"),
        };
    }

    private static string Title(string text)
    {
        // Words are separated by whitespace, hyphens and opening brackets; within one only the first character is upper case.
        var output = new StringBuilder(text.Length);
        bool starts = true;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool separates = rune.Value is '-' or '(' or '{' or '[' or '<' || (rune.IsBmp && PythonText.IsSpace((char)rune.Value));
            output.Append(separates ? rune : starts ? Rune.ToUpperInvariant(rune) : Rune.ToLowerInvariant(rune));
            starts = separates;
        }

        return output.ToString();
    }

    private static string Truncate(object? value, Arguments arguments, RenderBudget budget)
    {
        arguments.Expect("length", "killwords", "end", "leeway");
        string text = Text(value, budget), end = arguments.Text("end", "...");
        long length = arguments.Integer("length", 255), leeway = arguments.Get("leeway") is null ? 5 : arguments.Integer("leeway");
        int count = CodePoints.Length(text), kept = (int)Math.Clamp(length - CodePoints.Length(end), 0, count);
        if (length < CodePoints.Length(end) || leeway < 0)
            throw new TemplateValueException("the filter 'truncate' needs a length of at least that of its end, and a leeway that is not negative");
        if (count <= length + leeway)
            return text;
        string start = CodePoints.Pick(text, Enumerable.Range(0, kept));
        int space = start.LastIndexOf(' ');
        return (Truth.Of(arguments.Get("killwords", false)) || space < 0 ? start : start[..space]) + end;
    }
}
