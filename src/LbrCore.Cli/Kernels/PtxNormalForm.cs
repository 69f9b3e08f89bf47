namespace LbrCore.Cli.Kernels;

/// <summary>
/// PTX reduced to what reaches the machine: two texts have the same normal form exactly when they have the same statements. Gone are comments (they name lines of the C# source, which move when
/// anything above is edited), the directives <c>.loc</c> and <c>.file</c>, empty lines, and blanks at either end of a line; other runs of blanks become one space. What stands in quotes stays as it is.
/// </summary>
internal static class PtxNormalForm
{
    /// <summary>The normal form: lines that end in a line feed.</summary>
    /// <param name="ptx">The text, in ASCII.</param>
    public static ReadOnlySpan<byte> Of(ReadOnlySpan<byte> ptx)
    {
        byte[] normal = new byte[ptx.Length + 1];
        int length = 0, lineStart = 0;
        bool blank = false;
        while (!ptx.IsEmpty)
        {
            byte first = ptx[0];
            int taken = 1;
            if (ptx.StartsWith("//"u8)) taken = ptx.IndexOf((byte)'\n') is var end and >= 0 ? end : ptx.Length;
            else if (ptx.StartsWith("/*"u8)) (taken, blank) = (2 + Through(ptx[2..], "*/"u8), true);
            else if (first == '\n') EndLine();
            else if (first <= ' ') blank = true;
            else
            {
                if (blank && length > lineStart) normal[length++] = (byte)' ';
                blank = false;
                if (first == '"') taken = 1 + Through(ptx[1..], "\""u8);
                ptx[..taken].CopyTo(normal.AsSpan(length));
                length += taken;
            }

            ptx = ptx[taken..];
        }

        EndLine();
        return normal.AsSpan(0, length);

        void EndLine()
        {
            ReadOnlySpan<byte> line = normal.AsSpan(lineStart, length - lineStart);
            if (line.StartsWith(".loc "u8) || line.StartsWith(".file "u8)) length = lineStart;
            else if (!line.IsEmpty) normal[length++] = (byte)'\n';
            lineStart = length;
            blank = false;
        }
    }

    // Bytes up to and with the end mark; all of them where there is none.
    private static int Through(ReadOnlySpan<byte> text, ReadOnlySpan<byte> mark) => text.IndexOf(mark) is var at and >= 0 ? at + mark.Length : text.Length;
}
