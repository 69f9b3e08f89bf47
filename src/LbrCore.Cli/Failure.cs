using LbrCore.Cli.Terminal;
using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Formats.ChatTemplates;

namespace LbrCore.Cli;

/// <summary>Turns an exception into one sentence on the error stream. <c>LBR_DEBUG=1</c> shows the stack as well.</summary>
internal static class Failure
{
    private const string DebugVariable = "LBR_DEBUG";

    /// <summary>Writes the sentence.</summary>
    /// <returns>The exit code: 1, or 2 where the caller asked for something that cannot be.</returns>
    public static int Report(Exception exception, Screen screen)
    {
        screen.Error.WriteLine(Sentence(exception));
        if (Environment.GetEnvironmentVariable(DebugVariable) is "1" or "true") screen.Error.WriteLine(exception);
        else if (!IsExpected(exception)) screen.Error.WriteLine($"This is a defect of lbr; {DebugVariable}=1 shows where it happened.");
        return exception is ArgumentException or UsageException ? 2 : 1;
    }

    /// <summary>What happened, for a person.</summary>
    public static string Sentence(Exception exception) => exception switch
    {
        // ArgumentException appends the parameter's name, which means nothing to a person.
        ArgumentException { ParamName: { } name } argument => argument.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal),
        UnauthorizedAccessException or IOException => exception.Message,
        _ when IsExpected(exception) => exception.Message,
        _ => $"{exception.GetType().Name}: {exception.Message}",
    };

    private static bool IsExpected(Exception exception) =>
        exception is ComputeException or CheckpointException or ChatTemplateException or NotSupportedException or UsageException or ArgumentException or IOException or UnauthorizedAccessException or InvalidDataException;
}
