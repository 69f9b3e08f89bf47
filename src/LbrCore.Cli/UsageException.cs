namespace LbrCore.Cli;

/// <summary>What was asked for cannot be: a name that does not exist, options that contradict each other. The message says what can be.</summary>
internal sealed class UsageException(string message) : Exception(message);
