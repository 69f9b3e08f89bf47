using System.Diagnostics;
using System.Globalization;
using LbrCore.Compute;
using LbrCore.Decoding;
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
        if (session.IsLarge) Model<BFloat16>(session, "1.5B", BenchModels.Of15B, [(1, 512), (1, 4096), (64, 512)]);
        else Model<float>(session, "tiny", BenchModels.Tiny, [(1, 64)]);
    }

    private static void Model<T>(BenchSession session, string name, ModelConfig config, (int Batch, int Context)[] sizes) where T : unmanaged
    {
        if (!sizes.Any(size => session.Wants(Part, Case(name, size.Batch, size.Context)))) return;
        using Transformer<T> model = BenchModels.Create<T>(config, session.Device);
        using var routerWeights = new RouterWeights(RouterConfig.For(config, 2), session.Device);
        routerWeights.Initialize(session.Device.DefaultStream, 1);
        session.Device.Synchronize();
        foreach ((int batch, int context) in sizes.Where(size => session.Wants(Part, Case(name, size.Batch, size.Context))))
        {
            // The texts reach the context at the end.
            const int Tokens = WarmTokens + (TokensPerSample * Samples);
            int[] prompt = [.. Enumerable.Range(0, context - Tokens > 0 ? context - Tokens : 8).Select(i => (int)(i * 7919L % config.VocabSize))];
            ReadOnlyMemory<int>[] prompts = [.. Enumerable.Repeat((ReadOnlyMemory<int>)prompt, batch)];
            var options = new SessionOptions { Sequences = batch, ContextLength = prompt.Length + Tokens };
            double plain = 0;
            Measure(session, name, batch, context, "plain", ref plain, () =>
            {
                using PlainDecoder decoder = PlainDecoder.Create(model, options, []);
                return Time(session.Device, decoder.Decode(prompts, new SamplingOptions { Seed = 1 }, Tokens), batch);
            });
            foreach ((int width, int depth) in s_trees)
            {
                var lbr = new LbrOptions { Width = width, Depth = depth, Router = new SetAttentionRouter(routerWeights) };
                Measure(session, name, batch, context, $"K={width} L={depth}", ref plain, () =>
                {
                    using LbrDecoder decoder = LbrDecoder.Create(model, options, lbr, []);
                    return Time(session.Device, decoder.Decode(prompts, new SamplingOptions { Seed = 1 }, Tokens), batch);
                });
            }
        }
    }

    private static void Measure(BenchSession session, string name, int batch, int context, string what, ref double plain, Func<(Timing Timing, DriverCalls Calls)> time)
    {
        (Timing Timing, DriverCalls Calls) sample;
        double before = plain;
        try
        {
            sample = time();
        }
        catch (ComputeException exception) when (exception is not DeviceUnavailableException)
        {
            session.Report(new BenchRow(Part, Case(name, batch, context), what, 0) { Skipped = exception.Message });
            return;
        }

        Timing measured = sample.Timing;
        if (before == 0) plain = measured.Median;
        string calls = session.IsLarge ? $"driver calls a token: {sample.Calls.Per(Samples * TokensPerSample)}" : "";
        session.Report(new BenchRow(Part, Case(name, batch, context), what, measured.Median)
        {
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
