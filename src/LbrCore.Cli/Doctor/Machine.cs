using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LbrCore.Cli.Doctor;

/// <summary>The machine and the runtime that this process runs on.</summary>
internal static class Machine
{
    /// <summary>The .NET runtime and how it makes machine code.</summary>
    public static string Runtime() => $"{RuntimeInformation.FrameworkDescription}, {(RuntimeFeature.IsDynamicCodeCompiled ? "just-in-time compiler" : "NativeAOT")}";

    /// <summary>The operating system and the processor's architecture.</summary>
    public static string System() => $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";

    /// <summary>The processor with its cores.</summary>
    public static string Processor() => $"{ProcessorName()}, {Environment.ProcessorCount} {(Environment.ProcessorCount == 1 ? "core" : "cores")}";

    /// <summary>Width of the vectors that the CPU device computes with.</summary>
    public static string Vectors() =>
        Vector512.IsHardwareAccelerated ? "512-bit (AVX-512)"
        : Vector256.IsHardwareAccelerated ? "256-bit (AVX2)"
        : Vector128.IsHardwareAccelerated ? "128-bit"
        : "none: the CPU device will be very slow";

    private static string ProcessorName()
    {
        const string LinuxFile = "/proc/cpuinfo";
        const string Key = "model name";
        if (OperatingSystem.IsLinux() && File.Exists(LinuxFile))
        {
            foreach (string line in File.ReadLines(LinuxFile))
                if (line.StartsWith(Key, StringComparison.Ordinal)) return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }

        return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unnamed processor";
    }
}
