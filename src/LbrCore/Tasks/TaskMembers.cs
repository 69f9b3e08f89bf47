using System.Text.Json;
using LbrCore.Formats;

namespace LbrCore.Tasks;

/// <summary>Reads the members of a task's configuration, and in the end refuses those that nobody asked for: a misspelt one would otherwise be passed over.</summary>
internal sealed class TaskMembers(JsonElement element)
{
    private readonly List<string> _known = [];

    /// <summary>A whole number.</summary>
    public int Number(string name, int otherwise) => Find(name) is not { } value ? otherwise
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number
        : throw Wrong(name, value, "a whole number");

    /// <summary>True or false.</summary>
    public bool Flag(string name, bool otherwise) => Find(name) is not { } value ? otherwise
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw Wrong(name, value, "true or false");

    /// <summary>A text.</summary>
    public string? Text(string name) => Find(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw Wrong(name, value, "a text");

    /// <summary>Refuses members that were not read.</summary>
    /// <exception cref="InvalidDataException">There is one.</exception>
    public void RefuseOthers()
    {
        foreach (JsonProperty property in element.EnumerateObject())
            if (!_known.Contains(property.Name))
                throw new InvalidDataException($"The task has no member {Quoting.Quote(property.Name)}; it has {string.Join(", ", _known)}.");
    }

    private JsonElement? Find(string name)
    {
        _known.Add(name);
        return element.TryGetProperty(name, out JsonElement value) ? value : null;
    }

    private static InvalidDataException Wrong(string name, JsonElement value, string expected) =>
        new($"'{name}' of the task is {Quoting.Clean(value.GetRawText())}; it should be {expected}.");
}
