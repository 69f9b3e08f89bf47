namespace LbrCore.Compute;

/// <summary>A kernel variant cannot run on this device: it needs a newer architecture, or was built without the form that the device runs.</summary>
public sealed class KernelNotSupportedException : ComputeException
{
    /// <summary>A kernel that this device cannot run.</summary>
    /// <param name="message">Which kernel, which device, what is missing.</param>
    public KernelNotSupportedException(string message) : base(message)
    {
    }
}
