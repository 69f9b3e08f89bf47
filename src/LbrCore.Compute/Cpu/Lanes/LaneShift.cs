using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LbrCore.Compute.Cpu;

/// <summary>Shifts by a count of its own in every lane. The count is masked to the width of the element, as C# does.</summary>
internal static class LaneShift
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 Left(I32 value, I32 count) => (I32)Left((U32)value, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 Left(U32 value, I32 count) => new(Left(value.Lo, Mask5(count.Lo)), Left(value.Hi, Mask5(count.Hi)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 Left(I64 value, I32 count) => (I64)Left((U64)value, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U64 Left(U64 value, I32 count)
    {
        U64 by = Mask6(count);
        return new(Left(value.V0, by.V0), Left(value.V1, by.V1), Left(value.V2, by.V2), Left(value.V3, by.V3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 Right(U32 value, I32 count) => new(Right(value.Lo, Mask5(count.Lo)), Right(value.Hi, Mask5(count.Hi)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 RightLogical(I32 value, I32 count) => (I32)Right((U32)value, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U64 Right(U64 value, I32 count)
    {
        U64 by = Mask6(count);
        return new(Right(value.V0, by.V0), Right(value.V1, by.V1), Right(value.V2, by.V2), Right(value.V3, by.V3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 RightLogical(I64 value, I32 count) => (I64)Right((U64)value, count);

    // An arithmetic shift is a logical one of the value with its sign bits flipped away: AVX2 has the 64-bit form only for logical shifts.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 Right(I32 value, I32 count)
    {
        I32 sign = value >> 31;
        return (I32)Right((U32)(value ^ sign), count) ^ sign;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 Right(I64 value, I32 count)
    {
        I64 sign = value >> 63;
        return (I64)Right((U64)(value ^ sign), count) ^ sign;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Mask5(Vector512<int> count) => count.AsUInt32() & Vector512.Create(31u);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static U64 Mask6(I32 count) => (U64)(U32)(count & 63);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Left(Vector512<uint> value, Vector512<uint> count)
    {
        if (Avx512F.IsSupported) return Avx512F.ShiftLeftLogicalVariable(value, count);
        if (Avx2.IsSupported) return Vector512.Create(Avx2.ShiftLeftLogicalVariable(value.GetLower(), count.GetLower()), Avx2.ShiftLeftLogicalVariable(value.GetUpper(), count.GetUpper()));
        return EachLeft(value, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Left(Vector512<ulong> value, Vector512<ulong> count)
    {
        if (Avx512F.IsSupported) return Avx512F.ShiftLeftLogicalVariable(value, count);
        if (Avx2.IsSupported) return Vector512.Create(Avx2.ShiftLeftLogicalVariable(value.GetLower(), count.GetLower()), Avx2.ShiftLeftLogicalVariable(value.GetUpper(), count.GetUpper()));
        return EachLeft(value, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Right(Vector512<uint> value, Vector512<uint> count)
    {
        if (Avx512F.IsSupported) return Avx512F.ShiftRightLogicalVariable(value, count);
        if (Avx2.IsSupported) return Vector512.Create(Avx2.ShiftRightLogicalVariable(value.GetLower(), count.GetLower()), Avx2.ShiftRightLogicalVariable(value.GetUpper(), count.GetUpper()));
        return EachRight(value, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Right(Vector512<ulong> value, Vector512<ulong> count)
    {
        if (Avx512F.IsSupported) return Avx512F.ShiftRightLogicalVariable(value, count);
        if (Avx2.IsSupported) return Vector512.Create(Avx2.ShiftRightLogicalVariable(value.GetLower(), count.GetLower()), Avx2.ShiftRightLogicalVariable(value.GetUpper(), count.GetUpper()));
        return EachRight(value, count);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static Vector512<uint> EachLeft(Vector512<uint> value, Vector512<uint> count)
    {
        Vector512<uint> result = value;
        for (int i = 0; i < Vector512<uint>.Count; i++) result = result.WithElement(i, value[i] << (int)count[i]);
        return result;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static Vector512<ulong> EachLeft(Vector512<ulong> value, Vector512<ulong> count)
    {
        Vector512<ulong> result = value;
        for (int i = 0; i < Vector512<ulong>.Count; i++) result = result.WithElement(i, value[i] << (int)count[i]);
        return result;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static Vector512<uint> EachRight(Vector512<uint> value, Vector512<uint> count)
    {
        Vector512<uint> result = value;
        for (int i = 0; i < Vector512<uint>.Count; i++) result = result.WithElement(i, value[i] >> (int)count[i]);
        return result;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static Vector512<ulong> EachRight(Vector512<ulong> value, Vector512<ulong> count)
    {
        Vector512<ulong> result = value;
        for (int i = 0; i < Vector512<ulong>.Count; i++) result = result.WithElement(i, value[i] >> (int)count[i]);
        return result;
    }
}
