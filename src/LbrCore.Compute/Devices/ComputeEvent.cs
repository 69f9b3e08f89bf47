namespace LbrCore.Compute;

/// <summary>A mark in a stream: other streams and the host can wait for it, and two of them measure time on the device.</summary>
public abstract class ComputeEvent : IDisposable
{
    private protected ComputeEvent(Device device, bool timing)
    {
        Device = device;
        Timing = timing;
    }

    /// <summary>The device it belongs to.</summary>
    public Device Device { get; }

    /// <summary>Whether it measures time. One that does not is cheaper to wait for.</summary>
    public bool Timing { get; }

    /// <summary>The capture that the mark was recorded in last, or null: a stream that waits for it joins that capture.</summary>
    internal ComputeStream? CaptureOrigin { get; set; }

    /// <summary>Whether everything before the mark is done. True for an event never recorded.</summary>
    public abstract bool IsComplete { get; }

    /// <summary>Waits on the host until everything before the mark is done.</summary>
    public abstract void Synchronize();

    /// <summary>Device time between an earlier event and this one, in milliseconds, at a resolution of about 0.5 us. Both must be complete and have timing.</summary>
    /// <param name="earlier">The event recorded first.</param>
    /// <exception cref="InvalidOperationException">An event was not recorded, is not complete, or was created without timing.</exception>
    public abstract double MillisecondsSince(ComputeEvent earlier);

    /// <summary>Frees the event. A second call does nothing.</summary>
    public abstract void Dispose();

    /// <summary>Throws unless two events can measure time between them.</summary>
    private protected void CheckTiming(ComputeEvent earlier)
    {
        if (!ReferenceEquals(earlier.Device, Device)) throw new ArgumentException("The two events belong to different devices.", nameof(earlier));
        if (!Timing || !earlier.Timing) throw new InvalidOperationException("An event was created without timing: use CreateEvent(timing: true).");
    }
}
