using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>Values of .NET and of JSON as values of a template.</summary>
internal static class ValueConversion
{
    /// <summary>A value as a template sees it.</summary>
    /// <exception cref="ArgumentException">The value, or one inside it, has a type that templates do not know, or is nested too deeply.</exception>
    public static object? From(object? value, int depth = 0)
    {
        if (depth > RenderBudget.MaximumValueDepth)
            throw new ArgumentException($"A value for a chat template is nested more than {RenderBudget.MaximumValueDepth} deep; does it hold itself?");
        switch (value)
        {
            case null or bool or long or double or string or BigInteger:
                return value;
            case int or short or byte or uint:
                return Convert.ToInt64(value, CultureInfo.InvariantCulture);
            case float single:
                return (double)single;
            case JsonElement json:
                return FromJson(json, depth);
            case ChatMessage message:
                return From(message.Members, depth);
            case IReadOnlyDictionary<string, object?> members:
                return Mapping(members, depth);
            case IReadOnlyDictionary<string, string> members:
                return Mapping(members.Select(member => KeyValuePair.Create(member.Key, (object?)member.Value)), depth);
            case IEnumerable items:
                var list = new List<object?>();
                foreach (object? item in items)
                    list.Add(From(item, depth + 1));
                return new TemplateSequence(list);
            default:
                throw new ArgumentException(
                    $"A value of type {value.GetType().Name} cannot be given to a chat template; use text, numbers, booleans, lists, dictionaries with text keys, or JsonElement.");
        }
    }

    private static TemplateMapping Mapping(IEnumerable<KeyValuePair<string, object?>> members, int depth)
    {
        var mapping = new TemplateMapping();
        foreach ((string key, object? member) in members)
            mapping.Set(key, From(member, depth + 1));
        return mapping;
    }

    private static object? FromJson(JsonElement json, int depth)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                return Mapping(json.EnumerateObject().Select(member => KeyValuePair.Create(member.Name, (object?)member.Value)), depth);
            case JsonValueKind.Array:
                return new TemplateSequence([.. json.EnumerateArray().Select(item => From(item, depth + 1))]);
            case JsonValueKind.String:
                return json.GetString();
            case JsonValueKind.Number:
                return Number(json.GetRawText());
            case JsonValueKind.True or JsonValueKind.False:
                return json.ValueKind == JsonValueKind.True;
            default:
                return null;
        }
    }

    /// <summary>An integer stays one, however large; a number with a point or an exponent is a double, as Python reads it.</summary>
    private static object Number(string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long integer))
            return integer;
        return text.AsSpan().IndexOfAny('.', 'e', 'E') < 0 && text.Length < 1000
            ? BigInteger.Parse(text, CultureInfo.InvariantCulture)
            : double.Parse(text, CultureInfo.InvariantCulture);
    }
}
