using System.Diagnostics;
using System.Globalization;
using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Formats;
using LbrCore.Formats.Configuration;
using LbrCore.Kernels;
using LbrCore.Model;
using LbrCore.Routing;

namespace LbrCore.Cli.Bench;

/// <summary>
/// Time per committed token as a caller sees it, host included: plain decoding, then Local Branch Routing of several widths and depths with a learned router, sampling and compaction. Random
/// weights.
/// </summary>
internal static class StepBench
{
    private const string Part = "step";

    // Steps that load kernels and record graphs, then samples of so many tokens.
    private const int WarmTokens = 6, TokensPerSample = 8, Samples = 8;

    private static readonly (int Width, int Depth)[] s_trees = [(1, 1), (2, 1), (3, 1), (4, 1), (6, 1), (2, 2), (3, 2)];

    /// <summary>Measures all of it.</summary>
    public static void Run(BenchSession session)
    {
        if (session.Shapes.HasModel) Asked(session, Model<float>, Model<BFloat16>, Model<Half>);
        else if (session.IsLarge) Model<BFloat16>(session, "1.5B", BenchModels.Of15B, [(1, 512), (1, 4096), (64, 512)]);
        else Model<float>(session, "tiny", BenchModels.Tiny, [(1, 64)]);
    }

    /// <summary>Runs a benchmark of models on the shape, sizes and element type that were asked for.</summary>
    public static void Asked(
        BenchSession session, Action<BenchSession, string, ModelConfig, IReadOnlyList<(int, int)>> f32, Action<BenchSession, string, ModelConfig, IReadOnlyList<(int, int)>> bf16,
        Action<BenchSession, string, ModelConfig, IReadOnlyList<(int, int)>> f16)
    {
        BenchShapes shapes = session.Shapes;
        string name = shapes.Model ?? (session.IsLarge ? "1.5B" : "tiny");
        (int, int)[] sizes =
        [
            .. from batch in BenchShapes.Or(shapes.Batches, 1)
               from context in BenchShapes.Or(shapes.Contexts, session.IsLarge ? 512 : 64)
               select (batch, context),
        ];
        (session.ElementType switch { TensorDtype.F32 => f32, TensorDtype.F16 => f16, _ => bf16 })(session, BenchModels.Label(name), BenchModels.Named(name), sizes);
    }

    private static IReadOnlyList<(int Width, int Depth)> Trees(BenchShapes shapes)
    {
        if (shapes.Widths.Count + shapes.Depths.Count == 0) return s_trees;
        return [.. from depth in BenchShapes.Or(shapes.Depths, 1) from width in BenchShapes.Or(shapes.Widths, 3) select (width, depth)];
    }

    private static void Model<T>(BenchSession session, string name, ModelConfig config, IReadOnlyList<(int Batch, int Context)> sizes) where T : unmanaged
    {
        IReadOnlyList<(int Width, int Depth)> trees = Trees(session.Shapes);
        if (!sizes.Any(size => session.Wants(Part, Case(name, size.Batch, size.Context)))) return;
        using Transformer<T> model = BenchModels.Create<T>(config, session.Device);
        using var routerWeights = new RouterWeights(RouterConfig.For(config, trees.Max(tree => tree.Depth)), session.Device);
        routerWeights.Initialize(session.Device.DefaultStream, 1);
        session.Device.Synchronize();
        foreach ((int batch, int context) in sizes.Where(size => session.Wants(Part, Case(name, size.Batch, size.Context))))
        {
            // The texts reach the context at the end.
            const int Tokens = WarmTokens + (TokensPerSample * Samples);
            int[] prompt = [.. Enumerable.Range(0, context - Tokens > 0 ? context - Tokens : 8).Select(i => (int)(i * 7919L % config.VocabSize))];
            ReadOnlyMemory<int>[] prompts = [.. Enumerable.Repeat((ReadOnlyMemory<int>)prompt, batch)];
            // One token more than is timed, so that a step is queued for the last one too.
            var options = new SessionOptions { Sequences = batch, ContextLength = prompt.Length + Tokens + 1 };
            // What a step of one row must read; rows of a tree read it together.
            var work = new Work(BenchModels.WeightBytes(model) + BenchModels.CacheBytes<T>(config, batch, prompt.Length + (Tokens / 2)));
            double plain = 0;
            Measure(session, name, batch, context, "plain", work, ref plain, () =>
            {
                using PlainDecoder decoder = PlainDecoder.Create(model, options, []);
                return Time(session.Device, decoder.Decode(prompts, new SamplingOptions { Seed = 1 }, Tokens + 1), batch);
            });
            foreach ((int width, int depth) in trees)
            {
                var lbr = new LbrOptions { Width = width, Depth = depth, Router = new SetAttentionRouter(routerWeights) };
                Measure(session, name, batch, context, $"K={width} L={depth}", work, ref plain, () =>
                {
                    using LbrDecoder decoder = LbrDecoder.Create(model, options, lbr, []);
                    return Time(session.Device, decoder.Decode(prompts, new SamplingOptions { Seed = 1 }, Tokens + 1), batch);
                });
            }
        }
    }

    private static void Measure(BenchSession session, string name, int batch, int context, string what, Work work, ref double plain, Func<(Timing Timing, DriverCalls Calls)> time)
    {
        (Timing Timing, DriverCalls Calls) sample;
        double before = plain;
        try
        {
            sample = time();
        }
        catch (Exception exception) when (exception is ArgumentException || (exception is ComputeException and not DeviceUnavailableException))
        {
            session.Report(new BenchRow(Part, Case(name, batch, context), what, 0) { Skipped = exception.Message });
            return;
        }

        Timing measured = sample.Timing;
        if (before == 0) plain = measured.Median;
        string calls = session.IsLarge ? $"driver calls a token: {sample.Calls.Per(Samples * TokensPerSample)}" : "";
        session.Report(new BenchRow(Part, Case(name, batch, context), what, measured.Median)
        {
            GigabytesPerSecond = work.Bytes / measured.Median / 1e6,
            OfRoofline = session.Roofline.Share(work, null, measured.Median),
            Spread = measured.Spread,
            Samples = measured.Samples,
            Note = before == 0 ? calls : string.Create(CultureInfo.InvariantCulture, $"{measured.Median / before:0.000} of plain{(calls.Length > 0 ? "; " : "")}{calls}"),
        });
    }

    // Milliseconds between committed tokens, in samples of several, and what the driver was asked meanwhile.
    private static (Timing Timing, DriverCalls Calls) Time<TToken>(Device device, IEnumerable<TToken> tokens, int batch)
    {
        var times = new List<double>();
        DriverCalls first = default, last = default;
        int seen = 0;
        long start = 0;
        foreach (TToken _ in tokens)
        {
            if (++seen % batch != 0) continue;
            int token = (seen / batch) - WarmTokens;
            if (token < 0 || token % TokensPerSample != 0) continue;
            long now = Stopwatch.GetTimestamp();
            last = device.DriverCalls;
            if (token > 0) times.Add(Stopwatch.GetElapsedTime(start, now).TotalMilliseconds);
            else first = last;
            start = now;
        }

        return (Timing.Of([.. times], TokensPerSample), last - first);
    }

    private static string Case(string name, int batch, int context) => $"{name}-B{batch}-ctx{context}";
}
