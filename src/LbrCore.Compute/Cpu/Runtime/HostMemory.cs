using System.Globalization;

namespace LbrCore.Compute.Cpu;

/// <summary>How much memory the host has, within the limits of its container.</summary>
internal static class HostMemory
{
    private const string LinuxMemoryInfo = "/proc/meminfo";

    /// <summary>Bytes that this process may use in all.</summary>
    internal static long Total() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Bytes that can still be taken, as far as the system tells.</summary>
    /// <param name="total">What <see cref="Total"/> gave.</param>
    internal static long Free(long total)
    {
        long free = Math.Max(0, total - Environment.WorkingSet);
        return LinuxAvailable() is { } available ? Math.Min(free, available) : free;
    }

    private static long? LinuxAvailable()
    {
        if (!OperatingSystem.IsLinux()) return null;
        try
        {
            return ParseAvailable(File.ReadLines(LinuxMemoryInfo));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The line <c>MemAvailable: 123 kB</c> in bytes, or null if there is none.</summary>
    internal static long? ParseAvailable(IEnumerable<string> lines)
    {
        const string Key = "MemAvailable:";
        string? line = lines.FirstOrDefault(candidate => candidate.StartsWith(Key, StringComparison.Ordinal));
        if (line is null) return null;
        ReadOnlySpan<char> value = line.AsSpan(Key.Length).Trim();
        if (value.EndsWith("kB")) value = value[..^2].TrimEnd();
        return long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long kibibytes) ? kibibytes * 1024 : null;
    }
}
