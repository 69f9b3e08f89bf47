namespace LbrCore.Formats.Configuration;

/// <summary>A config.json or generation_config.json cannot be read, is invalid, or asks for something this library does not do.</summary>
/// <remarks>The message is one sentence that names the file, the field and its value.</remarks>
public sealed class ModelConfigException : CheckpointException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">One sentence: which field, which value, what would be right.</param>
    /// <param name="innerException">The operating system's or the JSON reader's own report, if any.</param>
    public ModelConfigException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
