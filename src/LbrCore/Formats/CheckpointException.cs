namespace LbrCore.Formats;

/// <summary>A checkpoint cannot be read, written or used as asked. The message is one sentence that names the file, the thing and its value.</summary>
/// <remarks>
/// The base of every error that comes from the content of files, so that one <c>catch</c> covers a whole folder. Wrong
/// arguments (an offset outside a tensor, a null path) are the usual argument exceptions.
/// </remarks>
public class CheckpointException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">One sentence: what is wrong, with which value, and what to do.</param>
    /// <param name="innerException">The operating system's or the JSON reader's own report, if any.</param>
    public CheckpointException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
