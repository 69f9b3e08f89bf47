using System.Runtime.CompilerServices;
using LbrCore.Compute.Cpu;

namespace LbrCore.Compute;

/// <summary>Reads, changes and writes a memory cell in one step that no other thread can come between. All return the value before.</summary>
/// <remarks>
/// PTX ISA, Parallel Synchronization and Communication Instructions: <c>atom</c> (<c>red</c> where the result is not used), relaxed, device scope. The order in which
/// threads come is not defined, so floating-point sums differ from run to run: no floating-point atomics where results feed training.
/// </remarks>
public static partial class Atomic
{
    /// <summary>Adds <paramref name="value"/>; wraps around.</summary>
    /// <remarks><c>atom.add.u32</c>.</remarks>
    /// <param name="target">An element of a view in global or shared memory.</param>
    /// <param name="value">The operand.</param>
    /// <returns>The value before.</returns>
    public static int Add(ref int target, int value)
    {
        ScalarLane.Current?.Spin();
        return Interlocked.Add(ref target, value) - value;
    }

    /// <inheritdoc cref="Add(ref int, int)"/>
    public static uint Add(ref uint target, uint value)
    {
        ScalarLane.Current?.Spin();
        return Interlocked.Add(ref target, value) - value;
    }

    /// <inheritdoc cref="Add(ref int, int)"/>
    public static long Add(ref long target, long value)
    {
        ScalarLane.Current?.Spin();
        return Interlocked.Add(ref target, value) - value;
    }

    /// <inheritdoc cref="Add(ref int, int)"/>
    public static ulong Add(ref ulong target, ulong value)
    {
        ScalarLane.Current?.Spin();
        return Interlocked.Add(ref target, value) - value;
    }

    /// <summary>Adds <paramref name="value"/>, rounded to nearest; the result depends on the order of the threads.</summary>
    /// <remarks><c>atom.add.f32</c>.</remarks>
    /// <param name="target">An element of a view in global or shared memory.</param>
    /// <param name="value">The operand.</param>
    /// <returns>The value before.</returns>
    public static float Add(ref float target, float value)
    {
        ScalarLane.Current?.Spin();
        ref uint cell = ref Unsafe.As<float, uint>(ref target);
        uint old = cell;
        while (true)
        {
            float sum = BitConverter.UInt32BitsToSingle(old) + value;
            uint seen = Interlocked.CompareExchange(ref cell, BitConverter.SingleToUInt32Bits(sum), old);
            if (seen == old)
            {
                return BitConverter.UInt32BitsToSingle(old);
            }

            old = seen;
        }
    }

    /// <summary>Adds <paramref name="value"/>, rounded to nearest; the result depends on the order of the threads.</summary>
    /// <remarks><c>atom.add.f64</c>.</remarks>
    /// <param name="target">An element of a view in global or shared memory.</param>
    /// <param name="value">The operand.</param>
    /// <returns>The value before.</returns>
    public static double Add(ref double target, double value)
    {
        ScalarLane.Current?.Spin();
        ref ulong cell = ref Unsafe.As<double, ulong>(ref target);
        ulong old = cell;
        while (true)
        {
            double sum = BitConverter.UInt64BitsToDouble(old) + value;
            ulong seen = Interlocked.CompareExchange(ref cell, BitConverter.DoubleToUInt64Bits(sum), old);
            if (seen == old)
            {
                return BitConverter.UInt64BitsToDouble(old);
            }

            old = seen;
        }
    }

    /// <summary>Replaces the cell by <paramref name="value"/>.</summary>
    /// <remarks><c>atom.exch.b32</c>.</remarks>
    /// <param name="target">An element of a view in global or shared memory.</param>
    /// <param name="value">The operand.</param>
    /// <returns>The value before.</returns>
    public static int Exchange(ref int target, int value)
    {
        ScalarLane.Current?.Spin();
        return Interlocked.Exchange(ref target, value);
    }

    /// <inheritdoc cref="Exchange(ref int, int)"/>
    public static uint Exchange(ref uint target, uint value)
    {
        ScalarLane.Current?.Spin();
        return Interlocked.Exchange(ref target, value);
    }

    /// <inheritdoc cref="Exchange(ref int, int)"/>
    public static long Exchange(ref long target, long value)
    {
        ScalarLane.Current?.Spin();
        return Interlocked.Exchange(ref target, value);
    }

    /// <inheritdoc cref="Exchange(ref int, int)"/>
    public static ulong Exchange(ref ulong target, ulong value)
    {
        ScalarLane.Current?.Spin();
        return Interlocked.Exchange(ref target, value);
    }

    /// <inheritdoc cref="Exchange(ref int, int)"/>
    public static float Exchange(ref float target, float value)
    {
        ScalarLane.Current?.Spin();
        return Interlocked.Exchange(ref target, value);
    }

    /// <inheritdoc cref="Exchange(ref int, int)"/>
    public static double Exchange(ref double target, double value)
    {
        ScalarLane.Current?.Spin();
        return Interlocked.Exchange(ref target, value);
    }

    /// <summary>Replaces the cell by <paramref name="value"/> if it holds <paramref name="compareValue"/> (the comparison comes first, as in ILGPU; <see cref="Interlocked"/> has it last).</summary>
    /// <remarks><c>atom.cas.b32</c>.</remarks>
    /// <param name="target">An element of a view in global or shared memory.</param>
    /// <param name="compareValue">The value that the cell must hold.</param>
    /// <param name="value">What it becomes then.</param>
    /// <returns>The value before.</returns>
    public static int CompareExchange(ref int target, int compareValue, int value)
    {
        ScalarLane.Current?.Spin();
        return Interlocked.CompareExchange(ref target, value, compareValue);
    }

    /// <inheritdoc cref="CompareExchange(ref int, int, int)"/>
    public static uint CompareExchange(ref uint target, uint compareValue, uint value)
    {
        ScalarLane.Current?.Spin();
        return Interlocked.CompareExchange(ref target, value, compareValue);
    }

    /// <inheritdoc cref="CompareExchange(ref int, int, int)"/>
    public static long CompareExchange(ref long target, long compareValue, long value)
    {
        ScalarLane.Current?.Spin();
        return Interlocked.CompareExchange(ref target, value, compareValue);
    }

    /// <inheritdoc cref="CompareExchange(ref int, int, int)"/>
    public static ulong CompareExchange(ref ulong target, ulong compareValue, ulong value)
    {
        ScalarLane.Current?.Spin();
        return Interlocked.CompareExchange(ref target, value, compareValue);
    }
}
