using System.Text;

namespace LbrCore.Formats.Configuration;

/// <summary>Shape and constants of a transformer, with the names of its config.json.</summary>
/// <remarks>
/// Instances from <see cref="Load"/> and <see cref="Parse"/> are valid; one built in code or by <c>with</c> is checked by
/// <see cref="Validate"/>. Fields of config.json that do not change what the model computes are not kept.
/// </remarks>
public sealed record ModelConfig
{
    /// <summary>Name of the file in a checkpoint folder.</summary>
    public const string FileName = "config.json";

    /// <summary><c>architectures</c>: the family.</summary>
    public required ModelArchitecture Architecture { get; init; }

    /// <summary><c>hidden_size</c>: width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary><c>intermediate_size</c>: width of the gated feed-forward layer.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary><c>num_hidden_layers</c>: number of transformer layers.</summary>
    public required int NumHiddenLayers { get; init; }

    /// <summary><c>num_attention_heads</c>: query heads.</summary>
    public required int NumAttentionHeads { get; init; }

    /// <summary><c>num_key_value_heads</c>: key and value heads; divides <see cref="NumAttentionHeads"/>.</summary>
    public required int NumKeyValueHeads { get; init; }

    /// <summary><c>head_dim</c>, or hidden_size / num_attention_heads where the file gives none. Even.</summary>
    public required int HeadDim { get; init; }

    /// <summary><c>vocab_size</c>: rows of the embedding and of the output matrix.</summary>
    public required int VocabSize { get; init; }

    /// <summary><c>max_position_embeddings</c>: longest context the model was made for, in tokens.</summary>
    public required int MaxPositionEmbeddings { get; init; }

    /// <summary><c>rms_norm_eps</c>: added to the mean square in every RMSNorm.</summary>
    public double RmsNormEps { get; init; } = 1e-6;

    /// <summary><c>rope_theta</c>: base of the rotary frequencies.</summary>
    public double RopeTheta { get; init; } = 10_000;

    /// <summary>Llama-3 scaling of the rotary frequencies, or null for none.</summary>
    public Llama3RopeScaling? RopeScaling { get; init; }

    /// <summary><c>tie_word_embeddings</c>: the output matrix is the embedding matrix.</summary>
    public bool TieWordEmbeddings { get; init; }

    /// <summary><c>attention_bias</c> of Llama and Qwen3: bias on all four attention projections. Always false for Qwen2, see <see cref="HasQkvBias"/>.</summary>
    public bool AttentionBias { get; init; }

    /// <summary><c>bos_token_id</c>. May lie beyond <see cref="VocabSize"/> in cut-down models.</summary>
    public int? BosTokenId { get; init; }

    /// <summary><c>eos_token_id</c>: one id or a list. Ids may lie beyond <see cref="VocabSize"/> in cut-down models.</summary>
    public TokenIds EosTokenIds { get; init; } = TokenIds.None;

    /// <summary><c>pad_token_id</c>; a negative one in the file means none.</summary>
    public int? PadTokenId { get; init; }

    /// <summary><c>dtype</c> (once <c>torch_dtype</c>): F32, F16 or BF16 as the weights are said to be stored, or null where the file does not say.</summary>
    public TensorDtype? Dtype { get; init; }

    /// <summary>True where the query, key and value projections have a bias.</summary>
    public bool HasQkvBias => Architecture == ModelArchitecture.Qwen2 || AttentionBias;

    /// <summary>True where the output projection of the attention has a bias.</summary>
    public bool HasOutputBias => AttentionBias;

    /// <summary>True where each query and key head goes through an RMSNorm before the rotation.</summary>
    public bool HasQueryKeyNorm => Architecture == ModelArchitecture.Qwen3;

    /// <summary>Query heads per key-value head.</summary>
    public int HeadsPerGroup => NumAttentionHeads / NumKeyValueHeads;

    /// <summary>Width of the concatenated query heads.</summary>
    public int QueryWidth => NumAttentionHeads * HeadDim;

    /// <summary>Width of the concatenated key heads, and of the value heads.</summary>
    public int KeyValueWidth => NumKeyValueHeads * HeadDim;

    /// <summary>Reads config.json.</summary>
    /// <param name="path">A checkpoint folder, or the file itself.</param>
    /// <exception cref="ModelConfigException">The file is missing, invalid, or asks for something unsupported.</exception>
    public static ModelConfig Load(string path) => ModelConfigReader.Read(ConfigFile.Load(path, FileName));

    /// <summary>Reads a config.json from memory.</summary>
    /// <param name="utf8Json">The text of the file.</param>
    /// <param name="source">Name of the file, for messages.</param>
    /// <exception cref="ModelConfigException">The text is invalid or asks for something unsupported.</exception>
    public static ModelConfig Parse(ReadOnlyMemory<byte> utf8Json, string source = FileName) =>
        ModelConfigReader.Read(ConfigFile.Parse(utf8Json, source));

    /// <summary>Checks every field and their agreement.</summary>
    /// <exception cref="ModelConfigException">A value is out of range; the message names it as in config.json.</exception>
    public void Validate() => ModelConfigValidation.Check(this, FileName);

    /// <summary>Radians per position of each rotated pair, headDim / 2 of them.</summary>
    public double[] RopeInverseFrequencies() => RopeFrequencies.Compute(HeadDim, RopeTheta, RopeScaling);

    /// <summary>The config.json of this model, in UTF-8, as transformers 4 and 5 read it.</summary>
    /// <exception cref="ModelConfigException">A value is out of range.</exception>
    public byte[] ToUtf8Json()
    {
        Validate();
        return ModelConfigWriter.Write(this);
    }

    /// <summary>The config.json of this model as text, as transformers 4 and 5 read it.</summary>
    /// <exception cref="ModelConfigException">A value is out of range.</exception>
    public string ToJson() => Encoding.UTF8.GetString(ToUtf8Json());

    /// <summary>Writes config.json into a folder; an existing one is replaced as a whole or not at all.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <exception cref="ModelConfigException">A value is out of range or the file cannot be written.</exception>
    public void Save(string folder) => ConfigFile.Save(Path.Combine(folder, FileName), ToUtf8Json());
}
