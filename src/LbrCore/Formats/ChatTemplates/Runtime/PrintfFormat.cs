using System.Globalization;
using System.Text;

namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>Formatting: <c>'%s' % x</c> (s, r, d, i, f, x with width, zero or minus flag, precision) and <c>'{}'.format(x)</c> without format specifications.</summary>
internal static class PrintfFormat
{
    private const int MaximumWidth = 1000;

    /// <summary><c>format % values</c>.</summary>
    public static string Apply(string format, IReadOnlyList<object?> values, RenderBudget budget)
    {
        budget.Charge(format.Length);
        var output = new StringBuilder();
        int used = 0;
        for (int at = 0; at < format.Length; at++)
        {
            if (format[at] != '%')
            {
                output.Append(format[at]);
                continue;
            }

            int start = at++;
            if (at < format.Length && format[at] == '%')
            {
                output.Append('%');
                continue;
            }

            int flags = at;
            while (at < format.Length && format[at] is '-' or '0')
                at++;
            string flagText = format[flags..at];
            int width = TakeNumber(format, ref at) ?? 0;
            int? precision = null;
            if (at < format.Length && format[at] == '.')
            {
                at++;
                precision = TakeNumber(format, ref at) ?? 0;
            }

            if (at >= format.Length || !"srdifx".Contains(format[at], StringComparison.Ordinal))
                throw new TemplateValueException($"the format '{format[start..Math.Min(at + 1, format.Length)]}' is not supported");
            if (used == values.Count)
                throw new TemplateValueException("there are fewer values than the format needs");
            string text = Convert(format[at], values[used++], precision, budget);
            bool zeros = flagText.Contains('0') && !flagText.Contains('-') && format[at] is not ('s' or 'r');
            output.Append(flagText.Contains('-') ? text.PadRight(width) : zeros ? PadZeros(text, width) : text.PadLeft(width));
            budget.ChargeText(output.Length > RenderBudget.MaximumLength ? output.Length : text.Length);
        }

        return used == values.Count ? output.ToString() : throw new TemplateValueException("there are more values than the format needs");
    }

    /// <summary><c>format.format(...)</c>.</summary>
    public static string ApplyBraces(string format, Arguments arguments, RenderBudget budget)
    {
        budget.Charge(format.Length);
        var output = new StringBuilder();
        int next = 0;
        for (int at = 0; at < format.Length; at++)
        {
            char c = format[at];
            if (c is '{' or '}' && at + 1 < format.Length && format[at + 1] == c)
            {
                output.Append(c);
                at++;
                continue;
            }

            if (c != '{')
            {
                output.Append(c != '}' ? c : throw new TemplateValueException("a single '}' in a format"));
                continue;
            }

            int close = format.IndexOf('}', at);
            if (close < 0)
                throw new TemplateValueException("a single '{' in a format");
            string field = format[(at + 1)..close];
            string text = PythonText.Str(FieldValue(field, arguments, ref next), budget);
            output.Append(text);
            budget.ChargeText(output.Length > RenderBudget.MaximumLength ? output.Length : text.Length);
            at = close;
        }

        return output.ToString();
    }

    private static object? FieldValue(string field, Arguments arguments, ref int next)
    {
        if (field.Length == 0 || int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            int index = field.Length == 0 ? next++ : int.Parse(field, NumberStyles.None, CultureInfo.InvariantCulture);
            return index < arguments.Positional.Count ? arguments.Positional[index] : throw new TemplateValueException($"the format needs the argument {index}");
        }

        foreach ((string name, object? value) in arguments.Named)
            if (name == field)
                return value;
        throw new TemplateValueException($"the format field '{{{field}}}' is not supported or not given");
    }

    private static string Convert(char kind, object? value, int? precision, RenderBudget budget)
    {
        switch (kind)
        {
            case 's' or 'r':
                string text = kind == 's' ? PythonText.Str(value, budget) : PythonText.Repr(value, budget);
                return precision < text.Length ? text[..precision.Value] : text;
            case 'f' when Arithmetic.IsNumber(value):
                return Arithmetic.ToDouble(value!).ToString("F" + (precision ?? 6).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            case 'd' or 'i' when value is double d && double.IsFinite(d):
                return ((System.Numerics.BigInteger)d).ToString(CultureInfo.InvariantCulture);
            case 'd' or 'i' when Arithmetic.IsNumber(value) && value is not double:
                return Arithmetic.ToInteger(value).ToString(CultureInfo.InvariantCulture);
            case 'x' when value is long n and >= 0:
                return n.ToString("x", CultureInfo.InvariantCulture);
            default:
                throw new TemplateValueException($"the format '%{kind}' cannot show a value of type '{PythonText.TypeName(value)}'");
        }
    }

    private static string PadZeros(string text, int width)
    {
        int sign = text.StartsWith('-') ? 1 : 0;
        return text[..sign] + text[sign..].PadLeft(width - sign, '0');
    }

    private static int? TakeNumber(string format, ref int at)
    {
        int start = at;
        while (at < format.Length && char.IsAsciiDigit(format[at]))
            at++;
        if (at == start)
            return null;
        return int.TryParse(format.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value <= MaximumWidth
            ? value
            : throw new TemplateValueException($"a format width above {MaximumWidth} is not supported");
    }
}
