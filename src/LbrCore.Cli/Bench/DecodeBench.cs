using LbrCore.Compute;
using LbrCore.Formats.Configuration;
using LbrCore.Kernels;
using LbrCore.Model;
using LbrCore.Trees;

namespace LbrCore.Cli.Bench;

/// <summary>Whole decoding steps as replayed graphs: rows of trees from lengths in device memory, all layers, logits of every row. Random weights and cache.</summary>
internal static class DecodeBench
{
    private const string Part = "decode";

    private static readonly (int Batch, int Context)[] s_sizes = [(1, 512), (1, 4096), (64, 512), (64, 4096)];

    /// <summary>Measures all of it.</summary>
    public static void Run(BenchSession session)
    {
        if (session.Shapes.HasModel)
        {
            StepBench.Asked(session, Model<float>, Model<BFloat16>, Model<Half>);
            return;
        }

        if (!session.IsLarge)
        {
            Model<float>(session, "tiny", BenchModels.Tiny, [(1, 64)]);
            return;
        }

        Model<BFloat16>(session, "1.5B", BenchModels.Of15B, s_sizes);
        Model<BFloat16>(session, "7B", BenchModels.Of7B, s_sizes);
    }

    private static void Model<T>(BenchSession session, string name, ModelConfig config, IReadOnlyList<(int Batch, int Context)> sizes) where T : unmanaged
    {
        if (!sizes.Any(size => session.Wants(Part, Case(name, size.Batch)))) return;
        using Transformer<T> model = BenchModels.Create<T>(config, session.Device);
        foreach ((int batch, int context) in sizes.Where(size => session.Wants(Part, Case(name, size.Batch))))
        {
            IReadOnlyList<int> rows = BenchShapes.Or(session.Shapes.Rows, 1, 3, 9);
            int most = Math.Min(rows.Max(), TreeShape.MaximumNodes);
            var options = new SessionOptions { Sequences = batch, ContextLength = context, TreeNodes = most, MaxRows = batch * most, MaxLogitRows = batch * most };
            using var inference = new InferenceSession<T>(model, options);
            foreach (int count in rows.Where(count => count <= most && count < context)) Step(session, name, inference, context, count);
        }
    }

    private static string Case(string name, int batch) => $"{name}-B{batch}";

    // The context includes the rows.
    private static void Step<T>(BenchSession session, string name, InferenceSession<T> inference, int context, int rowsPerSequence) where T : unmanaged
    {
        ModelConfig config = inference.Model.Config;
        KvCache<T> cache = inference.Cache;
        int batch = cache.Sequences, rows = batch * rowsPerSequence;
        BenchModels.Fill(inference, context - rowsPerSequence, context + rowsPerSequence);
        using DeviceBuffer<int> nodeParents = session.Device.Allocate<int>(
            [.. Enumerable.Range(0, batch * rowsPerSequence).Select(i => i % rowsPerSequence < 3 ? -1 : ((i % rowsPerSequence) - 3) / 3)]);
        var work = new Work(BenchModels.WeightBytes(inference.Model) + BenchModels.CacheBytes<T>(config, batch, context));
        session.Measure(
            Part, Case(name, batch), $"{name} B{batch} n{rowsPerSequence} ctx{context}", work,
            () => session.Timer.Graph(
                1,
                (stream, _) =>
                {
                    SequenceRows.LaunchDescribe(
                        stream, cache.Lengths, cache.Limits, default, nodeParents.View, inference.Rows, cache.SlotParents, batch, rowsPerSequence, rowsPerSequence, cache.Slots);
                    inference.ForwardRows(stream, rows, rowsPerSequence);
                    inference.ComputeLogits(stream, inference.Activations.FinalHidden, rows);
                },
                budgetMilliseconds: 60));
    }
}
