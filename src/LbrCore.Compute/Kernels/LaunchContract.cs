using System.Runtime.CompilerServices;

namespace LbrCore.Compute;

/// <summary>
/// What a kernel's contract method states about a launch. The first statement that does not hold ends the launch with a
/// <see cref="LaunchContractException"/> that names kernel, parameter, what is needed and what was given.
/// </summary>
/// <remarks>
/// A contract method has the kernel's parameters behind the contract, and runs on the host before each launch, once for a prepared launch:
/// <code>
/// static void CheckForward(LaunchContract contract, ArrayView&lt;float&gt; x, ArrayView&lt;float&gt; y, int rows, int hiddenSize)
/// {
///     contract.NonNegative(rows);
///     contract.Length(x, (long)rows * hiddenSize);
///     contract.Aligned(x, 16);
///     contract.Require(hiddenSize % 8 == 0, $"hiddenSize is {hiddenSize}; pad it to a multiple of 8");
/// }
/// </code>
/// A statement that holds allocates nothing. The object is reused by the thread's next launch: do not keep it.
/// </remarks>
public sealed class LaunchContract
{
    [ThreadStatic]
    private static LaunchContract? s_current;

    private Device? _device;
    private KernelVariant? _variant;
    private LaunchConfig _config;

    private LaunchContract()
    {
    }

    /// <summary>The device that shall run the kernel.</summary>
    public Device Device => _device!;

    /// <summary>The kernel.</summary>
    public KernelVariant Variant => _variant!;

    /// <summary>The launch, with the kernel's own group size filled in.</summary>
    public LaunchConfig Config => _config;

    /// <summary>The contract of one launch. Called by generated launchers.</summary>
    /// <param name="device">The device that shall run the kernel.</param>
    /// <param name="variant">The kernel.</param>
    /// <param name="config">The launch.</param>
    public static LaunchContract For(Device device, KernelVariant variant, LaunchConfig config)
    {
        LaunchContract contract = s_current ??= new LaunchContract();
        contract._device = device;
        contract._variant = variant;
        contract._config = config with { Group = LaunchLimits.ResolveGroup(variant, config.Group) };
        return contract;
    }

    /// <summary>The view has at least so many elements. Write the product in 64 bits: <c>(long)rows * columns</c>.</summary>
    public void Length<T>(
        ArrayView<T> view, long needed,
        [CallerArgumentExpression(nameof(view))] string parameter = "", [CallerArgumentExpression(nameof(needed))] string expression = "")
        where T : unmanaged
    {
        if (needed < 0) throw Refused(expression, "not negative", $"{needed}");
        CheckPlace(view, parameter);
        if (view.Length < needed) throw Refused(parameter, $"at least {Explain(needed, expression)} elements", $"a view of {view.Length} elements");
    }

    /// <summary>The view starts at a multiple of so many bytes: what wide loads (16), tensor maps (16) and swizzled tiles (128 and up) need. Empty views pass.</summary>
    public void Aligned<T>(ArrayView<T> view, int bytes, [CallerArgumentExpression(nameof(view))] string parameter = "") where T : unmanaged
    {
        CheckPlace(view, parameter);
        if (view.Length > 0 && (ulong)view.Pointer % (uint)bytes != 0)
            throw Refused(parameter, $"an address that is a multiple of {bytes} bytes", $"at 0x{view.Pointer:x}", "Buffers start aligned: choose the sub-view's offset accordingly.");
    }

    /// <summary>The two views share no element: for kernels that must not run in place.</summary>
    public void Disjoint<T, TOther>(
        ArrayView<T> view, ArrayView<TOther> other,
        [CallerArgumentExpression(nameof(view))] string parameter = "", [CallerArgumentExpression(nameof(other))] string otherParameter = "")
        where T : unmanaged
        where TOther : unmanaged
    {
        long start = view.Pointer, end = start + view.Length * Unsafe.SizeOf<T>();
        long otherStart = other.Pointer, otherEnd = otherStart + other.Length * Unsafe.SizeOf<TOther>();
        if (start < otherEnd && otherStart < end) throw Refused(parameter, $"memory of its own, not that of {otherParameter}", "overlapping it");
    }

    /// <summary>The value is 0 or more.</summary>
    public void NonNegative(long value, [CallerArgumentExpression(nameof(value))] string parameter = "")
    {
        if (value < 0) throw Refused(parameter, "0 or more", $"{value}");
    }

    /// <summary>The value is 1 or more.</summary>
    public void Positive(long value, [CallerArgumentExpression(nameof(value))] string parameter = "")
    {
        if (value <= 0) throw Refused(parameter, "1 or more", $"{value}");
    }

    /// <summary>The value lies between two bounds, both included.</summary>
    public void InRange(long value, long lowest, long highest, [CallerArgumentExpression(nameof(value))] string parameter = "")
    {
        if (value < lowest || value > highest) throw Refused(parameter, $"{lowest} to {highest}", $"{value}");
    }

    /// <summary>The value is a multiple of another, which is positive.</summary>
    public void MultipleOf(long value, long divisor, [CallerArgumentExpression(nameof(value))] string parameter = "")
    {
        if (value % divisor != 0) throw Refused(parameter, $"a multiple of {divisor}", $"{value}");
    }

    /// <summary>The launch has groups of exactly so many threads.</summary>
    public void GroupSize(int threads)
    {
        if (_config.Group.Count != threads) throw Refused("group size", $"{threads} threads", $"{_config.Group.Count}");
    }

    /// <summary>The launch has groups of a multiple of so many threads: 32 for whole warps.</summary>
    public void GroupMultipleOf(int threads)
    {
        if (_config.Group.Count % threads != 0) throw Refused("group size", $"a multiple of {threads} threads", $"{_config.Group.Count}");
    }

    /// <summary>The launch has at least so many groups in each dimension.</summary>
    public void GridAtLeast(Dim3 groups)
    {
        Dim3 grid = _config.Grid;
        if (grid.X < groups.X || grid.Y < groups.Y || grid.Z < groups.Z) throw Refused("grid size", $"at least {groups}", grid.ToString());
    }

    /// <summary>The launch has at least so many bytes of dynamic shared memory.</summary>
    public void DynamicShared(long bytes, [CallerArgumentExpression(nameof(bytes))] string expression = "")
    {
        if (_config.DynamicSharedBytes < bytes) throw Refused("dynamic shared memory", $"at least {Explain(bytes, expression)} bytes", $"{_config.DynamicSharedBytes}");
    }

    /// <summary>Any other condition, with a sentence that says what is wrong and what to do.</summary>
    public void Require(bool condition, string message, [CallerArgumentExpression(nameof(condition))] string expression = "")
    {
        if (!condition) throw Violated(message, expression);
    }

    /// <summary>Any other condition, with a sentence that is only put together when the condition does not hold.</summary>
    public void Require(
        bool condition, [InterpolatedStringHandlerArgument(nameof(condition))] ref ContractMessage message,
        [CallerArgumentExpression(nameof(condition))] string expression = "")
    {
        if (!condition) throw Violated(message.ToStringAndClear(), expression);
    }

    private void CheckPlace<T>(ArrayView<T> view, string parameter) where T : unmanaged
    {
        bool onGpu = Device.Info.Kind == DeviceKind.Cuda;
        if (view.OnDeviceOnly != onGpu && view.Length > 0)
            throw Refused(parameter, $"memory of {Device.Info.Selection}", onGpu ? "memory of the host" : "memory of a GPU", "Allocate the buffer on the device that runs the kernel.");
    }

    private static string Explain(long value, string expression) => expression == value.ToString() ? expression : $"{value} ({expression})";

    private LaunchContractException Refused(string parameter, string needed, string given, string advice = "") =>
        LaunchLimits.Refused(Variant, parameter, needed, given, advice);

    private LaunchContractException Violated(string message, string expression) =>
        new($"Launch of {Variant.DisplayName} refused: {message}.", Variant.DisplayName, expression, expression, message);
}
