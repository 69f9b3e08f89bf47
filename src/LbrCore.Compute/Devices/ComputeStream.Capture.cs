namespace LbrCore.Compute;

public abstract partial class ComputeStream
{
    // The stream whose BeginCapture started the capture that this stream takes part in: itself, or the one whose event it waited for.
    private ComputeStream? _captureOrigin;
    private List<ComputeStream>? _joined;

    /// <summary>Whether work is recorded into a graph instead of being run.</summary>
    public bool IsCapturing => _captureOrigin is not null;

    /// <summary>From now on, work on this stream is recorded and not run, until <see cref="EndCapture"/>. Nothing may be allocated, and the host may not wait for the stream.</summary>
    /// <exception cref="InvalidOperationException">The stream is capturing already.</exception>
    public void BeginCapture()
    {
        CheckUsable();
        RefuseCapture("A capture is under way on this stream");
        Device.StartCapture(BeginCaptureCore);
        _captureOrigin = this;
    }

    /// <summary>Ends the recording and makes a graph of it, ready to be launched.</summary>
    /// <exception cref="InvalidOperationException">The stream is not capturing, or was only drawn into another stream's capture.</exception>
    /// <exception cref="DriverException">Something between begin and end made the capture invalid.</exception>
    public Graph EndCapture()
    {
        if (!ReferenceEquals(_captureOrigin, this)) throw new InvalidOperationException("BeginCapture was not called on this stream.");
        try
        {
            return EndCaptureCore();
        }
        finally
        {
            LeaveCapture();
        }
    }

    /// <summary>Ends the recording and drops it; for a caller whose recording failed. Reports no errors: the failure is what matters.</summary>
    internal void AbandonCapture()
    {
        if (!ReferenceEquals(_captureOrigin, this)) return;
        try
        {
            AbandonCaptureCore();
        }
        finally
        {
            LeaveCapture();
        }
    }

    /// <summary>The stream that holds the recording which this stream takes part in, or null.</summary>
    private protected ComputeStream? CaptureOrigin => _captureOrigin;

    private protected abstract void BeginCaptureCore();

    private protected abstract Graph EndCaptureCore();

    private protected abstract void AbandonCaptureCore();

    private void JoinCapture(ComputeStream origin)
    {
        ComputeStream first = origin._captureOrigin!;
        _captureOrigin = first;
        (first._joined ??= []).Add(this);
    }

    private void LeaveCapture()
    {
        _joined?.ForEach(stream => stream._captureOrigin = null);
        _joined?.Clear();
        _captureOrigin = null;
        Device.CaptureEnded();
    }

    private void RefuseCapture(string sentence)
    {
        if (IsCapturing) throw new InvalidOperationException($"{sentence}: end the capture first.");
    }
}
