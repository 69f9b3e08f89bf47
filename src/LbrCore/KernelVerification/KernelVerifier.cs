using LbrCore.Compute;

namespace LbrCore.KernelVerification;

/// <summary>Runs kernel cases on a device and judges what comes out.</summary>
/// <remarks>
/// A kernel is right when every output element is written and accurate (<see cref="AccuracyBound"/>), and when nothing beside the outputs has changed:
/// outputs are poisoned before the run, and every operand lies between guard bands. The references share no code with the kernels.
/// </remarks>
public static class KernelVerifier
{
    /// <summary>Runs one case.</summary>
    /// <param name="device">Where it runs.</param>
    /// <param name="kernelCase">The case.</param>
    /// <returns>What it showed. A kernel that fails (a fault on the CPU, a launch that is refused) is a result with a failure, not an exception.</returns>
    /// <exception cref="DriverException">The GPU failed and cannot be used any more.</exception>
    public static KernelCaseResult Run(Device device, KernelCase kernelCase)
    {
        using var trial = new KernelTrial(device, kernelCase);
        try
        {
            kernelCase.Body(trial);
            device.Synchronize();
            return trial.Judge();
        }
        catch (ComputeException exception) when (exception is not DriverException)
        {
            return new KernelCaseResult(kernelCase, exception.Message, double.PositiveInfinity, double.NaN, double.NaN);
        }
    }
}
