using System.Text;
using System.Text.Json;

namespace LbrCore.Cli.Terminal;

/// <summary>Writes JSON with the writer, so that nothing needs reflection.</summary>
internal static class Json
{
    /// <summary>An indented document, written by a delegate, with a newline at its end.</summary>
    public static string Indented(Action<Utf8JsonWriter> write) => Write(write, indented: true) + "\n";

    /// <summary>A document on one line, without a newline.</summary>
    public static string OneLine(Action<Utf8JsonWriter> write) => Write(write, indented: false);

    private static string Write(Action<Utf8JsonWriter> write, bool indented)
    {
        using var stream = new MemoryStream();
        var options = new JsonWriterOptions { Indented = indented, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var writer = new Utf8JsonWriter(stream, options)) write(writer);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }
}
