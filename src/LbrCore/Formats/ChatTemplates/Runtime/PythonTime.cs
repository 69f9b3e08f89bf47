using System.Globalization;
using System.Text;

namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>Python's <c>strftime</c> in the C locale; a minus after the percent sign drops leading zeros.</summary>
internal static class PythonTime
{
    /// <summary>A time in a format.</summary>
    public static string Format(DateTimeOffset time, string format)
    {
        var output = new StringBuilder();
        for (int at = 0; at < format.Length; at++)
        {
            if (format[at] != '%' || at + 1 == format.Length)
            {
                output.Append(format[at]);
                continue;
            }

            bool bare = format[++at] == '-' && at + 1 < format.Length;
            if (bare)
                at++;
            string text = Directive(time, format[at]);
            output.Append(bare && text.Length > 1 && char.IsAsciiDigit(text[0]) ? text[..^1].TrimStart('0') + text[^1] : text);
        }

        return output.ToString();
    }

    private static string Directive(DateTimeOffset time, char directive) => directive switch
    {
        'Y' => time.In("yyyy"),
        'y' => time.In("yy"),
        'm' => time.In("MM"),
        'd' => time.In("dd"),
        'e' => time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'H' => time.In("HH"),
        'I' => time.In("hh"),
        'M' => time.In("mm"),
        'S' => time.In("ss"),
        'f' => time.In("ffffff"),
        'p' => time.In("tt"),
        'B' => time.In("MMMM"),
        'b' or 'h' => time.In("MMM"),
        'A' => time.In("dddd"),
        'a' => time.In("ddd"),
        'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
        'u' => (((int)time.DayOfWeek + 6) % 7 + 1).ToString(CultureInfo.InvariantCulture),
        'w' => ((int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'F' => time.In("yyyy-MM-dd"),
        'T' => time.In("HH:mm:ss"),
        'R' => time.In("HH:mm"),
        'D' => time.In("MM/dd/yy"),
        'c' => $"{time.In("ddd MMM ")}{time.Day,2}{time.In(" HH:mm:ss yyyy")}",
        'x' => time.In("MM/dd/yy"),
        'X' => time.In("HH:mm:ss"),
        // The time is naive in Python, so its zone is empty.
        'Z' or 'z' => string.Empty,
        'n' => "\n",
        't' => "\t",
        '%' => "%",
        _ => throw new TemplateValueException($"the directive '%{directive}' of strftime_now is not supported"),
    };

    private static string In(this DateTimeOffset time, string format) => time.ToString(format, CultureInfo.InvariantCulture);
}
