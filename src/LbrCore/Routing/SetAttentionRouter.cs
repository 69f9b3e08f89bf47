using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Formats.Configuration;
using LbrCore.Formats.Safetensors;
using LbrCore.Model;
using LbrCore.Trees;

namespace LbrCore.Routing;

/// <summary>The learned router of Local Branch Routing: set attention over encoded subtrees.</summary>
public sealed class SetAttentionRouter : Router
{
    private readonly string? _folder;
    private readonly RouterWeights? _live;

    private SetAttentionRouter(RouterConfig config, string name, string? folder, RouterWeights? live) => (Config, Name, _folder, _live) = (config, name, folder, live);

    /// <summary>Routes by weights that lie on a device and may change between passes: what a trainer decodes with. They must outlive the sessions.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="name">What traces call the router.</param>
    public SetAttentionRouter(RouterWeights weights, string name = "set-attention")
        : this((weights ?? throw new ArgumentNullException(nameof(weights))).Config, name, null, weights)
    {
    }

    /// <summary>Sizes and switches.</summary>
    public RouterConfig Config { get; }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override bool ReadsParents => Config.PreCandidate;

    /// <summary>Whether a folder holds a router.</summary>
    /// <param name="folder">The folder.</param>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, RouterConfig.FileName));

    /// <summary>A router of a folder with <c>router.json</c> and <c>router.safetensors</c>. Its weights are read for each session.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="CheckpointException">A file is missing or malformed, or the tensors are not those that the config calls for.</exception>
    public static SetAttentionRouter Load(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        RouterConfig config = RouterConfigFile.Load(folder);
        // Mistakes show here and not when the first session is made.
        using var file = SafetensorsFile.Open(Path.Combine(folder, RouterWeights.FileName));
        RouterWeights.Verify(file, config);
        return new SetAttentionRouter(config, folder, folder, null);
    }

    /// <summary>The weights on a device, which the caller owns.</summary>
    /// <param name="device">Where they will lie.</param>
    /// <exception cref="CheckpointException">The files cannot be read.</exception>
    /// <exception cref="InvalidOperationException">The router was made from weights on a device.</exception>
    public RouterWeights LoadWeights(Device device)
    {
        if (_folder is null) throw new InvalidOperationException("This router was made from weights on a device, or of sizes alone; use those weights.");
        using var file = SafetensorsFile.Open(Path.Combine(_folder, RouterWeights.FileName));
        var weights = new RouterWeights(Config, device);
        try
        {
            weights.Load(file);
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Check(ModelConfig config, TreeShape shape)
    {
        ArgumentNullException.ThrowIfNull(config);
        CheckHiddenSize(Config, config.HiddenSize);
        CheckShape(Config, shape);
    }

    /// <summary>A router of which only the sizes are known: for plans.</summary>
    internal static SetAttentionRouter OfSizes(RouterConfig config) => new(config, "set-attention", null, null);

    /// <inheritdoc/>
    public override MemoryPlan Plan(int sequences, TreeShape shape)
    {
        MemoryPlan plan = RouterPass.Plan(Config, shape, sequences);
        // Weights on a device are their owner's.
        return _folder is null ? plan : plan.Add(RouterWeights.Plan(Config));
    }

    /// <inheritdoc/>
    public override RouterSession<T> CreateSession<T>(Device device, int sequences, TreeShape shape, int hiddenSize)
    {
        ArgumentNullException.ThrowIfNull(device);
        CheckHiddenSize(Config, hiddenSize);
        if (_live is not null && _live.Device != device)
            throw new ArgumentException($"The router's weights lie on {_live.Device.Info.Selection}, the states on {device.Info.Selection}; put both on one device.", nameof(device));
        RouterWeights? owned = _live is null ? LoadWeights(device) : null;
        try
        {
            return new Session<T>(new RouterPass(_live ?? owned!, shape, sequences), owned);
        }
        catch
        {
            owned?.Dispose();
            throw;
        }
    }

    internal static void CheckHiddenSize(RouterConfig config, int hiddenSize)
    {
        if (config.HiddenSize != hiddenSize)
            throw new ArgumentException($"The router reads states of width {config.HiddenSize}, the model's hidden_size is {hiddenSize}; use a router that was trained with this model.", nameof(hiddenSize));
    }

    internal static void CheckShape(RouterConfig config, TreeShape shape)
    {
        if (shape.Depth > config.MaxDepth)
            throw new ArgumentException($"The router knows trees up to depth {config.MaxDepth}, this one is {shape.Depth} deep; choose a smaller depth or another router.", nameof(shape));
    }

    private sealed class Session<T>(RouterPass pass, RouterWeights? owned) : RouterSession<T>
        where T : unmanaged
    {
        public override void Score(ComputeStream stream, RouterInput<T> input, ArrayView<float> scores) => pass.Forward(stream, input, scores);

        public override void Dispose()
        {
            pass.Dispose();
            owned?.Dispose();
        }
    }
}
