using System.Globalization;
using System.Numerics;
using System.Text;

namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>JSON as Python's <c>json.dumps</c> writes it, which is what <c>tojson</c> means in chat templates (no HTML escaping).</summary>
internal sealed class PythonJson
{
    private readonly StringBuilder _output = new();
    private readonly RenderBudget _budget;
    private readonly bool _asciiOnly;
    private readonly string? _indent;
    private readonly string _itemSeparator;
    private readonly string _keySeparator;
    private readonly bool _sortsKeys;

    private PythonJson(RenderBudget budget, bool asciiOnly, string? indent, string itemSeparator, string keySeparator, bool sortsKeys) =>
        (_budget, _asciiOnly, _indent, _itemSeparator, _keySeparator, _sortsKeys) = (budget, asciiOnly, indent, itemSeparator, keySeparator, sortsKeys);

    /// <summary>The filter <c>tojson(ensure_ascii=false, indent=none, separators=none, sort_keys=false)</c>.</summary>
    public static string Filter(object? value, Arguments arguments, RenderBudget budget)
    {
        arguments.Expect("ensure_ascii", "indent", "separators", "sort_keys");
        string? indent = arguments.Get("indent") switch
        {
            null => null,
            long and < 0 => string.Empty,
            long width and <= 64 => new string(' ', (int)width),
            string text => text,
            var other => throw new TemplateValueException($"the argument 'indent' of tojson must be a small integer or text, not {PythonText.TypeName(other)}"),
        };
        (string item, string key) = arguments.Get("separators") switch
        {
            null => (indent is null ? ", " : ",", ": "),
            TemplateSequence { Items: [string i, string k] } => (i, k),
            _ => throw new TemplateValueException("the argument 'separators' of tojson must be a pair of texts"),
        };
        var json = new PythonJson(budget, Truth.Of(arguments.Get("ensure_ascii", false)), indent, item, key, Truth.Of(arguments.Get("sort_keys", false)));
        json.Write(value, 0);
        return json._output.ToString();
    }

    private void Write(object? value, int depth)
    {
        _budget.Charge();
        _budget.ChargeText(_output.Length > RenderBudget.MaximumLength ? _output.Length : 0);
        if (depth > RenderBudget.MaximumValueDepth)
            throw new TemplateValueException($"a value is nested more than {RenderBudget.MaximumValueDepth} deep");
        switch (value)
        {
            case string text:
                WriteText(text);
                break;
            case TemplateSequence sequence:
                WriteItems('[', ']', sequence.Items, depth, item => Write(item, depth + 1));
                break;
            case TemplateMapping mapping:
                IEnumerable<(object? Key, object? Value)> members = _sortsKeys ? mapping.Items.OrderBy(m => Key(m.Key), CodePointComparer.Instance) : mapping.Items;
                WriteItems('{', '}', members, depth, member => WriteMember(member.Key, member.Value, depth + 1));
                break;
            case Undefined undefined:
                throw undefined.Error;
            case null or bool or long or BigInteger or double:
                _output.Append(Scalar(value));
                break;
            default:
                throw new TemplateValueException($"a value of type '{PythonText.TypeName(value)}' cannot be written as JSON");
        }
    }

    private void WriteItems<T>(char open, char close, IEnumerable<T> items, int depth, Action<T> write)
    {
        _output.Append(open);
        bool any = false;
        foreach (T item in items)
        {
            if (any)
                _output.Append(_itemSeparator);
            any = true;
            NewLine(depth + 1);
            write(item);
        }

        if (any)
            NewLine(depth);
        _output.Append(close);
    }

    private void WriteMember(object? key, object? value, int depth)
    {
        WriteText(Key(key));
        _output.Append(_keySeparator);
        Write(value, depth);
    }

    private void NewLine(int depth)
    {
        if (_indent is null)
            return;
        _budget.Charge((long)depth * _indent.Length);
        _output.Append('\n');
        for (int i = 0; i < depth; i++)
            _output.Append(_indent);
    }

    private static string Key(object? key) => key as string ?? Scalar(key);

    private static string Scalar(object? value) => value switch
    {
        null => "null",
        bool b => b ? "true" : "false",
        long n => n.ToString(CultureInfo.InvariantCulture),
        BigInteger n => n.ToString(CultureInfo.InvariantCulture),
        double.NaN => "NaN",
        double.PositiveInfinity => "Infinity",
        double.NegativeInfinity => "-Infinity",
        double d => PythonText.Float(d),
        _ => throw new TemplateValueException($"a value of type '{PythonText.TypeName(value)}' cannot be a key of JSON"),
    };

    private void WriteText(string text)
    {
        _budget.ChargeText(text.Length);
        _output.Append('"');
        foreach (char c in text)
        {
            switch (c)
            {
                case '"':
                    _output.Append("\\\"");
                    break;
                case '\\':
                    _output.Append("\\\\");
                    break;
                case '\n':
                    _output.Append("\\n");
                    break;
                case '\r':
                    _output.Append("\\r");
                    break;
                case '\t':
                    _output.Append("\\t");
                    break;
                case '\b':
                    _output.Append("\\b");
                    break;
                case '\f':
                    _output.Append("\\f");
                    break;
                case < ' ':
                case > '~' when _asciiOnly:
                    _output.Append($"\\u{(int)c:x4}");
                    break;
                default:
                    _output.Append(c);
                    break;
            }
        }

        _output.Append('"');
    }
}
