using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LbrCore.Compute.Cpu;

// What generated code reads and writes where all 32 lanes access elements in a row. It checks the index of the first one against the row limit itself: a
// comparison written out keeps a large method within what the JIT inlines.
public static unsafe partial class Lanes
{
    /// <summary>The number of indices at which 32 elements in a row may begin; 0 where the view is shorter than that.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long RowLimit(long length) => Math.Max(length - (LanesWarp.Size - 1), 0);

    /// <summary>Ends the kernel because a row that begins at <paramref name="index"/> leaves its view; the first lane outside is named.</summary>
    /// <exception cref="KernelFaultException">Always.</exception>
    [DoesNotReturn]
    public static void FaultRow(LanesWarp warp, long index, long length, int stride) => throw LaneBlocks.RowFault(warp, index, length, stride, 0, stride);

    /// <summary>32 sbyte elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 ReadRowS8(byte* row) => LaneElements.ReadS8(row);

    /// <summary>32 byte elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 ReadRowU8(byte* row) => LaneElements.ReadU8(row);

    /// <summary>32 short elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 ReadRowS16(byte* row) => LaneElements.ReadS16(row);

    /// <summary>32 ushort elements, or the bits of 16-bit floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 ReadRowU16(byte* row) => LaneElements.ReadU16(row);

    /// <summary>32 long elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 ReadRowS64(byte* row) => LaneElements.ReadS64(row);

    /// <summary>32 ulong elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U64 ReadRowU64(byte* row) => LaneElements.ReadU64(row);

    /// <summary>32 double elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 ReadRowF64(byte* row) => LaneElements.ReadF64(row);

    /// <summary>Writes 32 sbyte elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteRowS8(byte* row, I32 value) => LaneElements.WriteS8(row, value);

    /// <summary>Writes 32 byte elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteRowU8(byte* row, U32 value) => LaneElements.WriteU8(row, value);

    /// <summary>Writes 32 short elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteRowS16(byte* row, I32 value) => LaneElements.WriteS16(row, value);

    /// <summary>Writes 32 ushort elements, or the bits of 16-bit floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteRowU16(byte* row, U32 value) => LaneElements.WriteU16(row, value);

    /// <summary>Writes 32 long elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteRowS64(byte* row, I64 value) => LaneElements.WriteS64(row, value);

    /// <summary>Writes 32 ulong elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteRowU64(byte* row, U64 value) => LaneElements.WriteU64(row, value);

    /// <summary>Writes 32 double elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteRowF64(byte* row, F64 value) => LaneElements.WriteF64(row, value);

    /// <summary>16 ushort elements, or the bits of 16-bit floats, each in 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> Widen512(ushort* row) =>
        Avx512F.IsSupported ? Avx512F.ConvertToVector512UInt32(Vector256.Load(row)) : Vector512.Create(Widen256(row), Widen256(row + 8));

    /// <summary>8 ushort elements, or the bits of 16-bit floats, each in 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<uint> Widen256(ushort* row)
    {
        Vector128<ushort> elements = Vector128.Load(row);
        return Avx2.IsSupported ? Avx2.ConvertToVector256Int32(elements).AsUInt32() : Vector256.Create(Vector128.WidenLower(elements), Vector128.WidenUpper(elements));
    }
}
