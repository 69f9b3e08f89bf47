using LbrCore.Compute.Cpu;

namespace LbrCore.Compute;

public static partial class Atomic
{
    /// <summary>Keeps the lesser of the cell and <paramref name="value"/>.</summary>
    /// <remarks><c>atom.min.s32</c>.</remarks>
    /// <param name="target">An element of a view in global or shared memory.</param>
    /// <param name="value">The operand.</param>
    /// <returns>The value before.</returns>
    public static int Min(ref int target, int value)
    {
        ScalarLane.Current?.Spin();
        int old = target;
        while (true)
        {
            int seen = Interlocked.CompareExchange(ref target, Math.Min(old, value), old);
            if (seen == old)
            {
                return old;
            }

            old = seen;
        }
    }

    /// <inheritdoc cref="Min(ref int, int)"/>
    public static uint Min(ref uint target, uint value)
    {
        ScalarLane.Current?.Spin();
        uint old = target;
        while (true)
        {
            uint seen = Interlocked.CompareExchange(ref target, Math.Min(old, value), old);
            if (seen == old)
            {
                return old;
            }

            old = seen;
        }
    }

    /// <inheritdoc cref="Min(ref int, int)"/>
    public static long Min(ref long target, long value)
    {
        ScalarLane.Current?.Spin();
        long old = target;
        while (true)
        {
            long seen = Interlocked.CompareExchange(ref target, Math.Min(old, value), old);
            if (seen == old)
            {
                return old;
            }

            old = seen;
        }
    }

    /// <inheritdoc cref="Min(ref int, int)"/>
    public static ulong Min(ref ulong target, ulong value)
    {
        ScalarLane.Current?.Spin();
        ulong old = target;
        while (true)
        {
            ulong seen = Interlocked.CompareExchange(ref target, Math.Min(old, value), old);
            if (seen == old)
            {
                return old;
            }

            old = seen;
        }
    }

    /// <summary>Keeps the greater of the cell and <paramref name="value"/>.</summary>
    /// <remarks><c>atom.max.s32</c>.</remarks>
    /// <param name="target">An element of a view in global or shared memory.</param>
    /// <param name="value">The operand.</param>
    /// <returns>The value before.</returns>
    public static int Max(ref int target, int value)
    {
        ScalarLane.Current?.Spin();
        int old = target;
        while (true)
        {
            int seen = Interlocked.CompareExchange(ref target, Math.Max(old, value), old);
            if (seen == old)
            {
                return old;
            }

            old = seen;
        }
    }

    /// <inheritdoc cref="Max(ref int, int)"/>
    public static uint Max(ref uint target, uint value)
    {
        ScalarLane.Current?.Spin();
        uint old = target;
        while (true)
        {
            uint seen = Interlocked.CompareExchange(ref target, Math.Max(old, value), old);
            if (seen == old)
            {
                return old;
            }

            old = seen;
        }
    }

    /// <inheritdoc cref="Max(ref int, int)"/>
    public static long Max(ref long target, long value)
    {
        ScalarLane.Current?.Spin();
        long old = target;
        while (true)
        {
            long seen = Interlocked.CompareExchange(ref target, Math.Max(old, value), old);
            if (seen == old)
            {
                return old;
            }

            old = seen;
        }
    }

    /// <inheritdoc cref="Max(ref int, int)"/>
    public static ulong Max(ref ulong target, ulong value)
    {
        ScalarLane.Current?.Spin();
        ulong old = target;
        while (true)
        {
            ulong seen = Interlocked.CompareExchange(ref target, Math.Max(old, value), old);
            if (seen == old)
            {
                return old;
            }

            old = seen;
        }
    }

    /// <summary>Keeps the bits that <paramref name="value"/> also has.</summary>
    /// <remarks><c>atom.and.b32</c>.</remarks>
    /// <param name="target">An element of a view in global or shared memory.</param>
    /// <param name="value">The operand.</param>
    /// <returns>The value before.</returns>
    public static int And(ref int target, int value)
    {
        ScalarLane.Current?.Spin();
        return Interlocked.And(ref target, value);
    }

    /// <inheritdoc cref="And(ref int, int)"/>
    public static uint And(ref uint target, uint value)
    {
        ScalarLane.Current?.Spin();
        return Interlocked.And(ref target, value);
    }

    /// <inheritdoc cref="And(ref int, int)"/>
    public static long And(ref long target, long value)
    {
        ScalarLane.Current?.Spin();
        return Interlocked.And(ref target, value);
    }

    /// <inheritdoc cref="And(ref int, int)"/>
    public static ulong And(ref ulong target, ulong value)
    {
        ScalarLane.Current?.Spin();
        return Interlocked.And(ref target, value);
    }

    /// <summary>Sets the bits that <paramref name="value"/> has.</summary>
    /// <remarks><c>atom.or.b32</c>.</remarks>
    /// <param name="target">An element of a view in global or shared memory.</param>
    /// <param name="value">The operand.</param>
    /// <returns>The value before.</returns>
    public static int Or(ref int target, int value)
    {
        ScalarLane.Current?.Spin();
        return Interlocked.Or(ref target, value);
    }

    /// <inheritdoc cref="Or(ref int, int)"/>
    public static uint Or(ref uint target, uint value)
    {
        ScalarLane.Current?.Spin();
        return Interlocked.Or(ref target, value);
    }

    /// <inheritdoc cref="Or(ref int, int)"/>
    public static long Or(ref long target, long value)
    {
        ScalarLane.Current?.Spin();
        return Interlocked.Or(ref target, value);
    }

    /// <inheritdoc cref="Or(ref int, int)"/>
    public static ulong Or(ref ulong target, ulong value)
    {
        ScalarLane.Current?.Spin();
        return Interlocked.Or(ref target, value);
    }

    /// <summary>Flips the bits that <paramref name="value"/> has.</summary>
    /// <remarks><c>atom.xor.b32</c>.</remarks>
    /// <param name="target">An element of a view in global or shared memory.</param>
    /// <param name="value">The operand.</param>
    /// <returns>The value before.</returns>
    public static int Xor(ref int target, int value)
    {
        ScalarLane.Current?.Spin();
        int old = target;
        while (true)
        {
            int seen = Interlocked.CompareExchange(ref target, old ^ value, old);
            if (seen == old)
            {
                return old;
            }

            old = seen;
        }
    }

    /// <inheritdoc cref="Xor(ref int, int)"/>
    public static uint Xor(ref uint target, uint value)
    {
        ScalarLane.Current?.Spin();
        uint old = target;
        while (true)
        {
            uint seen = Interlocked.CompareExchange(ref target, old ^ value, old);
            if (seen == old)
            {
                return old;
            }

            old = seen;
        }
    }

    /// <inheritdoc cref="Xor(ref int, int)"/>
    public static long Xor(ref long target, long value)
    {
        ScalarLane.Current?.Spin();
        long old = target;
        while (true)
        {
            long seen = Interlocked.CompareExchange(ref target, old ^ value, old);
            if (seen == old)
            {
                return old;
            }

            old = seen;
        }
    }

    /// <inheritdoc cref="Xor(ref int, int)"/>
    public static ulong Xor(ref ulong target, ulong value)
    {
        ScalarLane.Current?.Spin();
        ulong old = target;
        while (true)
        {
            ulong seen = Interlocked.CompareExchange(ref target, old ^ value, old);
            if (seen == old)
            {
                return old;
            }

            old = seen;
        }
    }
}
