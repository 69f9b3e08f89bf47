namespace LbrCore.Compute;

/// <summary>A device has not the memory that was asked for. The device remains usable.</summary>
public sealed class OutOfDeviceMemoryException : ComputeException
{
    /// <summary>A refused allocation.</summary>
    /// <param name="message">What was asked for and what was free.</param>
    /// <param name="requestedBytes">Bytes asked for; <see cref="ulong.MaxValue"/> if the number does not fit, 0 if the driver does not say.</param>
    /// <param name="freeBytes">Bytes free at that moment.</param>
    public OutOfDeviceMemoryException(string message, ulong requestedBytes, ulong freeBytes) : base(message)
    {
        RequestedBytes = requestedBytes;
        FreeBytes = freeBytes;
    }

    /// <summary>Bytes asked for; <see cref="ulong.MaxValue"/> if the number does not fit, 0 if the driver does not say.</summary>
    public ulong RequestedBytes { get; }

    /// <summary>Bytes free at that moment.</summary>
    public ulong FreeBytes { get; }
}
