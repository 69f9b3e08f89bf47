using LbrCore.Compute;
using LbrCore.Formats.Configuration;
using LbrCore.Kernels;
using LbrCore.Model;

namespace LbrCore.Cli.Bench;

/// <summary>Models of known shapes with random weights, made on the device.</summary>
internal static class BenchModels
{
    /// <summary>Shape of Qwen2.5 1.5B and its distillates.</summary>
    public static ModelConfig Of15B => Config(1536, 8960, 28, 12, 2, 151936);

    /// <summary>Shape of Qwen2.5 7B and its distillates.</summary>
    public static ModelConfig Of7B => Config(3584, 18944, 28, 28, 4, 152064);

    /// <summary>About 150 million parameters, 32,000 tokens: a model that is trained whole.</summary>
    public static ModelConfig Of150M => Config(768, 3072, 12, 12, 4, 32000);

    /// <summary>The 3.2 million parameters of the reachability experiments: nodes of two digits, base 4.</summary>
    public static ModelConfig OfReachability => Config(256, 704, 4, 8, 8, 16) with { Architecture = ModelArchitecture.Llama, AttentionBias = false };

    /// <summary>Something a CPU computes in milliseconds.</summary>
    public static ModelConfig Tiny => Config(64, 128, 2, 4, 2, 256) with { HeadDim = 16 };

    /// <summary>A shape by its name.</summary>
    /// <param name="name">1.5B, 7B, tiny, or a folder with config.json.</param>
    /// <exception cref="UsageException">It is none of these.</exception>
    public static ModelConfig Named(string name) => name switch
    {
        "1.5B" => Of15B,
        "7B" => Of7B,
        "tiny" => Tiny,
        _ when Directory.Exists(name) || File.Exists(name) => ModelConfig.Load(name),
        _ => throw new UsageException($"'{name}' is no model shape; --model-shape takes 1.5B, 7B, tiny or a folder with config.json."),
    };

    /// <summary>What a row calls the shape: the name, or the folder's.</summary>
    public static string Label(string name) => Path.GetFileName(Path.TrimEndingDirectorySeparator(name));

    /// <summary>A model with random weights.</summary>
    public static Transformer<T> Create<T>(ModelConfig config, Device device) where T : unmanaged
    {
        var weights = new TransformerWeights<T>(config, device);
        weights.Initialize(device.DefaultStream, 20260131);
        device.DefaultStream.Synchronize();
        return new Transformer<T>(weights, device);
    }

    /// <summary>Fills a session's cache with random keys and values, as if every sequence had that many tokens.</summary>
    public static void Fill<T>(InferenceSession<T> session, int length, int limit) where T : unmanaged
    {
        ComputeStream stream = session.Model.Device.DefaultStream;
        for (int layer = 0; layer < session.Model.Config.NumHiddenLayers; layer++)
        {
            Initialization.LaunchNormal(stream, session.Cache.Keys(layer), 1f, 1, (uint)(2 * layer));
            Initialization.LaunchNormal(stream, session.Cache.Values(layer), 1f, 1, (uint)((2 * layer) + 1));
        }

        int vocabulary = session.Model.Config.VocabSize;
        stream.CopyFromHost<int>([.. Enumerable.Repeat(length, session.Cache.Sequences)], session.Cache.Lengths);
        stream.CopyFromHost<int>([.. Enumerable.Repeat(limit, session.Cache.Sequences)], session.Cache.Limits);
        stream.CopyFromHost<int>([.. Enumerable.Range(0, session.Options.MaxRows).Select(i => (int)(i * 7919L % vocabulary))], session.Tokens);
        stream.Synchronize();
    }

    /// <summary>Bytes of weights that every pass reads: all but the embedding, of which it reads some rows.</summary>
    public static double WeightBytes<T>(Transformer<T> model) where T : unmanaged
    {
        double elements = model.Weights.Parameters.Sum(parameter => (double)parameter.View.Length) - (model.Config.TieWordEmbeddings ? 0 : model.Weights.Embedding.Length);
        return elements * (typeof(T) == typeof(float) ? sizeof(float) : sizeof(ushort));
    }

    /// <summary>Bytes of keys and values that a step reads.</summary>
    public static double CacheBytes<T>(ModelConfig config, int batch, int context) where T : unmanaged =>
        2.0 * config.NumHiddenLayers * batch * context * config.KeyValueWidth * (typeof(T) == typeof(float) ? sizeof(float) : sizeof(ushort));

    private static ModelConfig Config(int hidden, int intermediate, int layers, int heads, int keyValueHeads, int vocabulary) => new()
    {
        Architecture = ModelArchitecture.Qwen2,
        HiddenSize = hidden,
        IntermediateSize = intermediate,
        NumHiddenLayers = layers,
        NumAttentionHeads = heads,
        NumKeyValueHeads = keyValueHeads,
        HeadDim = hidden / heads,
        VocabSize = vocabulary,
        MaxPositionEmbeddings = 131072,
        AttentionBias = true,
    };
}
