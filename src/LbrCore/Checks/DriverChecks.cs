using LbrCore.Compute;
using LbrCore.Decoding;
using LbrCore.Model;

namespace LbrCore.Checks;

/// <summary>What the host asks of the device for a committed token.</summary>
internal static class DriverChecks
{
    private const int Tokens = 12;

    private static readonly int[][] s_prompts = [[1, 2], [3]];

    /// <summary>Launches, of graphs and of kernels, for each committed token of a batch of two: on a GPU as the driver was called, on the CPU as the stream was.</summary>
    public static CheckFigure GraphLaunches(CheckModels models)
    {
        var options = new SessionOptions { Sequences = s_prompts.Length, ContextLength = 48, MaxRows = 32 };
        using LbrDecoder decoder = LbrDecoder.Create(models.Small.Transformer, options, new LbrOptions { Width = 3, Depth = 2 }, []);
        // Its first steps load kernels and record the graph.
        foreach (DecodedStep _ in decoder.Decode(CheckModels.Memories(s_prompts), new SamplingOptions(), 5))
        {
        }

        using IEnumerator<DecodedStep> steps = decoder.Decode(CheckModels.Memories(s_prompts), new SamplingOptions(), 3 * Tokens).GetEnumerator();
        Take(steps, 2);
        StreamCounters asked = decoder.Counters;
        DriverCalls called = models.Device.DriverCalls;
        Take(steps, Tokens);
        (StreamCounters stream, DriverCalls driver) = (decoder.Counters, models.Device.DriverCalls - called);
        long graphs = stream.GraphLaunches - asked.GraphLaunches, kernels = stream.Launches - asked.Launches;
        double launches = (graphs + kernels) / (double)Tokens;
        string note = $"{graphs} graph launches, {kernels} kernel launches, {stream.Copies - asked.Copies} copies for {Tokens} tokens";
        if (models.Device.Info.Kind != DeviceKind.Cuda) return new CheckFigure(graphs == Tokens ? launches : double.NaN, 1, note);
        launches = (driver.GraphLaunches + driver.KernelLaunches) / (double)Tokens;
        return new CheckFigure(driver.GraphLaunches == Tokens && graphs == Tokens ? launches : double.NaN, 1, $"driver calls a token: {driver.Per(Tokens)}");
    }

    private static void Take(IEnumerator<DecodedStep> steps, int tokens)
    {
        for (int i = 0; i < tokens * s_prompts.Length; i++)
            if (!steps.MoveNext()) throw new InvalidOperationException($"The decoder ended after {i} of {tokens * s_prompts.Length} tokens.");
    }
}
