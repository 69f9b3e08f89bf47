namespace LbrCore.Compute;

/// <summary>A launch was refused on the host, before anything ran: its arguments or sizes break what the kernel or the device requires.</summary>
public sealed class LaunchContractException : ComputeException
{
    /// <summary>A refused launch.</summary>
    /// <param name="message">The whole sentence.</param>
    /// <param name="kernel">The kernel, with its specialisation.</param>
    /// <param name="parameter">The parameter or part of the launch that is wrong.</param>
    /// <param name="needed">What is needed.</param>
    /// <param name="given">What was given.</param>
    public LaunchContractException(string message, string kernel, string parameter, string needed, string given) : base(message)
    {
        Kernel = kernel;
        Parameter = parameter;
        Needed = needed;
        Given = given;
    }

    /// <summary>The kernel, with its specialisation.</summary>
    public string Kernel { get; }

    /// <summary>The parameter or part of the launch that is wrong.</summary>
    public string Parameter { get; }

    /// <summary>What is needed.</summary>
    public string Needed { get; }

    /// <summary>What was given.</summary>
    public string Given { get; }
}
