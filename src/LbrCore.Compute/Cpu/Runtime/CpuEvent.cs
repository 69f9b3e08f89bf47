using System.Diagnostics;

namespace LbrCore.Compute.Cpu;

/// <summary>A mark in a CPU stream: the moment it was recorded, since all work before it has then run.</summary>
internal sealed class CpuEvent : ComputeEvent
{
    private long _timestamp;
    private bool _recorded;
    private bool _disposed;

    internal CpuEvent(Device device, bool timing) : base(device, timing)
    {
    }

    public override bool IsComplete => true;

    public override void Synchronize() => ObjectDisposedException.ThrowIf(_disposed, this);

    public override double MillisecondsSince(ComputeEvent earlier)
    {
        CheckTiming(earlier);
        var start = (CpuEvent)earlier;
        if (!_recorded || !start._recorded) throw new InvalidOperationException("An event was not recorded in a stream, or only in a capture.");
        return Stopwatch.GetElapsedTime(start._timestamp, _timestamp).TotalMilliseconds;
    }

    public override void Dispose() => _disposed = true;

    /// <summary>Marks the present moment. In a capture the mark only orders streams and has no time.</summary>
    internal void Record(bool capturing)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _timestamp = Stopwatch.GetTimestamp();
        _recorded = !capturing;
    }
}
