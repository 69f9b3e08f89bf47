using LbrCore.Compute;
using LbrCore.Model;
using LbrCore.Routing;
using LbrCore.Trees;

namespace LbrCore.Decoding;

/// <summary>
/// Recomputes a trace without trees: every path below the text is forwarded by itself as plain text, token after token in causal order, so nothing is shared with tree attention,
/// compaction, reuse after a shift, or sampling on the device.
/// </summary>
public static class TraceReplay
{
    /// <summary>Replays a trace.</summary>
    /// <param name="model">The model that it was made with.</param>
    /// <param name="trace">The trace.</param>
    /// <param name="router">The router that it was made with.</param>
    /// <param name="stepDone">Told the number of steps replayed.</param>
    /// <param name="cancellation">Ends the replay between steps.</param>
    /// <exception cref="ArgumentException">The trace does not fit the model, or the router does not.</exception>
    /// <exception cref="InvalidDataException">The steps contradict each other.</exception>
    public static ReplayReport Run(Transformer model, Trace trace, Router router, IProgress<int>? stepDone = null, CancellationToken cancellation = default) => model switch
    {
        Transformer<float> f32 => Run(f32, trace, router, stepDone, cancellation),
        Transformer<BFloat16> bf16 => Run(bf16, trace, router, stepDone, cancellation),
        Transformer<Half> f16 => Run(f16, trace, router, stepDone, cancellation),
        _ => throw new ArgumentException($"{model?.GetType().Name ?? "No model"} cannot be forwarded.", nameof(model)),
    };

    private static ReplayReport Run<T>(Transformer<T> model, Trace trace, Router router, IProgress<int>? stepDone, CancellationToken cancellation)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(trace);
        ArgumentNullException.ThrowIfNull(router);
        using var replay = new TraceReplay<T>(model, trace.Header, router, trace.Steps.Count);
        foreach (TreeStep step in trace.Steps)
        {
            cancellation.ThrowIfCancellationRequested();
            replay.Take(step);
            stepDone?.Report(step.Step);
        }

        return replay.Report;
    }
}
