using Microsoft.Win32.SafeHandles;

namespace LbrCore.Formats;

/// <summary>Writes a file so that its path always holds either the old content or the whole new one.</summary>
/// <remarks>
/// The bytes go to a temporary file in the same folder (a rename is atomic only within a file system), are flushed to the
/// disk, and take the final name with one rename. Disposing without <see cref="Commit"/> removes the temporary file.
/// </remarks>
internal sealed class AtomicFile : IDisposable
{
    private readonly string _path;
    private readonly string _temporaryPath;
    private readonly SafeFileHandle _handle;
    private bool _committed;

    private AtomicFile(string path, string temporaryPath, SafeFileHandle handle)
    {
        _path = path;
        _temporaryPath = temporaryPath;
        _handle = handle;
    }

    /// <summary>Creates the temporary file.</summary>
    /// <param name="path">Final path; its folder must exist.</param>
    /// <param name="length">Final length in bytes, reserved now so that a full disk shows before hours of work are written.</param>
    /// <exception cref="IOException">The folder does not exist, the disk is full, or the path is that of a device.</exception>
    /// <exception cref="UnauthorizedAccessException">Writing there is not allowed.</exception>
    public static AtomicFile Create(string path, long length)
    {
        string full = Target(path);
        string temporary = Path.Combine(Path.GetDirectoryName(full) ?? "", $".{Path.GetFileName(full)}.{Guid.NewGuid():N}.tmp");
        try
        {
            return new AtomicFile(full, temporary, File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.None, length));
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes a whole file.</summary>
    /// <exception cref="IOException">The folder does not exist or the disk is full.</exception>
    /// <exception cref="UnauthorizedAccessException">Writing there is not allowed.</exception>
    public static void WriteAllBytes(string path, ReadOnlySpan<byte> bytes)
    {
        using AtomicFile file = Create(path, bytes.Length);
        file.Write(0, bytes);
        file.Commit();
    }

    // The file that a link leads to: a rename would replace the link. And it would replace a device, such as /dev/null, for the whole machine.
    private static string Target(string path)
    {
        string full = Path.GetFullPath(path), target = new FileInfo(full) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName : full;
        if (target.StartsWith("/proc/", StringComparison.Ordinal) || (target.StartsWith("/dev/", StringComparison.Ordinal) && !target.StartsWith("/dev/shm/", StringComparison.Ordinal)))
            throw new IOException($"'{path}' is a device, not a file; give the name of a file.");
        return target;
    }

    /// <summary>Writes bytes at an offset of the temporary file.</summary>
    public void Write(long offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(_handle, bytes, offset);

    /// <summary>Flushes to the disk and gives the file its final name, replacing what was there.</summary>
    public void Commit()
    {
        // Without the flush a power failure could leave the new name on an empty file: names and data reach the disk separately.
        RandomAccess.FlushToDisk(_handle);
        _handle.Dispose();
        File.Move(_temporaryPath, _path, overwrite: true);
        _committed = true;
    }

    public void Dispose()
    {
        _handle.Dispose();
        if (_committed)
            return;
        try
        {
            File.Delete(_temporaryPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Disposal runs while another error travels, for example "the folder is gone"; that one is worth reporting.
        }
    }
}
