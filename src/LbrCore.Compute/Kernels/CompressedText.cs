using System.ComponentModel;
using System.IO.Compression;

namespace LbrCore.Compute;

/// <summary>Text that generated code holds deflated (RFC 1951), because many kernels would make a small program large. For generated code only.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class CompressedText
{
    /// <summary>The bytes that were deflated.</summary>
    /// <param name="deflated">A whole deflate stream.</param>
    /// <param name="length">Bytes that it holds.</param>
    /// <exception cref="InvalidDataException">The stream holds something else.</exception>
    public static unsafe ReadOnlySpan<byte> Inflate(ReadOnlySpan<byte> deflated, int length)
    {
        byte[] text = new byte[length];
        fixed (byte* start = deflated)
        {
            using var source = new UnmanagedMemoryStream(start, deflated.Length);
            using var inflate = new DeflateStream(source, CompressionMode.Decompress);
            if (inflate.ReadAtLeast(text, length, throwOnEndOfStream: false) < length || inflate.ReadByte() >= 0)
                throw new InvalidDataException($"A deflated text is damaged: it should hold {length} bytes.");
        }

        return text;
    }
}
