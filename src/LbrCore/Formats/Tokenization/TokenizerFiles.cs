using System.IO.Compression;

namespace LbrCore.Formats.Tokenization;

/// <summary>Reads the files of a tokenizer, plain or gzipped, within a limit.</summary>
internal static class TokenizerFiles
{
    // The largest public tokenizer.json files have some 35 MB.
    private const int MaximumBytes = 256 << 20;

    /// <summary>The bytes of the file, or of the file with ".gz" behind its name; null where there is neither.</summary>
    /// <exception cref="InvalidDataException">The file is too large, or its compression is damaged.</exception>
    public static byte[]? ReadIfPresent(string path)
    {
        string zipped = path + ".gz";
        return File.Exists(path) ? Read(path) : File.Exists(zipped) ? Read(zipped) : null;
    }

    /// <summary>The bytes of a file, decompressed if its name ends with ".gz".</summary>
    /// <exception cref="InvalidDataException">The file is too large, or its compression is damaged.</exception>
    public static byte[] Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        bool isZipped = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        using Stream content = isZipped ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var bytes = new MemoryStream(isZipped ? 0 : (int)Math.Min(file.Length, MaximumBytes));
        var chunk = new byte[1 << 16];
        for (int read; (read = content.Read(chunk)) > 0;)
        {
            if (bytes.Length + read > MaximumBytes)
                throw new InvalidDataException($"'{path}' holds more than {MaximumBytes >> 20} MiB, which no tokenizer file does.");
            bytes.Write(chunk, 0, read);
        }

        return bytes.ToArray();
    }
}
