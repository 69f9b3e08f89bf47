namespace LbrCore.Compute;

/// <summary>The device that was asked for cannot be used: there is none, its driver is missing or too old, or an earlier error ended it.</summary>
public sealed class DeviceUnavailableException : ComputeException
{
    /// <summary>A device cannot be used.</summary>
    /// <param name="message">Which device, why, and what to do.</param>
    /// <param name="innerException">The cause, if another error was it.</param>
    public DeviceUnavailableException(string message, Exception? innerException = null) : base(message, innerException)
    {
    }
}
