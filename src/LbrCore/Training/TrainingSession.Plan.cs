using System.Runtime.CompilerServices;
using LbrCore.Compute;
using LbrCore.Formats.Configuration;
using LbrCore.Kernels;
using LbrCore.Model;

namespace LbrCore.Training;

/// <content>What a session allocates, counted before it does.</content>
public sealed partial class TrainingSession<T>
{
    // Views of a layer, and of the session beside its layers: each may begin up to one step later than the one before it ends.
    private const int PartsOfLayer = 16;

    /// <summary>What the constructor allocates, beside the model.</summary>
    /// <param name="config">The model.</param>
    /// <param name="options">Sizes.</param>
    /// <param name="device">The device, whose size sets that of the workspaces.</param>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    public static MemoryPlan Plan(ModelConfig config, TrainingOptions options, DeviceInfo device)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(device);
        options.Validate(config);
        long rows = options.MaxRows, indices = rows * (sizeof(int) + Unsafe.SizeOf<TokenRow>() + sizeof(int) + Unsafe.SizeOf<AttentionTile>() + sizeof(int));
        indices += ((long)MostPieces(config, options) + Math.Min(rows, config.VocabSize)) * Unsafe.SizeOf<RowSegment>();
        MemoryPlan plan = new MemoryPlan()
            .Add("workspace", LinearWorkspace.BytesOn(device) + Linear.GradientWorkspaceBytes(device), 1)
            .Add(TokenLogProbs<T>.Plan(config, options))
            .Add("gradients", TransformerWeights<T>.Plan(config).TotalBytes / Unsafe.SizeOf<T>(), sizeof(float))
            .Add("activations", ArenaElements(config, options), Unsafe.SizeOf<T>())
            .Add("sums", FloatElements(config, options), sizeof(float))
            .Add("rows", indices + (rows * (config.HeadDim / 2) * Unsafe.SizeOf<Float2>()), 1);
        return options.MixtureSlots > 1 ? plan.Add("mixtures", MixedRows<T>.Bytes(config, options.MaxRows, options.MixtureSlots), 1) : plan;
    }

    // Elements of activations and of their gradients, and scratch memory of products.
    private static long ArenaElements(ModelConfig config, TrainingOptions options)
    {
        long rows = options.MaxRows, hidden = config.HiddenSize, layers = config.NumHiddenLayers, kept = options.Recompute ? 1 : layers;
        long ofRow = (kept * LayerActivations<T>.Width(config)) + ((layers + 1) * hidden) + hidden + (typeof(T) == typeof(float) ? 0 : hidden) + NarrowWidth(config) + WideWidth(config);
        return (rows * ofRow) + ScratchLength(config, options) + (((kept * PartsOfLayer) + layers + PartsOfLayer) * MemoryCursor<T>.Size(1));
    }

    // Floats of the gradient of the residual stream and of sums.
    private static long FloatElements(ModelConfig config, TrainingOptions options)
    {
        long kept = options.Recompute ? 1 : config.NumHiddenLayers, ofRow = (2L * config.HiddenSize) + ((kept + 1L) * config.NumAttentionHeads);
        return (options.MaxRows * ofRow) + ((long)MostPieces(config, options) * config.HiddenSize) + SumsLength(config, options) + ((kept + PartsOfLayer) * MemoryCursor<float>.Size(1));
    }

    private static long SumsLength(ModelConfig config, TrainingOptions options) => Math.Max(
        Math.Max(RmsNorm.BackwardWorkspaceLength(options.MaxRows, config.HiddenSize), ColumnSums.WorkspaceLength(options.MaxRows, config.QueryWidth + (2 * config.KeyValueWidth))),
        Rope.BackwardWorkspaceLength(options.MaxRows, config.NumAttentionHeads + config.NumKeyValueHeads, config.HeadDim));

    private static int MostPieces(ModelConfig config, TrainingOptions options) => OccurrenceTable.MostPieces(options.MaxRows, config.VocabSize);

    // Columns of the gradients of what goes into a product, and of what comes out of a joint one.
    private static long NarrowWidth(ModelConfig config) => Math.Max(Math.Max(config.HiddenSize, config.QueryWidth), config.IntermediateSize);

    private static long WideWidth(ModelConfig config) => Math.Max(2L * config.IntermediateSize, config.QueryWidth + (2L * config.KeyValueWidth));
}
