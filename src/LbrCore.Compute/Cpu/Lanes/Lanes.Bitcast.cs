using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LbrCore.Compute.Cpu;

public static partial class Lanes
{
    /// <summary>The bits as <see cref="int"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 AsI32(F32 value) => new(value.Lo.AsInt32(), value.Hi.AsInt32());

    /// <summary>The bits as <see cref="uint"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 AsU32(F32 value) => new(value.Lo.AsUInt32(), value.Hi.AsUInt32());

    /// <summary>The bits as <see cref="float"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 AsF32(I32 value) => new(value.Lo.AsSingle(), value.Hi.AsSingle());

    /// <summary>The bits as <see cref="float"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 AsF32(U32 value) => new(value.Lo.AsSingle(), value.Hi.AsSingle());

    /// <summary>The bits as <see cref="long"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 AsI64(F64 value) => new(value.V0.AsInt64(), value.V1.AsInt64(), value.V2.AsInt64(), value.V3.AsInt64());

    /// <summary>The bits as <see cref="ulong"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U64 AsU64(F64 value) => new(value.V0.AsUInt64(), value.V1.AsUInt64(), value.V2.AsUInt64(), value.V3.AsUInt64());

    /// <summary>The bits as <see cref="double"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 AsF64(I64 value) => new(value.V0.AsDouble(), value.V1.AsDouble(), value.V2.AsDouble(), value.V3.AsDouble());

    /// <summary>The bits as <see cref="double"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 AsF64(U64 value) => new(value.V0.AsDouble(), value.V1.AsDouble(), value.V2.AsDouble(), value.V3.AsDouble());

    /// <summary>The bits as <see cref="int"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int AsI32(float value) => BitConverter.SingleToInt32Bits(value);

    /// <summary>The bits as <see cref="uint"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint AsU32(float value) => BitConverter.SingleToUInt32Bits(value);

    /// <summary>The bits as <see cref="float"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float AsF32(int value) => BitConverter.Int32BitsToSingle(value);

    /// <summary>The bits as <see cref="float"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float AsF32(uint value) => BitConverter.UInt32BitsToSingle(value);

    /// <summary>The bits as <see cref="long"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long AsI64(double value) => BitConverter.DoubleToInt64Bits(value);

    /// <summary>The bits as <see cref="ulong"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong AsU64(double value) => BitConverter.DoubleToUInt64Bits(value);

    /// <summary>The bits as <see cref="double"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double AsF64(long value) => BitConverter.Int64BitsToDouble(value);

    /// <summary>The bits as <see cref="double"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double AsF64(ulong value) => BitConverter.UInt64BitsToDouble(value);

    /// <summary>The low 8 bits, sign-extended, as a cast to <see cref="sbyte"/>.</summary>
    public static I32 SignExtend8(I32 value) => value << 24 >> 24;

    /// <summary>The low 16 bits, sign-extended, as a cast to <see cref="short"/>.</summary>
    public static I32 SignExtend16(I32 value) => value << 16 >> 16;

    /// <summary>The low 8 bits, as a cast to <see cref="byte"/>.</summary>
    public static U32 ZeroExtend8(U32 value) => value & 0xffu;

    /// <summary>The low 16 bits, as a cast to <see cref="ushort"/>.</summary>
    public static U32 ZeroExtend16(U32 value) => value & 0xffffu;
}
