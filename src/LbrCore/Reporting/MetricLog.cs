using System.Buffers;
using System.Text.Json;
using LbrCore.Formats;

namespace LbrCore.Reporting;

/// <summary>A log of numbers as a file of JSON lines, each complete as soon as it is written.</summary>
/// <remarks>
/// A line is <c>{"kind":"train","step":12,"time":3.25,"loss":0.41}</c>; time is in seconds since the log was opened. Numbers that are not finite are null. A run that was killed
/// leaves at most its last line torn; readers pass it over, and <see cref="Resume"/> takes back what came after the checkpoint, so that no step is there twice.
/// </remarks>
public sealed class MetricLog : IDisposable
{
    private static readonly string[] s_own = ["kind", "step", "time"];

    private readonly FileStream _file;
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly Utf8JsonWriter _json;
    private readonly long _opened = TimeProvider.System.GetTimestamp();

    private MetricLog(string path, FileMode mode)
    {
        _file = new FileStream(path, mode, FileAccess.Write, FileShare.Read, bufferSize: 0);
        _json = new Utf8JsonWriter(_line);
    }

    /// <summary>Begins a log; what was there is replaced.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The folder does not exist or the disk is full.</exception>
    public static MetricLog Create(string path) => new(path, FileMode.Create);

    /// <summary>Goes on with a log after a step, or begins one where there is none. Lines of later steps are dropped, and so is a torn one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="lastStep">The last step to keep.</param>
    /// <exception cref="IOException">The folder does not exist or the disk is full.</exception>
    public static MetricLog Resume(string path, long lastStep)
    {
        if (!File.Exists(path)) return Create(path);
        using var kept = new MemoryStream();
        foreach (string line in File.ReadLines(path))
        {
            if (Parse(line) is not { } record || record.Step > lastStep) continue;
            kept.Write(System.Text.Encoding.UTF8.GetBytes(line));
            kept.WriteByte((byte)'\n');
        }

        AtomicFile.WriteAllBytes(path, kept.ToArray());
        return new MetricLog(path, FileMode.Append);
    }

    /// <summary>The records of a log, in their order.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">There is no such file.</exception>
    public static IReadOnlyList<MetricRecord> Read(string path) => [.. File.ReadLines(path).Select(Parse).OfType<MetricRecord>()];

    /// <summary>Writes a line.</summary>
    /// <param name="kind">What writes it.</param>
    /// <param name="step">The step.</param>
    /// <param name="values">The numbers by name; none named <c>kind</c>, <c>step</c> or <c>time</c>.</param>
    /// <exception cref="ArgumentException">A name is one of the log's own.</exception>
    /// <exception cref="IOException">The disk is full.</exception>
    public void Write(string kind, long step, params ReadOnlySpan<(string Name, double Value)> values)
    {
        _line.ResetWrittenCount();
        _json.Reset(_line);
        _json.WriteStartObject();
        _json.WriteString("kind", kind);
        _json.WriteNumber("step", step);
        _json.WriteNumber("time", Math.Round(TimeProvider.System.GetElapsedTime(_opened).TotalSeconds, 3));
        foreach ((string name, double value) in values)
        {
            if (s_own.Contains(name)) throw new ArgumentException($"'{name}' is written by the log itself; give the number another name.", nameof(values));
            if (double.IsFinite(value)) _json.WriteNumber(name, value);
            else _json.WriteNull(name);
        }

        _json.WriteEndObject();
        _json.Flush();
        _line.Write("\n"u8);
        // One write for a whole line: a reader never sees half of one while the run lives.
        _file.Write(_line.WrittenSpan);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _json.Dispose();
        _file.Dispose();
    }

    private static MetricRecord? Parse(string line)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("step", out JsonElement step) || !step.TryGetInt64(out long number)) return null;
            var values = new List<(string, double)>();
            foreach (JsonProperty property in root.EnumerateObject())
            {
                if (property.Name is "kind" or "step") continue;
                if (property.Value.ValueKind == JsonValueKind.Number) values.Add((property.Name, property.Value.GetDouble()));
                else if (property.Value.ValueKind == JsonValueKind.Null) values.Add((property.Name, double.NaN));
            }

            return new MetricRecord(root.TryGetProperty("kind", out JsonElement kind) ? kind.ToString() : "", number, values);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
