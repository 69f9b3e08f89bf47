using System.Reflection;
using LbrCore.Compute;

namespace LbrCore.Cli.Kernels;

/// <summary>The C# that the generator made of a kernel for the CPU: the files that the compiler wrote, embedded in this program.</summary>
internal static class LanesSource
{
    /// <summary>The class of a variant, 32 lanes at a time; null where this program does not carry it.</summary>
    public static string? Of(KernelVariant variant)
    {
        Assembly program = typeof(LanesSource).Assembly;
        string? name = Array.Find(program.GetManifestResourceNames(), name => name.EndsWith($".{variant.Kernel}.g.cs", StringComparison.Ordinal));
        if (name is null) return null;
        using var reader = new StreamReader(program.GetManifestResourceStream(name)!);
        return Extract(reader, $" class {variant.Name}_lanes ");
    }

    /// <summary>The lines of a class with the comment above it: from a line that contains its head to the brace that closes it.</summary>
    internal static string? Extract(TextReader reader, string head)
    {
        string above = "";
        while (reader.ReadLine() is { } line)
        {
            if (!line.Contains(head, StringComparison.Ordinal))
            {
                above = line;
                continue;
            }

            string last = line[..^line.TrimStart().Length] + "}";
            var lines = new List<string>();
            if (above.TrimStart().StartsWith("///", StringComparison.Ordinal)) lines.Add(above);
            for (string? next = line; next is not null; next = next == last ? null : reader.ReadLine()) lines.Add(next);
            return string.Join('\n', lines);
        }

        return null;
    }
}
