using System.Collections.Frozen;
using System.Text;

namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>The methods of Python's <c>str</c> that templates use. Letter case is mapped one to one (ß stays ß).</summary>
internal static class StringMethods
{
    private static readonly FrozenDictionary<string, Func<string, Arguments, RenderBudget, object?>> s_methods = new Dictionary<string, Func<string, Arguments, RenderBudget, object?>>
    {
        ["strip"] = (text, arguments, _) => Strip(text, Characters(arguments), left: true, right: true),
        ["lstrip"] = (text, arguments, _) => Strip(text, Characters(arguments), left: true, right: false),
        ["rstrip"] = (text, arguments, _) => Strip(text, Characters(arguments), left: false, right: true),
        ["split"] = (text, arguments, budget) => Splitting.Split(text, arguments, fromRight: false, budget),
        ["rsplit"] = (text, arguments, budget) => Splitting.Split(text, arguments, fromRight: true, budget),
        ["splitlines"] = (text, arguments, budget) => Splitting.Lines(text, Truth.Of(arguments.Expect("keepends").Get("keepends")), budget),
        ["partition"] = (text, arguments, _) => Splitting.Partition(text, arguments.Expect("sep").Text("sep"), fromRight: false),
        ["rpartition"] = (text, arguments, _) => Splitting.Partition(text, arguments.Expect("sep").Text("sep"), fromRight: true),
        ["startswith"] = (text, arguments, _) => Any(arguments, "prefix", prefix => text.StartsWith(prefix, StringComparison.Ordinal)),
        ["endswith"] = (text, arguments, _) => Any(arguments, "suffix", suffix => text.EndsWith(suffix, StringComparison.Ordinal)),
        ["removeprefix"] = (text, arguments, _) => RemovePrefix(text, arguments.Expect("prefix").Text("prefix")),
        ["removesuffix"] = (text, arguments, _) => RemoveSuffix(text, arguments.Expect("suffix").Text("suffix")),
        ["upper"] = Plain(text => text.ToUpperInvariant()),
        ["lower"] = Plain(text => text.ToLowerInvariant()),
        ["capitalize"] = Plain(Capitalize),
        ["title"] = Plain(Title),
        ["replace"] = (text, arguments, budget) => Replace(text, arguments.Expect("old", "new", "count").Text("old"), arguments.Text("new"), arguments.Integer("count", -1), budget),
        ["join"] = (text, arguments, budget) => Join(text, Access.Iterate(arguments.Expect("iterable").Required("iterable"), budget), budget),
        ["find"] = (text, arguments, _) => Index(text, text.IndexOf(arguments.Expect("sub").Text("sub"), StringComparison.Ordinal)),
        ["rfind"] = (text, arguments, _) => Index(text, text.LastIndexOf(arguments.Expect("sub").Text("sub"), StringComparison.Ordinal)),
        ["index"] = (text, arguments, _) => RequiredIndex(text, arguments.Expect("sub").Text("sub")),
        ["count"] = (text, arguments, _) => (long)Count(text, arguments.Expect("sub").Text("sub")),
        ["isdigit"] = Plain(text => All(text, Rune.IsDigit)),
        ["isnumeric"] = Plain(text => All(text, Rune.IsNumber)),
        ["isalpha"] = Plain(text => All(text, Rune.IsLetter)),
        ["isalnum"] = Plain(text => All(text, Rune.IsLetterOrDigit)),
        ["isspace"] = Plain(text => All(text, rune => rune.IsBmp && PythonText.IsSpace((char)rune.Value))),
        ["isupper"] = Plain(text => IsCase(text, Rune.IsUpper, Rune.IsLower)),
        ["islower"] = Plain(text => IsCase(text, Rune.IsLower, Rune.IsUpper)),
        ["zfill"] = (text, arguments, budget) => ZeroFill(text, Width(arguments.Expect("width"), budget)),
        ["ljust"] = (text, arguments, budget) => text.PadRight(Width(arguments.Expect("width"), budget)),
        ["rjust"] = (text, arguments, budget) => text.PadLeft(Width(arguments.Expect("width"), budget)),
        ["center"] = (text, arguments, budget) => Center(text, Width(arguments.Expect("width"), budget)),
        ["format"] = PrintfFormat.ApplyBraces,
    }.ToFrozenDictionary();

    /// <summary>The method of a text, or null.</summary>
    public static Callable? Find(string text, string name, RenderBudget budget) => s_methods.TryGetValue(name, out Func<string, Arguments, RenderBudget, object?>? method)
        ? new Callable("str." + name, arguments =>
        {
            budget.ChargeText(text.Length);
            return method(text, arguments, budget);
        })
        : null;

    /// <summary><c>strip</c> and its one-sided kin: whitespace, or any of some characters.</summary>
    public static string Strip(string text, string? characters, bool left, bool right)
    {
        int start = 0, end = text.Length;
        while (left && start < end && Strips(text[start]))
            start++;
        while (right && end > start && Strips(text[end - 1]))
            end--;
        return text[start..end];

        bool Strips(char c) => characters is null ? PythonText.IsSpace(c) : characters.Contains(c);
    }

    /// <summary><c>replace</c>; a negative count means all.</summary>
    public static string Replace(string text, string old, string replacement, long count, RenderBudget budget)
    {
        long most = count < 0 ? long.MaxValue : count;
        var output = new StringBuilder();
        if (old.Length == 0)
        {
            List<string> parts = CodePoints.Split(text);
            budget.ChargeText(text.Length + Math.Min(most, parts.Count + 1L) * replacement.Length);
            for (int i = 0; i <= parts.Count; i++)
                output.Append(i < most ? replacement : string.Empty).Append(i < parts.Count ? parts[i] : string.Empty);
            return output.ToString();
        }

        budget.ChargeText(text.Length + Math.Min(most, Count(text, old)) * (long)Math.Max(replacement.Length - old.Length, 0));
        int from = 0;
        for (long done = 0; done < most; done++)
        {
            int at = text.IndexOf(old, from, StringComparison.Ordinal);
            if (at < 0)
                break;
            output.Append(text, from, at - from).Append(replacement);
            from = at + old.Length;
        }

        return output.Append(text, from, text.Length - from).ToString();
    }

    /// <summary><c>separator.join(items)</c>: the items must be text.</summary>
    public static string Join(string separator, IReadOnlyList<object?> items, RenderBudget budget)
    {
        long length = 0;
        foreach (object? item in items)
            length += item is string text ? text.Length + separator.Length : throw new TemplateValueException($"str.join joins text only, not '{PythonText.TypeName(item)}'");
        budget.ChargeText(length);
        return string.Join(separator, items);
    }

    /// <summary>First letter upper, the rest lower.</summary>
    public static string Capitalize(string text)
    {
        if (text.Length == 0)
            return text;
        int first = char.IsHighSurrogate(text[0]) && text.Length > 1 ? 2 : 1;
        return text[..first].ToUpperInvariant() + text[first..].ToLowerInvariant();
    }

    /// <summary>A method without arguments.</summary>
    private static Func<string, Arguments, RenderBudget, object?> Plain(Func<string, object?> apply) => (text, arguments, _) =>
    {
        arguments.Expect();
        return apply(text);
    };

    private static string Title(string text)
    {
        var output = new StringBuilder(text.Length);
        bool inWord = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            output.Append(inWord ? Rune.ToLowerInvariant(rune) : Rune.ToUpperInvariant(rune));
            inWord = Rune.IsLetter(rune);
        }

        return output.ToString();
    }

    private static string? Characters(Arguments arguments) => arguments.Expect("chars").Get("chars") is null ? null : arguments.Text("chars");

    private static bool Any(Arguments arguments, string name, Func<string, bool> holds) =>
        arguments.Expect(name).Required(name) is TemplateSequence { IsTuple: true } options
            ? options.Items.Any(option => option is string text && holds(text))
            : holds(arguments.Text(name));

    private static string RemovePrefix(string text, string prefix) => text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : text;

    private static string RemoveSuffix(string text, string suffix) => text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text;

    private static object RequiredIndex(string text, string part) =>
        text.IndexOf(part, StringComparison.Ordinal) is >= 0 and var at ? Index(text, at) : throw new TemplateValueException("the substring is not in the text");

    private static object Index(string text, int utf16Index) => utf16Index < 0 ? -1L : (long)CodePoints.Length(text[..utf16Index]);

    private static int Count(string text, string part)
    {
        if (part.Length == 0)
            return CodePoints.Length(text) + 1;
        int count = 0;
        for (int at = 0; (at = text.IndexOf(part, at, StringComparison.Ordinal)) >= 0; at += part.Length)
            count++;
        return count;
    }

    private static object All(string text, Func<Rune, bool> holds)
    {
        foreach (Rune rune in text.EnumerateRunes())
            if (!holds(rune))
                return false;
        return text.Length > 0;
    }

    private static bool IsCase(string text, Func<Rune, bool> wanted, Func<Rune, bool> unwanted)
    {
        bool any = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (unwanted(rune))
                return false;
            any |= wanted(rune);
        }

        return any;
    }

    private static int Width(Arguments arguments, RenderBudget budget)
    {
        long width = Math.Max(arguments.Integer("width"), 0);
        budget.ChargeText(width);
        return (int)width;
    }

    private static string ZeroFill(string text, int width)
    {
        int sign = text.Length > 0 && text[0] is '-' or '+' ? 1 : 0;
        return text[..sign] + text[sign..].PadLeft(Math.Max(width - sign, 0), '0');
    }

    /// <summary>CPython puts the odd space to the left where both the padding and the width are odd.</summary>
    public static string Center(string text, int width)
    {
        int padding = width - CodePoints.Length(text);
        if (padding <= 0)
            return text;
        int left = padding / 2 + (padding & width & 1);
        return new string(' ', left) + text + new string(' ', padding - left);
    }
}
