using System.Buffers;
using System.Text.Json;
using LbrCore.Formats;
using LbrCore.Formats.Configuration;

namespace LbrCore.Tuning;

/// <summary>What trees cost on a machine, and what slow-down is accepted: <c>tree-profile.json</c> in a model's folder, from which the tree is chosen.</summary>
/// <param name="Device">What was measured on.</param>
/// <param name="ElementType">What weights and activations were kept in.</param>
/// <param name="Budget">Slow-down that is accepted.</param>
/// <param name="Measurements">Every tree under every load.</param>
public sealed record TreeProfile(string Device, string ElementType, double Budget, IReadOnlyList<TreeMeasurement> Measurements)
{
    /// <summary>Name of the file in a model's folder.</summary>
    public const string FileName = "tree-profile.json";

    /// <summary>The tree with the most nodes that stays within the budget, of equals the faster; a single candidate, which is plain decoding, where none does.</summary>
    /// <param name="batch">Texts at the same time: the next larger batch that was measured counts, or else the largest.</param>
    /// <param name="context">Tokens before, likewise; null for the longest measured.</param>
    /// <exception cref="InvalidOperationException">Nothing was measured.</exception>
    public (int Width, int Depth) Recommend(int batch = 1, int? context = null)
    {
        if (Measurements.Count == 0) throw new InvalidOperationException("The profile holds no measurement.");
        int ofBatch = Nearest(Measurements.Select(m => m.Batch), batch);
        TreeMeasurement[] sameBatch = [.. Measurements.Where(m => m.Batch == ofBatch)];
        int ofContext = Nearest(sameBatch.Select(m => m.Context), context ?? int.MaxValue);
        TreeMeasurement? best = sameBatch.Where(m => m.Context == ofContext && m.Fits && m.SlowDown <= Budget).OrderByDescending(m => m.Nodes).ThenBy(m => m.Milliseconds).FirstOrDefault();
        return best is null ? (1, 1) : (best.Width, best.Depth);
    }

    /// <summary>Reads a profile.</summary>
    /// <param name="path">The file, or a folder that holds it.</param>
    /// <exception cref="CheckpointException">The file is missing or malformed.</exception>
    public static TreeProfile Load(string path)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, FileName) : path;
        if (!File.Exists(file)) throw new CheckpointException($"{file}: there is no such profile; 'lbr tune --model {path}' makes one.");
        ConfigSection json = ConfigFile.Load(file, FileName);
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
            TreeMeasurement[] measurements = [.. document.RootElement.GetProperty("measurements").EnumerateArray().Select(Read)];
            var profile = new TreeProfile(json.Text("device") ?? "", json.Text("element_type") ?? "", json.RequiredNumber("budget"), measurements);
            return measurements.Length > 0 ? profile : throw new CheckpointException($"{file}: it holds no measurement; make a new one with 'lbr tune'.");
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or IOException)
        {
            throw new CheckpointException($"{file}: the measurements are malformed; make new ones with 'lbr tune'.", e);
        }
    }

    /// <summary>Writes the profile; one that was there is whole until it is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">The file cannot be written.</exception>
    public void Save(string path)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("device", Device);
            json.WriteString("element_type", ElementType);
            json.WriteNumber("budget", Budget);
            json.WriteStartArray("measurements");
            foreach (TreeMeasurement measurement in Measurements) Write(json, measurement);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        ConfigFile.Save(path, bytes.WrittenSpan);
    }

    private static TreeMeasurement Read(JsonElement json)
    {
        double milliseconds = json.TryGetProperty("ms", out JsonElement time) ? time.GetDouble() : double.NaN;
        int width = json.GetProperty("width").GetInt32(), depth = json.GetProperty("depth").GetInt32();
        if (width < 1 || depth < 1 || Trees.TreeShape.MaximumNodes < depth) throw new FormatException("A tree is out of range.");
        return new TreeMeasurement(
            width, depth, json.GetProperty("batch").GetInt32(), json.GetProperty("context").GetInt32(), milliseconds, json.GetProperty("plain_ms").GetDouble(), json.GetProperty("bytes").GetInt64());
    }

    private static void Write(Utf8JsonWriter json, TreeMeasurement measurement)
    {
        json.WriteStartObject();
        json.WriteNumber("width", measurement.Width);
        json.WriteNumber("depth", measurement.Depth);
        json.WriteNumber("batch", measurement.Batch);
        json.WriteNumber("context", measurement.Context);
        if (measurement.Fits) json.WriteNumber("ms", Math.Round(measurement.Milliseconds, 6));
        json.WriteNumber("plain_ms", Math.Round(measurement.PlainMilliseconds, 6));
        json.WriteNumber("bytes", measurement.Bytes);
        json.WriteEndObject();
    }

    private static int Nearest(IEnumerable<int> measured, int wanted)
    {
        int[] values = [.. measured.Distinct().Order()];
        return values.FirstOrDefault(value => value >= wanted, values[^1]);
    }
}
