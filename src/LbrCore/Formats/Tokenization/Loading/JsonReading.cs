using System.Text.Json;

namespace LbrCore.Formats.Tokenization.Loading;

/// <summary>Typed access to JSON members whose errors name the place and the value.</summary>
internal static class JsonReading
{
    /// <summary>The member, or null where it is absent or null.</summary>
    public static JsonElement? Member(this JsonElement element, string name, string where)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{where} must be an object, not {Describe(element)}.");
        return element.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    /// <summary>A member that must be there.</summary>
    public static JsonElement Required(this JsonElement element, string name, string where) =>
        element.Member(name, where) ?? throw new InvalidDataException($"{where} lacks '{name}'.");

    /// <summary>A boolean member, or a default where it is absent or null.</summary>
    public static bool Boolean(this JsonElement element, string name, bool otherwise, string where) => element.Member(name, where) switch
    {
        null => otherwise,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        JsonElement other => throw new InvalidDataException($"'{name}' of {where} must be true or false, not {Describe(other)}."),
    };

    /// <summary>A string member that must be there.</summary>
    public static string Text(this JsonElement element, string name, string where) =>
        element.Required(name, where).AsText($"'{name}' of {where}");

    /// <summary>An integer member that must be there.</summary>
    public static long Integer(this JsonElement element, string name, string where) =>
        element.Required(name, where).AsInteger($"'{name}' of {where}");

    /// <summary>The element as a string.</summary>
    public static string AsText(this JsonElement element, string where) =>
        element.ValueKind == JsonValueKind.String ? element.GetString()! : throw new InvalidDataException($"{where} must be a string, not {Describe(element)}.");

    /// <summary>The element as an integer.</summary>
    public static long AsInteger(this JsonElement element, string where) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out long value)
            ? value
            : throw new InvalidDataException($"{where} must be an integer, not {Describe(element)}.");

    /// <summary>The items of an array.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element, string where) =>
        element.ValueKind == JsonValueKind.Array ? element.EnumerateArray() : throw new InvalidDataException($"{where} must be an array, not {Describe(element)}.");

    private static string Describe(JsonElement element)
    {
        string text = element.GetRawText();
        return text.Length <= 60 ? text : text[..60] + "...";
    }
}
