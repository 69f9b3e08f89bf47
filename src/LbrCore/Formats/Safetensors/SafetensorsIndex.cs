using System.Text.Json;

namespace LbrCore.Formats.Safetensors;

/// <summary>The index of a sharded checkpoint, <c>model.safetensors.index.json</c>: which shard holds which tensor.</summary>
internal sealed class SafetensorsIndex
{
    public const string FileName = "model.safetensors.index.json";

    private const int MaxBytes = 100_000_000;

    private SafetensorsIndex(string source, Dictionary<string, string> weightMap)
    {
        Source = source;
        WeightMap = weightMap;
        Shards = [.. weightMap.Values.Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>Path of the index, for messages.</summary>
    public string Source { get; }

    /// <summary>Tensor name to shard file name.</summary>
    public IReadOnlyDictionary<string, string> WeightMap { get; }

    /// <summary>Shard file names, each once, sorted.</summary>
    public IReadOnlyList<string> Shards { get; }

    /// <summary>Reads and checks an index. The shards themselves are not touched.</summary>
    /// <exception cref="SafetensorsException">The index cannot be read, breaks the format, or names a file outside its folder.</exception>
    public static SafetensorsIndex Load(string path)
    {
        try
        {
            return Parse(BoundedFile.ReadAllBytes(path, MaxBytes), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SafetensorsException($"{path}: cannot be read: {e.Message}", e);
        }
    }

    internal static SafetensorsIndex Parse(ReadOnlyMemory<byte> json, string source)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 16, AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("weight_map"u8, out JsonElement map)
                || map.ValueKind != JsonValueKind.Object)
            {
                throw new SafetensorsException($"{source}: there is no object 'weight_map'.");
            }

            var weightMap = new Dictionary<string, string>();
            foreach (JsonProperty entry in map.EnumerateObject())
                weightMap.Add(entry.Name, ShardName(entry, source));
            return weightMap.Count > 0 ? new SafetensorsIndex(source, weightMap) : throw new SafetensorsException($"{source}: 'weight_map' is empty.");
        }
        catch (JsonException e)
        {
            throw new SafetensorsException($"{source}: not well-formed JSON: {Quoting.Clean(e.Message)}", e);
        }
        catch (InvalidOperationException e)
        {
            // Names that are not UTF-8 or hold lone surrogates surface when they are turned into strings.
            throw new SafetensorsException($"{source}: a name in 'weight_map' is not valid Unicode.", e);
        }
    }

    /// <summary>A shard must be a plain file name: an index comes with a download and must not reach other files of the machine.</summary>
    private static string ShardName(JsonProperty entry, string source)
    {
        string? shard = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString() : null;
        bool plain = shard is { Length: > 0 and <= 255 }
            && shard.EndsWith(".safetensors", StringComparison.Ordinal)
            && shard.AsSpan().IndexOfAny("/\\:") < 0
            && !shard.Any(char.IsControl);
        return plain
            ? shard!
            : throw new SafetensorsException(
                $"{source}: tensor {Quoting.Quote(entry.Name)} is said to lie in {Quoting.Quote(shard ?? entry.Value.GetRawText())}, which is not the plain name of a .safetensors file beside the index.");
    }
}
