using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LbrCore.Compute.Cpu;

/// <summary>One <see cref="bool"/> for each of the 32 lanes of a warp, held as integers: 0 is false, -1 (all bits set) is true.</summary>
public struct Mask : IEquatable<Mask>
{
    /// <summary>Lanes 0 to 15, each 0 or -1.</summary>
    public Vector512<int> Lo;

    /// <summary>Lanes 16 to 31, each 0 or -1.</summary>
    public Vector512<int> Hi;

    /// <summary>Lanes from their vectors, whose elements must be 0 or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Mask(Vector512<int> lo, Vector512<int> hi)
    {
        Lo = lo;
        Hi = hi;
    }

    /// <summary>The same value in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator Mask(bool value) => value ? All : None;

    /// <summary>Every lane true.</summary>
    public static Mask All
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector512<int>.AllBitsSet, Vector512<int>.AllBitsSet);
    }

    /// <summary>Every lane false.</summary>
    public static Mask None
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => default;
    }

    /// <summary>Lanes from a bit set: lane i is bit i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask FromBits(uint bits)
    {
        Vector512<int> lane = Vector512.Create(1, 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8, 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15);
        return new(Vector512.Equals(Vector512.Create((int)bits) & lane, lane), Vector512.Equals(Vector512.Create((int)(bits >> 16)) & lane, lane));
    }

    /// <summary>The first lanes true, the others false.</summary>
    /// <param name="count">How many; below 0 counts as 0, above 32 as 32.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask First(int count) => I32.LaneIdx < count;

    /// <summary>Bit i is lane i, as <c>ballot</c> gives it.</summary>
    public readonly uint Bits
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (uint)Lo.ExtractMostSignificantBits() | (uint)Hi.ExtractMostSignificantBits() << 16;
    }

    /// <summary>Whether any lane is true.</summary>
    public readonly bool AnyLane
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Lo | Hi) != Vector512<int>.Zero;
    }

    /// <summary>Whether every lane is true.</summary>
    public readonly bool AllLanes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (Lo & Hi) == Vector512<int>.AllBitsSet;
    }

    /// <summary>How many lanes are true.</summary>
    public readonly int Count => BitOperations.PopCount(Bits);

    /// <summary>The value of one lane.</summary>
    /// <param name="lane">0 to 31.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another lane.</exception>
    public readonly bool this[int lane]
    {
        get
        {
            LaneIndex.Check(lane);
            return (Bits >> lane & 1) != 0;
        }
    }

    /// <summary>These lanes with one of them replaced.</summary>
    /// <param name="lane">0 to 31.</param>
    /// <param name="value">Its new value.</param>
    /// <exception cref="ArgumentOutOfRangeException">Another lane.</exception>
    public readonly Mask WithLane(int lane, bool value)
    {
        LaneIndex.Check(lane);
        uint bit = 1u << lane;
        return FromBits(value ? Bits | bit : Bits & ~bit);
    }

    /// <summary>Lanes true in both.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator &(Mask left, Mask right) => new(left.Lo & right.Lo, left.Hi & right.Hi);

    /// <summary>Lanes true in either.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator |(Mask left, Mask right) => new(left.Lo | right.Lo, left.Hi | right.Hi);

    /// <summary>Lanes that differ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator ^(Mask left, Mask right) => new(left.Lo ^ right.Lo, left.Hi ^ right.Hi);

    /// <summary>Lanes inverted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator !(Mask value) => new(~value.Lo, ~value.Hi);

    /// <summary>Lanes inverted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator ~(Mask value) => new(~value.Lo, ~value.Hi);

    /// <summary>Lanes that are equal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator ==(Mask left, Mask right) => new(~(left.Lo ^ right.Lo), ~(left.Hi ^ right.Hi));

    /// <summary>Lanes that differ.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask operator !=(Mask left, Mask right) => left ^ right;

    /// <summary>Lanes of <paramref name="left"/> that are not in <paramref name="right"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask Except(Mask left, Mask right) => new(Vector512.AndNot(left.Lo, right.Lo), Vector512.AndNot(left.Hi, right.Hi));

    /// <summary>1 in true lanes, 0 in false ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator I32(Mask value) => new(-value.Lo, -value.Hi);

    /// <summary>1 in true lanes, 0 in false ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator U32(Mask value) => (U32)(I32)value;

    /// <summary>Whether every lane is equal (for tests and debuggers; kernels use <c>==</c>).</summary>
    public readonly bool Equals(Mask other) => Lo.Equals(other.Lo) && Hi.Equals(other.Hi);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is Mask other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => (int)Bits;

    /// <summary>All 32 lanes, lane 0 first, for the debugger.</summary>
    public override readonly string ToString()
    {
        uint bits = Bits;
        return string.Create(32, bits, static (text, set) =>
        {
            for (int lane = 0; lane < 32; lane++) text[lane] = (set >> lane & 1) != 0 ? '1' : '.';
        });
    }
}
