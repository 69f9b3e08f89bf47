using System.Text.Json;

namespace LbrCore.Formats.Configuration;

/// <summary>Typed access to one JSON object of a config file. Absent and <c>null</c> are the same unless said otherwise.</summary>
internal readonly struct ConfigSection(JsonElement element, string source, string prefix)
{
    /// <summary>Name of the file, for messages.</summary>
    public string Source => source;

    /// <summary>True where the field is there, even as <c>null</c>.</summary>
    public bool Has(string name) => element.TryGetProperty(name, out _);

    /// <summary>A 32-bit integer; fractions such as 2.0 are refused, as they are a sign of a broken exporter.</summary>
    public int? Integer(string name)
    {
        if (!TryGet(name, out JsonElement value))
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number)
            ? number
            : throw Invalid(name, value, "an integer of 32 bits");
    }

    /// <summary>An integer that must be there.</summary>
    public int RequiredInteger(string name) => Integer(name) ?? throw Missing(name);

    /// <summary>A finite number.</summary>
    public double? Number(string name)
    {
        if (!TryGet(name, out JsonElement value))
            return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number)
            ? number
            : throw Invalid(name, value, "a number");
    }

    /// <summary>A number that must be there.</summary>
    public double RequiredNumber(string name) => Number(name) ?? throw Missing(name);

    /// <summary>A truth value.</summary>
    public bool? Flag(string name)
    {
        if (!TryGet(name, out JsonElement value))
            return null;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Invalid(name, value, "true or false");
    }

    /// <summary>A string.</summary>
    public string? Text(string name) => TryGet(name, out JsonElement value) ? Text(name, value) : null;

    /// <summary>A list of strings, or null.</summary>
    public string[]? Texts(string name)
    {
        if (!TryGet(name, out JsonElement value))
            return null;
        if (value.ValueKind != JsonValueKind.Array)
            throw Invalid(name, value, "a list of strings");
        var texts = new List<string>();
        foreach (JsonElement item in value.EnumerateArray())
            texts.Add(Text(name, item));
        return [.. texts];
    }

    /// <summary>One token id or a list of them; none where the field is absent. Ids are not negative.</summary>
    public TokenIds Ids(string name)
    {
        if (!TryGet(name, out JsonElement value))
            return TokenIds.None;
        if (value.ValueKind != JsonValueKind.Array)
            return [Id(name, value)];
        var ids = new List<int>();
        foreach (JsonElement item in value.EnumerateArray())
            ids.Add(Id(name, item));
        return [.. ids];
    }

    /// <summary>An object inside this one, or null.</summary>
    public ConfigSection? Section(string name)
    {
        if (!TryGet(name, out JsonElement value))
            return null;
        return value.ValueKind == JsonValueKind.Object ? new ConfigSection(value, source, Path(name) + ".") : throw Invalid(name, value, "an object");
    }

    /// <summary>The error of a field that asks for what this library does not do.</summary>
    public ModelConfigException Unsupported(string name, string value, string supported) =>
        new($"{source}: {Path(name)} is {Quoting.Clean(value)}, which is not supported; {supported}.");

    /// <summary>The error of a field that must be there.</summary>
    public ModelConfigException Missing(string name) => new($"{source}: {Path(name)} is missing.");

    private bool TryGet(string name, out JsonElement value) =>
        element.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;

    private string Text(string name, JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Invalid(name, value, "a string");
        }
        catch (InvalidOperationException e)
        {
            throw new ModelConfigException($"{source}: {Path(name)} is not valid Unicode.", e);
        }
    }

    private int Id(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int id) && id >= 0
            ? id
            : throw Invalid(name, value, "a token id, a number from 0");

    private ModelConfigException Invalid(string name, JsonElement value, string expected) =>
        new($"{source}: {Path(name)} is {Quoting.Clean(value.GetRawText())}, expected {expected}.");

    private string Path(string name) => prefix + name;
}
