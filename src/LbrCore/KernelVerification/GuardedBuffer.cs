using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LbrCore.Compute;

namespace LbrCore.KernelVerification;

/// <summary>An operand between two guard bands, which a right kernel neither reads nor writes.</summary>
internal abstract class GuardedBuffer : IDisposable
{
    /// <summary>Bytes of a guard band: a warp's widest access.</summary>
    protected const int GuardBytes = 512;

    /// <summary>
    /// Fills guard bands and outputs before the run: a NaN in half, a huge number in bfloat16 and float, so that what is read there shows, and what is
    /// left there is no result.
    /// </summary>
    protected const byte Poison = 0xFD;

    /// <summary>How the kernel names it.</summary>
    public required string Name { get; init; }

    /// <summary>What is wrong after the run, or null; adds its error to the measures.</summary>
    public abstract ErrorMeasure Judge();

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <inheritdoc cref="GuardedBuffer"/>
/// <typeparam name="T">Element type.</typeparam>
internal sealed class GuardedBuffer<T> : GuardedBuffer
    where T : unmanaged
{
    private readonly DeviceBuffer<T> _memory;
    private readonly T[] _before;
    private readonly int _start;
    private readonly int _length;

    /// <summary>Allocates it.</summary>
    /// <param name="device">Where.</param>
    /// <param name="contents">The elements; null for poison.</param>
    /// <param name="length">Number of elements.</param>
    /// <param name="offset">Elements that the view is off its alignment.</param>
    public GuardedBuffer(Device device, T[]? contents, int length, int offset)
    {
        int guard = GuardBytes / Unsafe.SizeOf<T>();
        _start = guard + offset;
        _length = length;
        _before = new T[_start + length + guard];
        MemoryMarshal.AsBytes(_before.AsSpan()).Fill(Poison);
        contents?.CopyTo(_before, _start);
        IsOutput = contents is null;
        _memory = device.Allocate(_before);
    }

    /// <summary>What the kernel sees.</summary>
    public ArrayView<T> View => _memory.View.SubView(_start, (long)_length);

    /// <summary>Whether the kernel must write all of it.</summary>
    public bool IsOutput { get; }

    /// <summary>What it must contain afterwards, bit by bit.</summary>
    public T[]? ExpectedBits { get; set; }

    /// <summary>Whether any NaN will do where <see cref="ExpectedBits"/> has one: conversions keep no payload.</summary>
    public bool AnyNaN { get; init; }

    /// <summary>What it must contain afterwards, up to rounding: the exact values and those of the plain computation.</summary>
    public (double[] Exact, double[] Plain)? Expected { get; set; }

    /// <inheritdoc/>
    public override ErrorMeasure Judge()
    {
        T[] after = _memory.ToArray();
        if (FirstChange(after, _before, 0, _start) is { } below) return ErrorMeasure.Wrong($"{Name} was written {_start - below} elements before its start");
        if (FirstChange(after, _before, _start + _length, after.Length) is { } above) return ErrorMeasure.Wrong($"{Name} was written {above - _start - _length + 1} elements past its end");
        ReadOnlySpan<T> result = after.AsSpan(_start, _length);
        if (Expected is { } expected)
        {
            if (IsOutput && FirstPoison(result) is { } untouched) return ErrorMeasure.Wrong($"{Name} was not written at element {untouched}");
            ErrorMeasure measure = AccuracyBound.Measure(Numbers.ToDouble(result), expected.Exact, expected.Plain, typeof(T));
            return measure.Failure is null ? measure : measure with { Failure = $"{Name}: {measure.Failure}" };
        }

        T[] wanted = ExpectedBits ?? _before[_start..(_start + _length)], found = result.ToArray();
        if (AnyNaN)
            for (int i = 0; i < _length; i++)
                if (double.IsNaN(Numbers.ToDouble(wanted[i])) && double.IsNaN(Numbers.ToDouble(found[i]))) found[i] = wanted[i];
        return FirstChange(found, wanted, 0, _length) is not { } at ? default
            : ErrorMeasure.Wrong(ExpectedBits is null ? $"{Name} is an input, but element {at} was changed" : $"{Name} has {found[at]} at element {at}, expected {wanted[at]}");
    }

    /// <inheritdoc/>
    public override void Dispose() => _memory.Dispose();

    private static int? FirstChange(T[] after, T[] before, int start, int end)
    {
        ReadOnlySpan<byte> left = MemoryMarshal.AsBytes(after.AsSpan(start, end - start)), right = MemoryMarshal.AsBytes(before.AsSpan(start, end - start));
        int common = left.CommonPrefixLength(right);
        return common == left.Length ? null : start + (common / Unsafe.SizeOf<T>());
    }

    private static int? FirstPoison(ReadOnlySpan<T> result)
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(result);
        int size = Unsafe.SizeOf<T>();
        for (int i = 0; i < result.Length; i++)
            if (!bytes.Slice(i * size, size).ContainsAnyExcept(Poison)) return i;
        return null;
    }
}
