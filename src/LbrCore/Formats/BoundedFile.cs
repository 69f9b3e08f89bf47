namespace LbrCore.Formats;

/// <summary>Reads small text files whose size nobody guarantees.</summary>
internal static class BoundedFile
{
    /// <summary>All bytes of a file of at most <paramref name="maxBytes"/>.</summary>
    /// <exception cref="IOException">The file is larger, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Reading is not allowed, or the path is a folder.</exception>
    public static byte[] ReadAllBytes(string path, int maxBytes)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        if (file.Length > maxBytes)
            throw new IOException($"it has {file.Length} bytes, the limit is {maxBytes}.");
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
