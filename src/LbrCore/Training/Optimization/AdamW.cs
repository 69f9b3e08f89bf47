using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.Training.Optimization;

/// <summary>AdamW over one or two groups of parameters. The device alone decides whether a step is taken: one with a gradient that is not finite changes nothing and is counted.</summary>
public sealed class AdamW : IDisposable
{
    private readonly DeviceBuffer<OptimizerState> _states;

    /// <summary>An optimizer, which owns its groups from now on.</summary>
    /// <param name="device">Where the parameters lie.</param>
    /// <param name="groups">One group, or two.</param>
    /// <exception cref="ArgumentException">There are none, or more than two.</exception>
    public AdamW(Device device, params ReadOnlySpan<ParameterGroup> groups)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (groups.Length is < 1 or > 2) throw new ArgumentException($"An optimizer has one group of parameters or two, not {groups.Length}.", nameof(groups));
        Groups = groups.ToArray();
        _states = device.Allocate<OptimizerState>(2);
        _states.Clear();
        device.DefaultStream.Synchronize();
    }

    /// <summary>The groups.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>Decisions and counters, [2].</summary>
    public ArrayView<OptimizerState> States => _states.View;

    /// <summary>Queues one step, and clears the gradients.</summary>
    /// <param name="stream">Where the work is queued.</param>
    /// <param name="step">The step, from 1.</param>
    /// <param name="steps">Steps in all.</param>
    public void Step(ComputeStream stream, long step, long steps)
    {
        ArgumentNullException.ThrowIfNull(stream);
        foreach (ParameterGroup group in Groups) Optimizer.LaunchSquares(stream, group.Gradient, group.Parts);
        ParameterGroup? second = Groups.Count > 1 ? Groups[1] : null;
        Optimizer.LaunchDecide(stream, Groups[0].Parts, second?.Parts ?? default, States, (float)Groups[0].Options.Clip, (float)(second?.Options.Clip ?? 0));
        for (int i = 0; i < Groups.Count; i++)
        {
            OptimizerOptions o = Groups[i].Options;
            if (o.LearningRate > 0)
            {
                Groups[i].Update(stream, States, i, new AdamOptions
                {
                    LearningRate = (float)o.RateAt(step, steps),
                    WeightDecay = (float)o.WeightDecay,
                    Beta1 = (float)o.Beta1,
                    Beta2 = (float)o.Beta2,
                    Epsilon = (float)o.Epsilon,
                });
            }

            stream.Fill(Groups[i].Gradient, 0f);
        }
    }

    /// <summary>Waits for the last step's decisions, one a group.</summary>
    /// <param name="stream">Where the step was queued.</param>
    public OptimizerState[] Read(ComputeStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var states = new OptimizerState[2];
        stream.CopyToHost(States, states);
        return states[..Groups.Count];
    }

    /// <summary>Frees counters and groups.</summary>
    public void Dispose()
    {
        _states.Dispose();
        foreach (ParameterGroup group in Groups) group.Dispose();
    }
}
