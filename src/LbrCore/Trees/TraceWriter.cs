using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using LbrCore.Decoding;

namespace LbrCore.Trees;

/// <summary>Writes a trace as JSON lines: the header, then a line for each step. Every line is flushed, so that a trace that is cut short is whole up to there.</summary>
public sealed class TraceWriter : IDisposable
{
    private static readonly JsonWriterOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Stream _stream;
    private readonly Func<int, string>? _text;
    private readonly ArrayBufferWriter<byte> _line = new();

    /// <summary>Writes the header.</summary>
    /// <param name="stream">Where the lines go; disposed with the writer.</param>
    /// <param name="header">Prompt, model and options.</param>
    /// <param name="text">The text of a token, for readers; null where there is no tokenizer.</param>
    public TraceWriter(Stream stream, TraceHeader header, Func<int, string>? text = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(header);
        (_stream, _text) = (stream, text);
        Line(json => WriteHeader(json, header));
    }

    /// <summary>Writes a step.</summary>
    /// <param name="step">The step.</param>
    public void Write(TreeStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        Line(json => WriteStep(json, step));
    }

    /// <summary>Closes the stream.</summary>
    public void Dispose() => _stream.Dispose();

    internal static string NameOf(RouteRule rule) => rule == RouteRule.Best ? "argmax" : "sample";

    internal static string NameOf(SiblingSampling siblings) => siblings == SiblingSampling.Distinct ? "distinct" : "iid";

    private static void WriteHeader(Utf8JsonWriter json, TraceHeader header)
    {
        Ids(json, "prompt_ids", header.PromptIds);
        json.WriteString("model", header.Model);
        json.WriteStartObject("options");
        json.WriteString("type", header.ElementType);
        json.WriteNumber("width", header.Width);
        json.WriteNumber("depth", header.Depth);
        json.WriteString("router", header.Router);
        json.WriteString("route", NameOf(header.Route));
        json.WriteNumber("route_temperature", header.RouteTemperature);
        json.WriteString("siblings", NameOf(header.Siblings));
        json.WriteBoolean("sibling_bias", header.SiblingBias);
        json.WriteNumber("temperature", header.Sampling.Temperature);
        json.WriteNumber("top_k", header.Sampling.TopK);
        json.WriteNumber("top_p", header.Sampling.TopP);
        json.WriteNumber("min_p", header.Sampling.MinP);
        json.WriteNumber("seed", header.Sampling.Seed);
        json.WriteNumber("number", header.Number);
        json.WriteEndObject();
    }

    private void WriteStep(Utf8JsonWriter json, TreeStep step)
    {
        json.WriteNumber("step", step.Step);
        json.WriteNumber("prefix_length", step.PrefixLength);
        json.WriteStartArray("grown");
        foreach (GrownNode node in step.Grown) WriteNode(json, node);
        json.WriteEndArray();
        Ids(json, "slots", step.Slots);
        json.WriteStartArray("router_logp");
        foreach (float value in step.RouterLogProbabilities) json.WriteNumberValue(Finite(value));
        json.WriteEndArray();
        json.WriteNumber("chosen", step.Chosen);
        json.WriteNumber("committed", step.Committed);
        if (step.Supports.Count == 0) return;
        json.WriteStartArray("supports");
        foreach (KeptSupport support in step.Supports)
        {
            json.WriteStartObject();
            json.WriteNumber("parent", support.Parent);
            json.WriteNumber("count", support.Count);
            Ids(json, "tokens", support.Tokens);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteNode(Utf8JsonWriter json, GrownNode node)
    {
        json.WriteStartObject();
        json.WriteNumber("id", node.Id);
        json.WriteNumber("parent", node.Parent);
        json.WriteNumber("depth", node.Depth);
        json.WriteNumber("token", node.Token);
        json.WriteNumber("logp", Finite(node.LogProbability));
        if (node.DrawLogProbability is { } draw) json.WriteNumber("draw_logp", Finite(draw));
        if (_text is not null) json.WriteString("text", _text(node.Token));
        json.WriteEndObject();
    }

    // JSON has no infinity; a branch that the router excludes has the least number there is.
    private static float Finite(float value) => float.IsFinite(value) ? value : float.MinValue;

    private static void Ids(Utf8JsonWriter json, string name, IReadOnlyList<int> ids)
    {
        json.WriteStartArray(name);
        foreach (int id in ids) json.WriteNumberValue(id);
        json.WriteEndArray();
    }

    private void Line(Action<Utf8JsonWriter> members)
    {
        _line.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_line, s_json))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        _line.Write("\n"u8);
        _stream.Write(_line.WrittenSpan);
        _stream.Flush();
    }
}
