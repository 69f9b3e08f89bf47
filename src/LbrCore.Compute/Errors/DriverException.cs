namespace LbrCore.Compute;

/// <summary>A call of the CUDA driver failed.</summary>
public sealed class DriverException : ComputeException
{
    /// <summary>A failed driver call.</summary>
    /// <param name="message">The whole sentence: what was attempted, the driver's name and text of the error, the kernel and its sizes if any.</param>
    /// <param name="code">The driver's result code (<c>CUresult</c>).</param>
    /// <param name="errorName">The driver's name of the code: <c>CUDA_ERROR_ILLEGAL_ADDRESS</c>.</param>
    /// <param name="errorText">The driver's description of the code.</param>
    /// <param name="kernel">The kernel that was launched, or null where the call was no launch.</param>
    /// <param name="config">How it was launched, or null.</param>
    public DriverException(string message, int code, string errorName, string errorText, string? kernel = null, LaunchConfig? config = null)
        : base(message)
    {
        Code = code;
        ErrorName = errorName;
        ErrorText = errorText;
        Kernel = kernel;
        Config = config;
    }

    /// <summary>The driver's result code (<c>CUresult</c>).</summary>
    public int Code { get; }

    /// <summary>The driver's name of the code: <c>CUDA_ERROR_ILLEGAL_ADDRESS</c>.</summary>
    public string ErrorName { get; }

    /// <summary>The driver's description of the code.</summary>
    public string ErrorText { get; }

    /// <summary>The kernel that was launched, or null where the call was no launch.</summary>
    public string? Kernel { get; }

    /// <summary>How the kernel was launched, or null where the call was no launch.</summary>
    public LaunchConfig? Config { get; }
}
