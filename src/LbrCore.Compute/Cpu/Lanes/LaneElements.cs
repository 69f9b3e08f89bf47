using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LbrCore.Compute.Cpu;

/// <summary>32 elements that lie one after the other in memory, as lanes: small integers are widened, and narrowed to their low bits.</summary>
internal static unsafe class LaneElements
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 ReadS8(byte* p)
    {
        (Vector256<short> low, Vector256<short> high) = Vector256.Widen(Vector256.Load((sbyte*)p));
        return new I32(Wide(low), Wide(high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 ReadU8(byte* p)
    {
        (Vector256<ushort> low, Vector256<ushort> high) = Vector256.Widen(Vector256.Load(p));
        return new U32(Wide(low), Wide(high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 ReadS16(byte* p) => new(Wide(Vector256.Load((short*)p)), Wide(Vector256.Load((short*)p + 16)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 ReadU16(byte* p) => new(Wide(Vector256.Load((ushort*)p)), Wide(Vector256.Load((ushort*)p + 16)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 ReadS32(byte* p) => new(Vector512.Load((int*)p), Vector512.Load((int*)p + 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 ReadU32(byte* p) => new(Vector512.Load((uint*)p), Vector512.Load((uint*)p + 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 ReadF32(byte* p) => new(Vector512.Load((float*)p), Vector512.Load((float*)p + 16));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 ReadS64(byte* p) => new(Vector512.Load((long*)p), Vector512.Load((long*)p + 8), Vector512.Load((long*)p + 16), Vector512.Load((long*)p + 24));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U64 ReadU64(byte* p) => (U64)ReadS64(p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 ReadF64(byte* p) => Lanes.AsF64(ReadS64(p));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteS8(byte* p, I32 value) => WriteU8(p, (U32)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteU8(byte* p, U32 value)
    {
        Vector512<ushort> words = Vector512.Narrow(value.Lo, value.Hi);
        Vector256.Narrow(words.GetLower(), words.GetUpper()).Store(p);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteS16(byte* p, I32 value) => WriteU16(p, (U32)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteU16(byte* p, U32 value) => Vector512.Narrow(value.Lo, value.Hi).Store((ushort*)p);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteS32(byte* p, I32 value) => WriteU32(p, (U32)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteF32(byte* p, F32 value) => WriteU32(p, Lanes.AsU32(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteU32(byte* p, U32 value)
    {
        value.Lo.Store((uint*)p);
        value.Hi.Store((uint*)p + 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteU64(byte* p, U64 value) => WriteS64(p, (I64)value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteF64(byte* p, F64 value) => WriteS64(p, Lanes.AsI64(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteS64(byte* p, I64 value)
    {
        value.V0.Store((long*)p);
        value.V1.Store((long*)p + 8);
        value.V2.Store((long*)p + 16);
        value.V3.Store((long*)p + 24);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Wide(Vector256<short> value) => Vector512.Create(Vector256.WidenLower(value), Vector256.WidenUpper(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Wide(Vector256<ushort> value) => Vector512.Create(Vector256.WidenLower(value), Vector256.WidenUpper(value));
}
