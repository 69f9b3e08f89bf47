using System.Text.Json;
using LbrCore.Cli.Terminal;

namespace LbrCore.Cli.Kernels;

/// <summary>Reads and writes <see cref="VerifiedManifest"/> as JSON.</summary>
internal static class ManifestFile
{
    private const int Format = 2;
    private const string RepositoryPath = "kernels/verified.json";

    /// <summary>The manifest that this program was built with.</summary>
    public static VerifiedManifest BuiltIn()
    {
        using Stream stream = typeof(ManifestFile).Assembly.GetManifestResourceStream("verified.json")
            ?? throw new InvalidOperationException("The manifest verified.json is not in this build.");
        return Read(stream, "the built-in manifest");
    }

    /// <summary>The manifest of the repository that the current folder lies in, or null outside of one.</summary>
    public static string? FindInRepository()
    {
        for (DirectoryInfo? folder = new(Directory.GetCurrentDirectory()); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "LbrCore.sln"))) return Path.Combine(folder.FullName, RepositoryPath);
        return null;
    }

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="InvalidDataException">The file is not a manifest.</exception>
    public static VerifiedManifest Read(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>Reads a manifest.</summary>
    /// <param name="stream">The JSON text.</param>
    /// <param name="name">How errors call it.</param>
    /// <exception cref="InvalidDataException">It is not a manifest.</exception>
    public static VerifiedManifest Read(Stream stream, string name)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(stream);
            JsonElement root = document.RootElement;
            int format = root.GetProperty("format").GetInt32();
            if (format != Format) throw new InvalidDataException($"{name} has format {format}, this lbr reads {Format}: take the lbr of the same commit.");
            var verified = new Dictionary<string, VerifiedKernel>();
            foreach (JsonProperty entry in root.GetProperty("verified").EnumerateObject()) verified.Add(entry.Name, ReadKernel(entry.Value));
            var unverified = new List<string>();
            foreach (JsonElement entry in root.GetProperty("unverified").EnumerateArray()) unverified.Add(entry.GetString() ?? throw new FormatException("a name is null"));
            return new VerifiedManifest(verified, unverified);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"{name} is no manifest of verified kernels ({exception.Message}): restore it from the repository.", exception);
        }
    }

    /// <summary>Writes a manifest, whole or not at all.</summary>
    public static void Write(VerifiedManifest manifest, string path)
    {
        string full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        string temporary = full + ".new";
        File.WriteAllText(temporary, ToJson(manifest));
        File.Move(temporary, full, overwrite: true);
    }

    /// <summary>The text: entries in order of their names, so that a rewrite changes only what changed.</summary>
    public static string ToJson(VerifiedManifest manifest) => Json.Indented(json =>
    {
        json.WriteStartObject();
        json.WriteNumber("format", Format);
        json.WriteStartArray("unverified");
        foreach (string name in manifest.Unverified) json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteStartObject("verified");
        foreach ((string name, VerifiedKernel kernel) in manifest.Verified) WriteKernel(json, name, kernel);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    private static VerifiedKernel ReadKernel(JsonElement entry) => new()
    {
        Ptx = Text(entry, "ptx"),
        Device = Text(entry, "device"),
        Driver = Text(entry, "driver"),
        Date = Text(entry, "date"),
        Cases = entry.GetProperty("cases").GetInt32(),
        Error = entry.GetProperty("error").GetDouble(),
        OfBound = entry.GetProperty("ofBound").GetDouble(),
        Registers = entry.GetProperty("registers").GetInt32(),
        LocalBytes = entry.GetProperty("localBytes").GetInt32(),
        SharedBytes = entry.GetProperty("sharedBytes").GetInt32(),
    };

    private static string Text(JsonElement entry, string name) => entry.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null");

    private static void WriteKernel(Utf8JsonWriter json, string name, VerifiedKernel kernel)
    {
        json.WriteStartObject(name);
        json.WriteString("ptx", kernel.Ptx);
        json.WriteString("device", kernel.Device);
        json.WriteString("driver", kernel.Driver);
        json.WriteString("date", kernel.Date);
        json.WriteNumber("cases", kernel.Cases);
        json.WriteNumber("error", kernel.Error);
        json.WriteNumber("ofBound", kernel.OfBound);
        json.WriteNumber("registers", kernel.Registers);
        json.WriteNumber("localBytes", kernel.LocalBytes);
        json.WriteNumber("sharedBytes", kernel.SharedBytes);
        json.WriteEndObject();
    }
}
