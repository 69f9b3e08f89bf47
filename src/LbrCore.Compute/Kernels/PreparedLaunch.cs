using System.Runtime.InteropServices;

namespace LbrCore.Compute;

/// <summary>
/// A launch whose contract was checked once and which can be repeated: the kernel is loaded, its arguments stand in fixed memory, and
/// <see cref="Launch"/> checks nothing any more. The buffers behind its views must outlive it.
/// </summary>
/// <remarks>Not thread-safe: launch and <see cref="SetScalar"/> from one thread at a time.</remarks>
public abstract class PreparedLaunch
{
    // Pinned: the driver is handed the addresses of the slots.
    private readonly ulong[] _slots;

    private protected PreparedLaunch(Device device, KernelVariant variant, in LaunchConfig config, ReadOnlySpan<ulong> slots)
    {
        Device = device;
        Variant = variant;
        Config = config;
        _slots = GC.AllocateUninitializedArray<ulong>(Math.Max(1, slots.Length), pinned: true);
        slots.CopyTo(_slots);
    }

    /// <summary>The device it was prepared for.</summary>
    public Device Device { get; }

    /// <summary>The kernel.</summary>
    public KernelVariant Variant { get; }

    /// <summary>The launch, with the kernel's own group size filled in.</summary>
    public LaunchConfig Config { get; }

    /// <summary>Whether the grid is empty, so that there is nothing to do.</summary>
    internal bool IsEmpty => Config.Grid is not { X: > 0, Y: > 0, Z: > 0 };

    /// <summary>The argument block.</summary>
    private protected Span<ulong> Slots => _slots.AsSpan(0, Variant.SlotCount);

    /// <summary>Address of the argument block; it does not move.</summary>
    private protected unsafe ulong* SlotAddress => (ulong*)Marshal.UnsafeAddrOfPinnedArrayElement(_slots, 0);

    /// <summary>Queues the kernel on a stream. While the stream captures, records it with the present arguments.</summary>
    /// <param name="stream">A stream of the same device.</param>
    /// <exception cref="ArgumentException">The stream belongs to another device.</exception>
    /// <exception cref="KernelFaultException">On the CPU: the kernel failed.</exception>
    /// <exception cref="DriverException">The driver refused the launch, or reports an earlier failure.</exception>
    public void Launch(ComputeStream stream)
    {
        if (!ReferenceEquals(stream.Device, Device))
            throw new ArgumentException($"{Variant.DisplayName} was prepared for {Device.Info.Selection}; the stream belongs to another device ({stream.Device.Info.Selection}).", nameof(stream));
        stream.LaunchPrepared(this);
    }

    /// <summary>Replaces a scalar argument for the launches that follow. Graphs captured before keep the old value. The contract is not checked again.</summary>
    /// <typeparam name="T">The parameter's own type; an enum is set by its own or its underlying type.</typeparam>
    /// <param name="name">Name of the parameter in the kernel.</param>
    /// <param name="value">The new value.</param>
    /// <exception cref="ArgumentException">No such parameter, not a scalar, or a value of another type.</exception>
    public void SetScalar<T>(string name, T value) where T : unmanaged
    {
        KernelParameter parameter = Variant.Parameters.FirstOrDefault(candidate => candidate.Name == name)
            ?? throw new ArgumentException($"{Variant.DisplayName} has no parameter {name}; it has {string.Join(", ", Variant.Parameters.Select(p => p.Name))}.", nameof(name));
        if (parameter.Slots != 1) throw new ArgumentException($"Parameter {name} of {Variant.DisplayName} is a {parameter.TypeName}, no scalar: prepare a new launch.", nameof(name));
        if (!ScalarTypeNames.Fits<T>(parameter.TypeName))
            throw new ArgumentException($"Parameter {name} of {Variant.DisplayName} is a {parameter.TypeName}, not a {typeof(T).Name}: cast the value.", nameof(value));
        _slots[parameter.FirstSlot] = KernelArguments.Pack(value);
    }
}
