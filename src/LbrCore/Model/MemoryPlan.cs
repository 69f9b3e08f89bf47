using LbrCore.Compute;

namespace LbrCore.Model;

/// <summary>What a model and a session will allocate, known before anything is.</summary>
public sealed class MemoryPlan
{
    private readonly List<Part> _parts = [];

    /// <summary>One allocation.</summary>
    /// <param name="Name">What it holds.</param>
    /// <param name="Bytes">Its size.</param>
    public readonly record struct Part(string Name, long Bytes);

    /// <summary>The allocations in the order in which they are made.</summary>
    public IReadOnlyList<Part> Parts => _parts;

    /// <summary>Bytes of all allocations.</summary>
    public long TotalBytes => _parts.Sum(part => part.Bytes);

    /// <summary>Adds an allocation.</summary>
    /// <param name="name">What it holds.</param>
    /// <param name="elements">Number of elements.</param>
    /// <param name="elementSize">Bytes of one.</param>
    /// <returns>This plan.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The plan is beyond 2^63 bytes.</exception>
    public MemoryPlan Add(string name, long elements, int elementSize)
    {
        UInt128 bytes = (UInt128)(ulong)elements * (uint)elementSize;
        if (elements < 0 || bytes + (ulong)TotalBytes > long.MaxValue)
            throw new ArgumentOutOfRangeException(nameof(elements), $"{name} of {elements} elements is more than any device has; choose smaller sizes.");
        _parts.Add(new Part(name, (long)bytes));
        return this;
    }

    /// <summary>Adds all allocations of another plan.</summary>
    /// <param name="other">The other plan.</param>
    /// <returns>This plan.</returns>
    public MemoryPlan Add(MemoryPlan other)
    {
        _parts.AddRange(other._parts);
        return this;
    }

    /// <summary>Adds all allocations of another plan under the name of what makes them.</summary>
    /// <param name="owner">What makes them: comes before the name of each.</param>
    /// <param name="other">The other plan.</param>
    /// <returns>This plan.</returns>
    public MemoryPlan Add(string owner, MemoryPlan other)
    {
        ArgumentNullException.ThrowIfNull(other);
        _parts.AddRange(other._parts.Select(part => part with { Name = $"{owner} {part.Name}" }));
        return this;
    }

    /// <summary>Bytes of all allocations whose names begin with one of some words.</summary>
    /// <param name="beginnings">The words.</param>
    public long BytesOf(params ReadOnlySpan<string> beginnings)
    {
        long bytes = 0;
        foreach (Part part in _parts)
        {
            foreach (string beginning in beginnings)
            {
                if (!part.Name.StartsWith(beginning, StringComparison.Ordinal)) continue;
                bytes += part.Bytes;
                break;
            }
        }

        return bytes;
    }

    /// <summary>Refuses a plan that does not fit, before a part of it is allocated.</summary>
    /// <param name="device">The device.</param>
    /// <param name="advice">What to make smaller.</param>
    /// <exception cref="OutOfDeviceMemoryException">Less is free than the plan needs; the message names every part.</exception>
    public void Require(Device device, string advice)
    {
        long free = device.GetMemoryInfo().Free;
        if (TotalBytes <= free) return;
        throw new OutOfDeviceMemoryException(
            $"{device.Info.Selection}: {Size(TotalBytes)} asked for ({this}), {Size(free)} free. {advice}", (ulong)TotalBytes, (ulong)free);
    }

    /// <summary>The parts with their sizes, on one line.</summary>
    public override string ToString() => string.Join(", ", _parts.Select(part => $"{part.Name} {Size(part.Bytes)}"));

    private static string Size(long bytes) => bytes >= 1 << 20 ? $"{bytes >> 20} MiB" : $"{bytes} bytes";
}
