using System.Diagnostics.CodeAnalysis;

namespace LbrCore.Formats;

/// <summary>Named tensors that can be read: one file, a folder of shards, or somebody else's reader.</summary>
/// <remarks>
/// This is the seam between the model loader and the file format. Reading is thread-safe; disposing while another thread
/// reads is not. <see cref="TensorSourceReading"/> adds typed reads on top of these members.
/// </remarks>
public interface ITensorSource : IDisposable
{
    /// <summary>What is read, for messages: a file or folder path.</summary>
    string Description { get; }

    /// <summary>Names of all tensors, in the order in which reading them is fastest.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Looks a tensor up.</summary>
    /// <param name="name">Name of the tensor; case matters.</param>
    /// <param name="info">Its description, when the result is true.</param>
    bool TryGetInfo(string name, [NotNullWhen(true)] out TensorInfo? info);

    /// <summary>Copies raw little-endian bytes of one tensor.</summary>
    /// <param name="name">Name of the tensor.</param>
    /// <param name="offset">First byte to copy, relative to the tensor.</param>
    /// <param name="destination">Receives exactly its length in bytes.</param>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie inside the tensor.</exception>
    void ReadBytes(string name, long offset, Span<byte> destination);

    /// <summary>Gives the tensor's bytes in place, where the source has them in memory; otherwise false.</summary>
    /// <param name="name">Name of the tensor.</param>
    /// <param name="bytes">The bytes, valid until this source is disposed.</param>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    bool TryMap(string name, out MappedBytes bytes);
}
