using System.Runtime.CompilerServices;
using LbrCore.Compute;

namespace LbrCore.Training;

/// <summary>Copies to the device that the host does not wait for, so that it prepares the next batch while the device works on this one.</summary>
internal static class Staged
{
    // What the driver takes over before a copy returns; of more the stream would have to be waited for.
    private const int Bytes = 64 << 10;

    /// <summary>Copies a span in pieces.</summary>
    /// <param name="stream">Where the copies are queued.</param>
    /// <param name="source">What is copied.</param>
    /// <param name="destination">Where it goes; at least as long.</param>
    public static void Copy<T>(ComputeStream stream, ReadOnlySpan<T> source, ArrayView<T> destination) where T : unmanaged
    {
        int most = Bytes / Unsafe.SizeOf<T>();
        for (int first = 0; first < source.Length; first += most)
        {
            ReadOnlySpan<T> piece = source.Slice(first, Math.Min(most, source.Length - first));
            stream.CopyFromHost(piece, destination.SubView(first, piece.Length));
        }
    }
}
