namespace LbrCore.Formats.Configuration;

/// <summary>The sampling defaults that a checkpoint recommends, from generation_config.json.</summary>
public sealed record GenerationConfig
{
    /// <summary>Name of the file in a checkpoint folder.</summary>
    public const string FileName = "generation_config.json";

    /// <summary><c>do_sample</c>: false asks for greedy decoding; null where the file does not say.</summary>
    public bool? DoSample { get; init; }

    /// <summary><c>temperature</c>, at least 0; null where the file does not say.</summary>
    public double? Temperature { get; init; }

    /// <summary><c>top_p</c>: probability mass kept, in (0, 1]; null where the file does not say.</summary>
    public double? TopP { get; init; }

    /// <summary><c>top_k</c>: candidates kept, 0 for all; null where the file does not say.</summary>
    public int? TopK { get; init; }

    /// <summary><c>min_p</c>: least probability relative to the largest, in [0, 1]; null where the file does not say.</summary>
    public double? MinP { get; init; }

    /// <summary><c>repetition_penalty</c>, above 0; null where the file does not say. Given so that a caller can say whether it is applied.</summary>
    public double? RepetitionPenalty { get; init; }

    /// <summary><c>bos_token_id</c>.</summary>
    public int? BosTokenId { get; init; }

    /// <summary><c>eos_token_id</c>: ids that end a text, one or a list.</summary>
    public TokenIds EosTokenIds { get; init; } = TokenIds.None;

    /// <summary>Reads generation_config.json from a folder; where it or its token ids are absent, the ids of config.json stand in.</summary>
    /// <param name="folder">A checkpoint folder.</param>
    /// <param name="config">The model's config.json.</param>
    /// <exception cref="ModelConfigException">The file is there but invalid.</exception>
    public static GenerationConfig LoadOrDefault(string folder, ModelConfig config)
    {
        GenerationConfig own = File.Exists(Path.Combine(folder, FileName)) ? Read(ConfigFile.Load(folder, FileName)) : new GenerationConfig();
        return own with
        {
            BosTokenId = own.BosTokenId ?? config.BosTokenId,
            EosTokenIds = own.EosTokenIds.Count > 0 ? own.EosTokenIds : config.EosTokenIds,
        };
    }

    /// <summary>Reads a generation_config.json from memory.</summary>
    /// <param name="utf8Json">The text of the file.</param>
    /// <param name="source">Name of the file, for messages.</param>
    /// <exception cref="ModelConfigException">The text is invalid.</exception>
    public static GenerationConfig Parse(ReadOnlyMemory<byte> utf8Json, string source = FileName) => Read(ConfigFile.Parse(utf8Json, source));

    private static GenerationConfig Read(ConfigSection json)
    {
        int? topK = json.Integer("top_k");
        Require("top_k", topK is null or >= 0, topK, "at least 0");
        return new GenerationConfig
        {
            DoSample = json.Flag("do_sample"),
            Temperature = Number("temperature", value => value >= 0, "at least 0"),
            TopP = Number("top_p", value => value is > 0 and <= 1, "above 0 and at most 1"),
            TopK = topK,
            MinP = Number("min_p", value => value is >= 0 and <= 1, "from 0 to 1"),
            RepetitionPenalty = Number("repetition_penalty", value => value > 0, "above 0"),
            BosTokenId = json.Ids("bos_token_id") is [int id, ..] ? id : null,
            EosTokenIds = json.Ids("eos_token_id"),
        };

        double? Number(string name, Func<double, bool> holds, string range)
        {
            double? value = json.Number(name);
            Require(name, value is null || holds(value.Value), value, range);
            return value;
        }

        void Require(string name, bool holds, object? value, string range)
        {
            if (!holds)
                throw new ModelConfigException($"{json.Source}: {name} is {value}, which is not {range}.");
        }
    }
}
