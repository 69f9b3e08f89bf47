namespace LbrCore.Compute;

/// <summary>Base of all errors that devices, launches and kernels report.</summary>
public class ComputeException : Exception
{
    /// <summary>An error with a message.</summary>
    /// <param name="message">What went wrong, with which values, and what to do.</param>
    public ComputeException(string message) : base(message)
    {
    }

    /// <summary>An error with a message and its cause.</summary>
    /// <param name="message">What went wrong, with which values, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public ComputeException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}
