using System.Globalization;
using LbrCore.Compute;

namespace LbrCore.Cli.Bench;

/// <summary>What a case planned to take, and what it took.</summary>
internal static class MemoryNote
{
    private const double Mebibyte = 1 << 20;

    /// <summary>Lets the peaks begin anew.</summary>
    /// <returns>Bytes of buffers that live already.</returns>
    public static long Begin(Device device)
    {
        device.ResetMemoryPeaks();
        return device.GetMemoryInfo().Allocated;
    }

    /// <summary>Plan beside peak, and what the driver says.</summary>
    /// <param name="device">The device.</param>
    /// <param name="planned">Bytes of the plan.</param>
    /// <param name="before">Bytes that lived before.</param>
    public static string Of(Device device, long planned, long before)
    {
        long peak = device.GetMemoryInfo().Peak - before;
        string note = string.Create(CultureInfo.InvariantCulture, $"{planned / Mebibyte:0.0} MiB planned, {peak / Mebibyte:0.0} MiB at most ({(double)peak / planned - 1:+0.00%;-0.00%})");
        return device.GetDriverMemoryInfo() is not { } driver ? note
            : string.Create(CultureInfo.InvariantCulture, $"{note}; driver: {(driver.PoolPeak - before) / Mebibyte:0.0} MiB of its pool at most, {driver.ReservedPeak / Mebibyte:0} MiB held back, {driver.Used / Mebibyte:0} MiB of the GPU taken");
    }
}
