using System.Text.Json;
using LbrCore.Decoding;

namespace LbrCore.Trees;

/// <summary>Reads traces that <see cref="TraceWriter"/>, or anyone who keeps to its format, has written.</summary>
public static class TraceReader
{
    // A step of 64 nodes has some kilobytes; with supports, some hundreds.
    private const int LongestLine = 1 << 26;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is no trace; the message names the line and what is wrong with it.</exception>
    public static Trace Read(string path)
    {
        TraceHeader? header = null;
        var steps = new List<TreeStep>();
        var nodes = new HashSet<int>();
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                if (line.Length > LongestLine) throw new InvalidDataException($"it has {line.Length} characters; a step has at most {LongestLine}");
                using JsonDocument document = JsonDocument.Parse(line);
                JsonElement root = document.RootElement;
                if (header is null) header = Header(root);
                else steps.Add(Step(root, nodes));
            }
            catch (Exception exception) when (exception is JsonException or InvalidDataException or InvalidOperationException or FormatException or KeyNotFoundException or ArgumentException)
            {
                throw new InvalidDataException($"{path}, line {number}: {exception.Message}", exception);
            }
        }

        return new Trace(header ?? throw new InvalidDataException($"{path} is empty; a trace starts with a line that has prompt_ids, model and options."), steps);
    }

    private static TraceHeader Header(JsonElement root)
    {
        JsonElement options = Member(root, "options");
        return new TraceHeader
        {
            PromptIds = Ids(root, "prompt_ids"),
            Model = Member(root, "model").GetString() ?? "",
            ElementType = options.TryGetProperty("type", out JsonElement type) ? type.GetString() ?? "F32" : "F32",
            Width = Member(options, "width").GetInt32(),
            Depth = Member(options, "depth").GetInt32(),
            Router = Optional(options, "router", element => element.GetString(), null) ?? "random",
            Route = Optional(options, "route", element => element.GetString(), null) == "argmax" ? RouteRule.Best : RouteRule.Sample,
            RouteTemperature = Optional(options, "route_temperature", element => element.GetDouble(), 1),
            Siblings = Optional(options, "siblings", element => element.GetString(), null) == "distinct" ? SiblingSampling.Distinct : SiblingSampling.Independent,
            SiblingBias = Optional(options, "sibling_bias", element => element.GetBoolean(), false),
            Number = Optional(options, "number", element => element.GetUInt32(), 0u),
            Sampling = new SamplingOptions
            {
                Temperature = Optional(options, "temperature", element => element.GetDouble(), 1),
                TopK = Optional(options, "top_k", element => element.GetInt32(), 0),
                TopP = Optional(options, "top_p", element => element.GetDouble(), 1),
                MinP = Optional(options, "min_p", element => element.GetDouble(), 0),
                Seed = Optional(options, "seed", element => element.GetUInt64(), 0ul),
            },
        };
    }

    private static TreeStep Step(JsonElement root, HashSet<int> known)
    {
        var grown = new List<GrownNode>();
        foreach (JsonElement node in Member(root, "grown").EnumerateArray())
        {
            grown.Add(new GrownNode(Member(node, "id").GetInt32(), Member(node, "parent").GetInt32(), Member(node, "depth").GetInt32(), Member(node, "token").GetInt32(), Member(node, "logp").GetSingle())
            {
                DrawLogProbability = Optional<float?>(node, "draw_logp", element => element.GetSingle(), null),
            });
            if (grown[^1].Parent != -1 && !known.Contains(grown[^1].Parent)) throw new InvalidDataException($"node {grown[^1].Id} hangs below {grown[^1].Parent}, which no line before it has grown");
            if (!known.Add(grown[^1].Id)) throw new InvalidDataException($"node {grown[^1].Id} is grown twice");
        }

        var step = new TreeStep
        {
            Step = Member(root, "step").GetInt32(),
            PrefixLength = Member(root, "prefix_length").GetInt32(),
            Grown = grown,
            Slots = Ids(root, "slots"),
            RouterLogProbabilities = [.. Member(root, "router_logp").EnumerateArray().Select(value => value.GetSingle())],
            Chosen = Member(root, "chosen").GetInt32(),
            Committed = Member(root, "committed").GetInt32(),
            Supports = root.TryGetProperty("supports", out JsonElement supports)
                ? [.. supports.EnumerateArray().Select(support => new KeptSupport(Member(support, "parent").GetInt32(), Member(support, "count").GetInt32(), Ids(support, "tokens")))]
                : [],
        };
        foreach (int slot in step.Slots)
            if (!known.Contains(slot)) throw new InvalidDataException($"slot {slot} is no node that was grown");
        if (step.Chosen < 0 || step.Chosen >= step.Slots.Count) throw new InvalidDataException($"chosen is {step.Chosen}; there are {step.Slots.Count} slots");
        if (step.RouterLogProbabilities.Count != step.Slots.Count) throw new InvalidDataException($"router_logp has {step.RouterLogProbabilities.Count} values for {step.Slots.Count} slots");
        return step;
    }

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement member) ? member : throw new InvalidDataException($"'{name}' is missing");

    private static TValue Optional<TValue>(JsonElement element, string name, Func<JsonElement, TValue> read, TValue otherwise) =>
        element.TryGetProperty(name, out JsonElement member) && member.ValueKind != JsonValueKind.Null ? read(member) : otherwise;

    private static int[] Ids(JsonElement element, string name) => [.. Member(element, name).EnumerateArray().Select(id => id.GetInt32())];
}
