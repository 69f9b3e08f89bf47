using System.Diagnostics;
using LbrCore.Decoding;
using LbrCore.Formats.Configuration;
using LbrCore.Model;

namespace LbrCore.Tuning;

/// <summary>Times steps of decoding on the machine at hand, as the host sees them: from token to token, with everything that a token costs.</summary>
public static class StepTimer
{
    // The first step loads kernels, the second is captured, two more settle.
    private const int WarmUp = 4;

    /// <summary>Median milliseconds of a step of plain decoding.</summary>
    /// <param name="model">The model.</param>
    /// <param name="load">Batch, context, steps.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    /// <exception cref="ArgumentException">The load is out of range for the model.</exception>
    /// <exception cref="LbrCore.Compute.OutOfDeviceMemoryException">The device has not enough memory free.</exception>
    public static double Plain(Transformer model, DecodingLoad load, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(load);
        using PlainDecoder decoder = PlainDecoder.Create(model, Sizes(model.Config, load, 1), []);
        return Median(decoder.Decode(Prompts(model.Config, load, 1), load.Sampling, int.MaxValue, null, cancellation), load);
    }

    /// <summary>Median milliseconds of a step of Local Branch Routing.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tree">Tree and router.</param>
    /// <param name="load">Batch, context, steps.</param>
    /// <param name="cancellation">Ends the measurement.</param>
    /// <exception cref="ArgumentException">The load is out of range for the model, or the router does not fit it.</exception>
    /// <exception cref="LbrCore.Compute.OutOfDeviceMemoryException">The device has not enough memory free.</exception>
    public static double Tree(Transformer model, LbrOptions tree, DecodingLoad load, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(load);
        using LbrDecoder decoder = LbrDecoder.Create(model, Sizes(model.Config, load, tree.Depth), tree, []);
        return Median(decoder.Decode(Prompts(model.Config, load, tree.Depth), load.Sampling, int.MaxValue, 0, null, cancellation), load);
    }

    /// <summary>Bytes that model, cache and trees take under a load.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tree">Tree and router; null for plain decoding.</param>
    /// <param name="load">Batch, context, steps.</param>
    public static long Bytes(Transformer model, LbrOptions? tree, DecodingLoad load)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(load);
        SessionOptions sizes = Sizes(model.Config, load, tree?.Depth ?? 1);
        return (tree is null ? PlainDecoder.Plan(model.Config, model.ElementType, sizes) : LbrDecoder.Plan(model.Config, model.ElementType, sizes, tree)).TotalBytes;
    }

    private static double Median<TStep>(IEnumerable<TStep> steps, DecodingLoad load)
    {
        var times = new List<double>(load.Steps);
        long last = 0;
        int seen = 0;
        foreach (TStep _ in steps)
        {
            // Those of a batch come one after the other; the step is over with the last of them.
            if (++seen % load.Batch != 0) continue;
            long now = Stopwatch.GetTimestamp();
            if (seen / load.Batch > WarmUp) times.Add(Stopwatch.GetElapsedTime(last, now).TotalMilliseconds);
            last = now;
            if (times.Count == load.Steps) break;
        }

        times.Sort();
        return times.Count == 0 ? double.NaN : times.Count % 2 == 1 ? times[times.Count / 2] : (times[(times.Count / 2) - 1] + times[times.Count / 2]) / 2;
    }

    // Tokens after the prompt: those that are timed, those before, and one level of the tree beyond, for near the end of the context trees are smaller.
    private static int Ahead(DecodingLoad load, int depth) => WarmUp + load.Steps + depth + 1;

    private static int PromptLength(ModelConfig config, DecodingLoad load, int depth)
    {
        load.Validate();
        int room = config.MaxPositionEmbeddings - Ahead(load, depth);
        if (room < 1) throw new ArgumentException($"{load.Steps} steps do not fit the model's {config.MaxPositionEmbeddings} positions; time fewer.", nameof(load));
        return Math.Clamp(load.Context, 1, room);
    }

    private static SessionOptions Sizes(ModelConfig config, DecodingLoad load, int depth) =>
        new() { Sequences = load.Batch, ContextLength = PromptLength(config, load, depth) + Ahead(load, depth) };

    // The text over and over; without one, tokens from all over the vocabulary.
    private static ReadOnlyMemory<int>[] Prompts(ModelConfig config, DecodingLoad load, int depth)
    {
        int length = PromptLength(config, load, depth);
        return [.. Enumerable.Range(0, load.Batch).Select(sequence => (ReadOnlyMemory<int>)Enumerable.Range(0, length)
            .Select(i => load.Text is { Count: > 0 } text ? text[(i + sequence) % text.Count] : (int)((((long)i * 7919) + (sequence * 104729L) + 1) % config.VocabSize)).ToArray())];
    }
}
