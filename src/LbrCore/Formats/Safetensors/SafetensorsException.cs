namespace LbrCore.Formats.Safetensors;

/// <summary>A safetensors file or index cannot be read or written as asked. The message names the file, the tensor and the value.</summary>
/// <remarks>Everything that can be wrong with a file's content or with reaching it arrives as this one type.</remarks>
public sealed class SafetensorsException : CheckpointException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">One sentence: what is wrong, with which value, and what to do.</param>
    /// <param name="innerException">The operating system's or the JSON reader's own report, if any.</param>
    public SafetensorsException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
