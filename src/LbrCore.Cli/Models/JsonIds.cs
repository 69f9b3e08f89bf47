using System.Text.Json;

namespace LbrCore.Cli.Models;

/// <summary>Lists of token ids in JSON.</summary>
internal static class JsonIds
{
    /// <summary>Writes a list as a member.</summary>
    public static void Write(Utf8JsonWriter writer, string name, IEnumerable<int> ids)
    {
        writer.WriteStartArray(name);
        foreach (int id in ids) writer.WriteNumberValue(id);
        writer.WriteEndArray();
    }
}
