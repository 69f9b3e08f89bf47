using System.Globalization;
using System.Numerics;
using System.Text;

namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>Values as Python prints them: <c>str()</c> and <c>repr()</c>.</summary>
internal static class PythonText
{
    /// <summary><c>str(value)</c>; nothing for undefined.</summary>
    public static string Str(object? value, RenderBudget budget)
    {
        switch (value)
        {
            case string text:
                return text;
            case Undefined:
                return string.Empty;
            default:
                var output = new StringBuilder();
                WriteRepr(value, output, budget, 0);
                return output.ToString();
        }
    }

    /// <summary><c>repr(value)</c>.</summary>
    public static string Repr(object? value, RenderBudget budget)
    {
        var output = new StringBuilder();
        WriteRepr(value, output, budget, 0);
        return output.ToString();
    }

    /// <summary>Python's name of a value's type.</summary>
    public static string TypeName(object? value) => value switch
    {
        null => "NoneType",
        bool => "bool",
        long or BigInteger => "int",
        double => "float",
        string => "str",
        TemplateSequence { IsTuple: true } => "tuple",
        TemplateSequence => "list",
        TemplateMapping => "dict",
        TemplateNamespace => "Namespace",
        Undefined => "Undefined",
        Callable => "function",
        _ => "LoopContext",
    };

    /// <summary><c>repr</c> of a float: the shortest digits that read back as the same number, with a point or an exponent.</summary>
    public static string Float(double value)
    {
        if (double.IsNaN(value))
            return "nan";
        if (double.IsInfinity(value))
            return value > 0 ? "inf" : "-inf";

        string scientific = value.ToString("E16", CultureInfo.InvariantCulture);
        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        int exponent = value == 0 ? 0 : int.Parse(scientific.AsSpan(scientific.IndexOf('E') + 1), CultureInfo.InvariantCulture);
        (string sign, string digits) = Digits(shortest);
        if (exponent is >= -4 and < 16)
        {
            if (exponent < 0)
                return $"{sign}0.{new string('0', -exponent - 1)}{digits}";
            string padded = digits.PadRight(exponent + 1, '0');
            string fraction = padded[(exponent + 1)..];
            return $"{sign}{padded[..(exponent + 1)]}.{(fraction.Length > 0 ? fraction : "0")}";
        }

        string mantissa = digits.Length > 1 ? $"{digits[0]}.{digits[1..]}" : digits;
        return $"{sign}{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
    }

    /// <summary>Whether Python's <c>strip</c> and <c>split</c> take the character for whitespace.</summary>
    public static bool IsSpace(char character) => char.IsWhiteSpace(character) || character is >= '\x1C' and <= '\x1F';

    private static (string Sign, string Digits) Digits(string shortest)
    {
        string sign = shortest[0] == '-' ? "-" : string.Empty;
        int end = shortest.IndexOf('E');
        string mantissa = end < 0 ? shortest : shortest[..end];
        string digits = mantissa.Replace(".", string.Empty, StringComparison.Ordinal).TrimStart('-').TrimStart('0').TrimEnd('0');
        return (sign, digits.Length > 0 ? digits : "0");
    }

    private static void WriteRepr(object? value, StringBuilder output, RenderBudget budget, int depth)
    {
        budget.Charge();
        if (depth > RenderBudget.MaximumValueDepth)
            throw new TemplateValueException($"a value is nested more than {RenderBudget.MaximumValueDepth} deep");
        switch (value)
        {
            case null:
                output.Append("None");
                break;
            case bool b:
                output.Append(b ? "True" : "False");
                break;
            case long n:
                output.Append(n);
                break;
            case BigInteger n:
                output.Append(n.ToString(CultureInfo.InvariantCulture));
                break;
            case double d:
                output.Append(Float(d));
                break;
            case string text:
                WriteText(text, output);
                break;
            case TemplateSequence sequence:
                WriteSequence(sequence, output, budget, depth);
                break;
            case TemplateMapping mapping:
                WriteMapping(mapping.Items, output, budget, depth);
                break;
            case TemplateNamespace members:
                output.Append("<Namespace ");
                WriteMapping(members.Members.Select(member => ((object?)member.Key, member.Value)), output, budget, depth);
                output.Append('>');
                break;
            case Undefined:
                output.Append("Undefined");
                break;
            default:
                output.Append('<').Append(TypeName(value)).Append('>');
                break;
        }

        budget.ChargeText(output.Length > RenderBudget.MaximumLength ? output.Length : 0);
    }

    private static void WriteSequence(TemplateSequence sequence, StringBuilder output, RenderBudget budget, int depth)
    {
        output.Append(sequence.IsTuple ? '(' : '[');
        for (int i = 0; i < sequence.Items.Count; i++)
        {
            if (i > 0)
                output.Append(", ");
            WriteRepr(sequence.Items[i], output, budget, depth + 1);
        }

        if (sequence is { IsTuple: true, Items.Count: 1 })
            output.Append(',');
        output.Append(sequence.IsTuple ? ')' : ']');
    }

    private static void WriteMapping(IEnumerable<(object? Key, object? Value)> items, StringBuilder output, RenderBudget budget, int depth)
    {
        string separator = "{";
        foreach ((object? key, object? value) in items)
        {
            output.Append(separator);
            WriteRepr(key, output, budget, depth + 1);
            output.Append(": ");
            WriteRepr(value, output, budget, depth + 1);
            separator = ", ";
        }

        output.Append(separator == "{" ? "{}" : "}");
    }

    private static void WriteText(string text, StringBuilder output)
    {
        char quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        output.Append(quote);
        foreach (Rune rune in text.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '\n':
                    output.Append("\\n");
                    break;
                case '\r':
                    output.Append("\\r");
                    break;
                case '\t':
                    output.Append("\\t");
                    break;
                case '\\':
                    output.Append("\\\\");
                    break;
                case int c when c == quote:
                    output.Append('\\').Append(quote);
                    break;
                case int c when !IsPrintable(rune):
                    output.Append(c < 0x100 ? $"\\x{c:x2}" : c < 0x10000 ? $"\\u{c:x4}" : $"\\U{c:x8}");
                    break;
                default:
                    output.Append(rune);
                    break;
            }
        }

        output.Append(quote);
    }

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
