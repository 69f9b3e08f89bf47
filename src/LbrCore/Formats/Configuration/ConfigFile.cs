using System.Text.Json;
using System.Text.Unicode;

namespace LbrCore.Formats.Configuration;

/// <summary>Reads and writes the small JSON files of a checkpoint folder.</summary>
internal static class ConfigFile
{
    /// <summary>Real ones have a few kilobytes; label maps of classifiers reach a megabyte.</summary>
    private const int MaxBytes = 16 << 20;

    /// <summary>Reads <paramref name="fileName"/> from a folder, or the file that <paramref name="path"/> names.</summary>
    public static ConfigSection Load(string path, string fileName)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string file = Directory.Exists(path) ? Path.Combine(path, fileName) : path;
        try
        {
            return Parse(BoundedFile.ReadAllBytes(file, MaxBytes), file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelConfigException($"{file}: cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Parses the text of such a file: one JSON object without duplicate names.</summary>
    public static ConfigSection Parse(ReadOnlyMemory<byte> utf8Json, string source)
    {
        // Checked once and for all, so that values can be quoted in messages; escapes of lone surrogates remain to be looked for.
        if (!Utf8.IsValid(utf8Json.Span))
            throw new ModelConfigException($"{source}: the text is not valid UTF-8.");
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8Json, new JsonDocumentOptions { MaxDepth = 32, AllowDuplicateProperties = false });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new ConfigSection(document.RootElement.Clone(), source, "")
                : throw new ModelConfigException($"{source}: the file holds a JSON {document.RootElement.ValueKind}, not an object.");
        }
        catch (JsonException e)
        {
            throw new ModelConfigException($"{source}: not well-formed JSON: {Quoting.Clean(e.Message)}", e);
        }
        catch (InvalidOperationException e)
        {
            // A name with a lone surrogate surfaces when duplicates are looked for.
            throw new ModelConfigException($"{source}: a name is not valid Unicode.", e);
        }
    }

    /// <summary>Replaces a file as a whole or not at all.</summary>
    public static void Save(string path, ReadOnlySpan<byte> bytes)
    {
        try
        {
            AtomicFile.WriteAllBytes(path, bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelConfigException($"{path}: cannot be written: {e.Message}", e);
        }
    }
}
