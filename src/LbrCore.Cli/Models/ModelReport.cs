using System.Globalization;
using System.Text.Json;
using LbrCore.Cli.Terminal;
using LbrCore.Decoding;
using LbrCore.Formats;
using LbrCore.Formats.Configuration;
using LbrCore.Formats.Safetensors;
using LbrCore.Formats.Tokenization;
using LbrCore.Model;

namespace LbrCore.Cli.Models;

/// <summary>What <c>lbr info</c> shows.</summary>
internal sealed class ModelReport
{
    private const int UsualContext = 4096;

    private readonly string _folder;
    private readonly ModelConfig _config;
    private readonly GenerationConfig _generation;
    private readonly SafetensorsModel? _weights;
    private readonly IReadOnlyList<string> _unused;
    private readonly int? _tokens;
    private readonly TensorDtype _type;
    private readonly int _batch;
    private readonly int _context;
    private readonly MemoryPlan _memory;

    private ModelReport(string folder, ModelConfig config, SafetensorsModel? weights, TensorDtype? type, int batch, int? context)
    {
        _folder = folder;
        _config = config;
        _weights = weights;
        _generation = GenerationConfig.LoadOrDefault(folder, config);
        _unused = weights is null ? [] : CheckpointTensors.Verify(weights, config);
        _tokens = PromptEncoder.HasTokenizer(folder) ? Tokenizer.Load(folder).VocabularySize : null;
        _type = type ?? config.Dtype ?? TensorDtype.BF16;
        _batch = batch;
        _context = context ?? Math.Min(UsualContext, config.MaxPositionEmbeddings);
        _memory = PlainDecoder.Plan(config, _type, new SessionOptions { Sequences = batch, ContextLength = _context });
    }

    /// <summary>Reads what there is; the weights may be absent, but if present they must fit the config.</summary>
    public static ModelReport Of(string folder, TensorDtype? type, int batch, int? context)
    {
        ModelConfig config = ModelConfig.Load(folder);
        bool hasWeights = Directory.EnumerateFiles(folder, "*.safetensors").Any();
        using SafetensorsModel? weights = hasWeights ? SafetensorsModel.Open(folder) : null;
        return new ModelReport(folder, config, weights, type, batch, context);
    }

    /// <summary>For a person.</summary>
    public IReadOnlyCollection<(string Name, string Value)> ToFields()
    {
        ModelConfig c = _config;
        var fields = new List<(string, string)>
        {
            ("model", _folder),
            ("architecture", $"{c.Architecture}, {c.NumHiddenLayers} layers, hidden size {c.HiddenSize}, feed-forward {c.IntermediateSize}"),
            ("attention", $"{c.NumAttentionHeads} query heads, {c.NumKeyValueHeads} key-value heads of {c.HeadDim}{(c.HasQkvBias ? ", bias" : "")}{(c.HasQueryKeyNorm ? ", query and key norm" : "")}"),
            ("positions", $"{c.MaxPositionEmbeddings}, rope theta {c.RopeTheta.ToString(CultureInfo.InvariantCulture)}{(c.RopeScaling is null ? "" : ", Llama 3 scaling")}"),
            ("vocabulary", $"{c.VocabSize} tokens{(c.TieWordEmbeddings ? ", embeddings tied" : "")}; {(_tokens is { } tokens ? $"the tokenizer has {tokens}" : "no tokenizer")}"),
            ("parameters", $"{Format.Whole(Parameters)} ({Format.Fixed(Parameters / 1e9, 2)} billion)"),
            ("weights", _weights is null ? "none in the folder" : $"{Format.Bytes(_weights.ByteLength)} in {_weights.Tensors.Count} tensors of {string.Join(", ", StoredTypes)}"),
            ("stop tokens", _generation.EosTokenIds.Count == 0 ? "none" : string.Join(", ", _generation.EosTokenIds)),
            ("sampling", Sampling()),
            ("memory", $"{Format.Bytes(_memory.TotalBytes)} in {_type.Name()} for {_batch} {(_batch == 1 ? "text" : "texts")} of {_context} tokens:\n{string.Join("\n", _memory.Parts.Select(part => $"{Format.Bytes(part.Bytes)} {part.Name}"))}"),
        };
        if (_unused.Count > 0) fields.Add(("unused", $"{_unused.Count} tensors that the config does not call for, first {_unused[0]}"));
        return fields;
    }

    /// <summary>For a program.</summary>
    public string ToJson() => Json.Indented(writer =>
    {
        ModelConfig c = _config;
        writer.WriteStartObject();
        writer.WriteString("model", _folder);
        writer.WriteString("architecture", c.Architecture.ToString());
        writer.WriteNumber("layers", c.NumHiddenLayers);
        writer.WriteNumber("hiddenSize", c.HiddenSize);
        writer.WriteNumber("intermediateSize", c.IntermediateSize);
        writer.WriteNumber("queryHeads", c.NumAttentionHeads);
        writer.WriteNumber("keyValueHeads", c.NumKeyValueHeads);
        writer.WriteNumber("headDim", c.HeadDim);
        writer.WriteNumber("maxPositions", c.MaxPositionEmbeddings);
        writer.WriteNumber("vocabulary", c.VocabSize);
        writer.WriteBoolean("tiedEmbeddings", c.TieWordEmbeddings);
        writer.WriteNumber("parameters", Parameters);
        JsonIds.Write(writer, "stopTokens", _generation.EosTokenIds);
        WriteMemory(writer);
        writer.WriteEndObject();
    });

    private long Parameters => CheckpointTensors.ParameterCount(_config);

    private IEnumerable<string> StoredTypes => _weights!.Tensors.Select(tensor => tensor.Dtype.Name()).Distinct();

    private string Sampling()
    {
        SamplingOptions sampling = SamplingOptions.From(_generation);
        return sampling.Temperature == 0 ? "greedy" : string.Create(CultureInfo.InvariantCulture, $"temperature {sampling.Temperature}, top-k {sampling.TopK}, top-p {sampling.TopP}, min-p {sampling.MinP}");
    }

    private void WriteMemory(Utf8JsonWriter writer)
    {
        writer.WriteStartObject("memory");
        writer.WriteString("type", _type.Name());
        writer.WriteNumber("batch", _batch);
        writer.WriteNumber("context", _context);
        writer.WriteNumber("bytes", _memory.TotalBytes);
        foreach (MemoryPlan.Part part in _memory.Parts) writer.WriteNumber(part.Name, part.Bytes);
        writer.WriteEndObject();
    }
}
