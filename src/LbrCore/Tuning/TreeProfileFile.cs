using System.Buffers;
using System.Text.Json;
using LbrCore.Evaluation;
using LbrCore.Formats;
using LbrCore.Formats.Configuration;
using LbrCore.Trees;

namespace LbrCore.Tuning;

/// <summary><c>tree-profile.json</c>.</summary>
internal static class TreeProfileFile
{
    /// <summary>Reads a profile.</summary>
    /// <exception cref="CheckpointException">The file is missing or malformed.</exception>
    public static TreeProfile Load(string path)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, TreeProfile.FileName) : path;
        if (!File.Exists(file)) throw new CheckpointException($"{file}: there is no such profile; 'lbr tune --model {path}' makes one.");
        ConfigSection json = ConfigFile.Load(file, TreeProfile.FileName);
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
            JsonElement root = document.RootElement;
            TreeMeasurement[] measurements = [.. root.GetProperty("measurements").EnumerateArray().Select(ReadMeasurement)];
            if (measurements.Length == 0) throw new CheckpointException($"{file}: it holds no measurement; make a new one with 'lbr tune'.");
            return new TreeProfile(json.Text("device") ?? "", json.Text("element_type") ?? "", json.RequiredNumber("budget"), measurements)
            {
                Task = json.Text("task"),
                Accuracies = root.TryGetProperty("accuracies", out JsonElement accuracies) ? [.. accuracies.EnumerateArray().Select(ReadAccuracy)] : [],
            };
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException or IOException)
        {
            throw new CheckpointException($"{file}: the measurements are malformed; make new ones with 'lbr tune'.", e);
        }
    }

    /// <summary>Writes a profile.</summary>
    /// <exception cref="CheckpointException">The file cannot be written.</exception>
    public static void Save(TreeProfile profile, string path)
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("device", profile.Device);
            json.WriteString("element_type", profile.ElementType);
            json.WriteNumber("budget", profile.Budget);
            json.WriteStartArray("measurements");
            foreach (TreeMeasurement measurement in profile.Measurements) Write(json, measurement);
            json.WriteEndArray();
            if (profile.Task is not null)
            {
                json.WriteString("task", profile.Task);
                json.WriteStartArray("accuracies");
                foreach (TreeAccuracy accuracy in profile.Accuracies) Write(json, accuracy);
                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        ConfigFile.Save(path, bytes.WrittenSpan);
    }

    private static TreeMeasurement ReadMeasurement(JsonElement json)
    {
        TreeChoice tree = ReadTree(json);
        double milliseconds = json.TryGetProperty("ms", out JsonElement time) ? time.GetDouble() : double.NaN;
        return new TreeMeasurement(
            tree.Width, tree.Depth, json.GetProperty("batch").GetInt32(), json.GetProperty("context").GetInt32(), milliseconds, json.GetProperty("plain_ms").GetDouble(), json.GetProperty("bytes").GetInt64())
        {
            AdaptiveEntropy = tree.AdaptiveEntropy,
        };
    }

    private static TreeAccuracy ReadAccuracy(JsonElement json) =>
        new(ReadTree(json), ReadInterval(json, "right"), ReadInterval(json, "gain"), json.GetProperty("problems").GetInt32(), json.GetProperty("rows_per_token").GetDouble());

    private static TreeChoice ReadTree(JsonElement json)
    {
        int width = json.GetProperty("width").GetInt32(), depth = json.GetProperty("depth").GetInt32();
        double entropy = json.TryGetProperty("adaptive", out JsonElement adaptive) ? adaptive.GetDouble() : 0;
        if (width < 1 || depth < 1 || TreeShape.MaximumNodes < depth || !(entropy >= 0)) throw new FormatException("A tree is out of range.");
        return new TreeChoice(width, depth, entropy);
    }

    // [estimate, low, high]
    private static Interval ReadInterval(JsonElement json, string name)
    {
        JsonElement values = json.GetProperty(name);
        if (values.GetArrayLength() != 3) throw new FormatException($"{name} is no interval.");
        return new Interval(values[0].GetDouble(), values[1].GetDouble(), values[2].GetDouble());
    }

    private static void Write(Utf8JsonWriter json, TreeMeasurement measurement)
    {
        json.WriteStartObject();
        Write(json, measurement.Tree);
        json.WriteNumber("batch", measurement.Batch);
        json.WriteNumber("context", measurement.Context);
        if (measurement.Fits) json.WriteNumber("ms", Math.Round(measurement.Milliseconds, 6));
        json.WriteNumber("plain_ms", Math.Round(measurement.PlainMilliseconds, 6));
        json.WriteNumber("bytes", measurement.Bytes);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TreeAccuracy accuracy)
    {
        json.WriteStartObject();
        Write(json, accuracy.Tree);
        Write(json, "right", accuracy.Share);
        Write(json, "gain", accuracy.Gain);
        json.WriteNumber("problems", accuracy.Problems);
        json.WriteNumber("rows_per_token", Math.Round(accuracy.RowsPerToken, 6));
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, TreeChoice tree)
    {
        json.WriteNumber("width", tree.Width);
        json.WriteNumber("depth", tree.Depth);
        if (tree.AdaptiveEntropy > 0) json.WriteNumber("adaptive", tree.AdaptiveEntropy);
    }

    private static void Write(Utf8JsonWriter json, string name, Interval interval)
    {
        json.WriteStartArray(name);
        foreach (double value in new[] { interval.Estimate, interval.Low, interval.High }) json.WriteNumberValue(Math.Round(value, 6));
        json.WriteEndArray();
    }
}
