using LbrCore.Compute;

namespace LbrCore.Training;

/// <summary>
/// Where the device's time goes: marks between pieces of work on a stream, each named after the work that it ends. Marks cost about a microsecond each; who does not ask does not pay.
/// One thread at a time may use a timer.
/// </summary>
/// <param name="device">The device of the streams.</param>
public sealed class PhaseTimer(Device device) : IDisposable
{
    private readonly List<ComputeEvent> _events = [];
    private readonly List<string?> _phases = [];

    /// <summary>Begins a measurement: what was queued before belongs to no phase.</summary>
    /// <param name="stream">The stream that is measured.</param>
    public void Start(ComputeStream stream) => Record(stream, null);

    /// <summary>Ends a piece of work: what was queued since the mark before belongs to a phase.</summary>
    /// <param name="stream">The stream that is measured.</param>
    /// <param name="phase">The phase.</param>
    public void Mark(ComputeStream stream, string phase) => Record(stream, phase);

    /// <summary>Waits for all marks, adds up their times, and forgets them.</summary>
    /// <returns>Milliseconds of each phase, in the order in which they were first seen.</returns>
    public IReadOnlyDictionary<string, double> Read()
    {
        var totals = new Dictionary<string, double>();
        if (_phases.Count > 0) _events[_phases.Count - 1].Synchronize();
        for (int i = 1; i < _phases.Count; i++)
            if (_phases[i] is { } phase) totals[phase] = totals.GetValueOrDefault(phase) + _events[i].MillisecondsSince(_events[i - 1]);
        _phases.Clear();
        return totals;
    }

    /// <summary>Frees the marks.</summary>
    public void Dispose()
    {
        foreach (ComputeEvent mark in _events) mark.Dispose();
        _events.Clear();
    }

    private void Record(ComputeStream stream, string? phase)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (_phases.Count == _events.Count) _events.Add(device.CreateEvent());
        stream.Record(_events[_phases.Count]);
        _phases.Add(phase);
    }
}
