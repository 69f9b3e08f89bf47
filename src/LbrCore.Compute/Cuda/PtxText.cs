using System.Text;

namespace LbrCore.Compute.Cuda;

/// <summary>PTX as text: what is done to it before the driver compiles it, and how its lines lead back to the C# source.</summary>
internal static class PtxText
{
    private const string MinimumMarker = "// minimum: sm_80";
    private const string OptionalMarker = "// optional: sm_90";
    private const string OptionalInstruction = "griddepcontrol.";
    private const string NewTarget = ".target sm_90";
    private const string OldTarget = ".target sm_80";

    /// <summary>Lines at the top in which the mark of a lower minimum is looked for.</summary>
    private const int HeaderLines = 4;

    private const int Hopper = 90;

    /// <summary>
    /// The text that the driver gets: ended by a zero byte, and for a chip before compute capability 9.0 without the instructions that the kernel uses
    /// only where they exist. Lines keep their numbers.
    /// </summary>
    internal static byte[] ForDriver(ReadOnlySpan<byte> ptx, ComputeCapability capability)
    {
        if (capability.Value < Hopper && HasLowerMinimum(ptx)) ptx = Lower(Encoding.UTF8.GetString(ptx));
        var terminated = new byte[ptx.Length + 1];
        ptx.CopyTo(terminated);
        return terminated;
    }

    /// <summary>The first line number in a compiler's log (<c>ptxas application ptx input, line 12; error : ...</c>), or 0.</summary>
    internal static int FirstLine(string log)
    {
        const string Key = "line ";
        for (int at = log.IndexOf(Key, StringComparison.Ordinal); at >= 0; at = log.IndexOf(Key, at + 1, StringComparison.Ordinal))
        {
            int line = 0;
            for (int i = at + Key.Length; i < log.Length && char.IsAsciiDigit(log[i]) && line < 100_000_000; i++) line = 10 * line + (log[i] - '0');
            if (line > 0) return line;
        }

        return 0;
    }

    /// <summary>A line of the text, trimmed, and the C# place named by the nearest comment <c>// file.cs:line</c> in it or above it.</summary>
    /// <param name="ptx">The text.</param>
    /// <param name="line">Line number from 1.</param>
    internal static (string Text, string? Source) Locate(ReadOnlySpan<byte> ptx, int line)
    {
        string[] lines = Encoding.UTF8.GetString(ptx).Split('\n');
        if (line < 1 || line > lines.Length) return ("", null);
        for (int i = line - 1; i >= 0; i--)
            if (SourcePlace(lines[i]) is { } place) return (lines[line - 1].Trim(), place);
        return (lines[line - 1].Trim(), null);
    }

    /// <summary>The <c>file.cs:line</c> of a comment, or null if the line has none.</summary>
    private static string? SourcePlace(string line)
    {
        const string Extension = ".cs:";
        int comment = line.IndexOf("//", StringComparison.Ordinal);
        if (comment < 0) return null;
        int extension = line.IndexOf(Extension, comment, StringComparison.Ordinal);
        if (extension < 0) return null;
        int start = extension;
        while (start > comment + 2 && !char.IsWhiteSpace(line[start - 1])) start--;
        int end = extension + Extension.Length;
        while (end < line.Length && char.IsAsciiDigit(line[end])) end++;
        return end > extension + Extension.Length ? line[start..end] : null;
    }

    private static bool HasLowerMinimum(ReadOnlySpan<byte> ptx)
    {
        int lines = 0;
        foreach (Range range in ptx.Split((byte)'\n'))
        {
            if (Encoding.UTF8.GetString(ptx[range]).Trim() == MinimumMarker) return true;
            if (++lines == HeaderLines) return false;
        }

        return false;
    }

    private static byte[] Lower(string ptx)
    {
        string[] lines = ptx.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string trimmed = lines[i].Trim();
            if (trimmed.StartsWith(OptionalInstruction, StringComparison.Ordinal) && trimmed.Contains(OptionalMarker, StringComparison.Ordinal)) lines[i] = "";
            else if (trimmed == NewTarget) lines[i] = OldTarget;
        }

        return Encoding.UTF8.GetBytes(string.Join('\n', lines));
    }
}
