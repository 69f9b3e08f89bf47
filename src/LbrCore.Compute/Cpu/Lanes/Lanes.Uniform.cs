using System.Runtime.CompilerServices;

namespace LbrCore.Compute.Cpu;

// One address for the whole warp: the value stays a scalar.
public static unsafe partial class Lanes
{
    /// <summary>The sbyte at <c>index * stride + offset</c> bytes, the same for all lanes.</summary>
    /// <exception cref="KernelFaultException">It is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ReadS8(LanesWarp warp, byte* view, long index, long length, int stride = 1, int offset = 0) =>
        Unsafe.ReadUnaligned<sbyte>(LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 1));

    /// <summary>The byte at <c>index * stride + offset</c> bytes, the same for all lanes.</summary>
    /// <exception cref="KernelFaultException">It is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint ReadU8(LanesWarp warp, byte* view, long index, long length, int stride = 1, int offset = 0) =>
        Unsafe.ReadUnaligned<byte>(LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 1));

    /// <summary>The short at <c>index * stride + offset</c> bytes, the same for all lanes.</summary>
    /// <exception cref="KernelFaultException">It is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ReadS16(LanesWarp warp, byte* view, long index, long length, int stride = 2, int offset = 0) =>
        Unsafe.ReadUnaligned<short>(LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 2));

    /// <summary>The ushort at <c>index * stride + offset</c> bytes, the same for all lanes.</summary>
    /// <exception cref="KernelFaultException">It is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint ReadU16(LanesWarp warp, byte* view, long index, long length, int stride = 2, int offset = 0) =>
        Unsafe.ReadUnaligned<ushort>(LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 2));

    /// <summary>The int at <c>index * stride + offset</c> bytes, the same for all lanes.</summary>
    /// <exception cref="KernelFaultException">It is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ReadS32(LanesWarp warp, byte* view, long index, long length, int stride = 4, int offset = 0) =>
        Unsafe.ReadUnaligned<int>(LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 4));

    /// <summary>The uint at <c>index * stride + offset</c> bytes, the same for all lanes.</summary>
    /// <exception cref="KernelFaultException">It is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint ReadU32(LanesWarp warp, byte* view, long index, long length, int stride = 4, int offset = 0) =>
        Unsafe.ReadUnaligned<uint>(LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 4));

    /// <summary>The float at <c>index * stride + offset</c> bytes, the same for all lanes.</summary>
    /// <exception cref="KernelFaultException">It is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ReadF32(LanesWarp warp, byte* view, long index, long length, int stride = 4, int offset = 0) =>
        Unsafe.ReadUnaligned<float>(LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 4));

    /// <summary>The long at <c>index * stride + offset</c> bytes, the same for all lanes.</summary>
    /// <exception cref="KernelFaultException">It is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long ReadS64(LanesWarp warp, byte* view, long index, long length, int stride = 8, int offset = 0) =>
        Unsafe.ReadUnaligned<long>(LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 8));

    /// <summary>The ulong at <c>index * stride + offset</c> bytes, the same for all lanes.</summary>
    /// <exception cref="KernelFaultException">It is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ReadU64(LanesWarp warp, byte* view, long index, long length, int stride = 8, int offset = 0) =>
        Unsafe.ReadUnaligned<ulong>(LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 8));

    /// <summary>The double at <c>index * stride + offset</c> bytes, the same for all lanes.</summary>
    /// <exception cref="KernelFaultException">It is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double ReadF64(LanesWarp warp, byte* view, long index, long length, int stride = 8, int offset = 0) =>
        Unsafe.ReadUnaligned<double>(LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 8));

    /// <summary>Stores one sbyte for all lanes.</summary>
    /// <exception cref="KernelFaultException">It is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteS8(LanesWarp warp, byte* view, long index, long length, int value, int stride = 1, int offset = 0) =>
        Unsafe.WriteUnaligned(LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 1), (sbyte)value);

    /// <summary>Stores one byte for all lanes.</summary>
    /// <exception cref="KernelFaultException">It is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteU8(LanesWarp warp, byte* view, long index, long length, uint value, int stride = 1, int offset = 0) =>
        Unsafe.WriteUnaligned(LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 1), (byte)value);

    /// <summary>Stores one short for all lanes.</summary>
    /// <exception cref="KernelFaultException">It is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteS16(LanesWarp warp, byte* view, long index, long length, int value, int stride = 2, int offset = 0) =>
        Unsafe.WriteUnaligned(LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 2), (short)value);

    /// <summary>Stores one ushort for all lanes.</summary>
    /// <exception cref="KernelFaultException">It is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteU16(LanesWarp warp, byte* view, long index, long length, uint value, int stride = 2, int offset = 0) =>
        Unsafe.WriteUnaligned(LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 2), (ushort)value);

    /// <summary>Stores one int for all lanes.</summary>
    /// <exception cref="KernelFaultException">It is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteS32(LanesWarp warp, byte* view, long index, long length, int value, int stride = 4, int offset = 0) =>
        Unsafe.WriteUnaligned(LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 4), value);

    /// <summary>Stores one uint for all lanes.</summary>
    /// <exception cref="KernelFaultException">It is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteU32(LanesWarp warp, byte* view, long index, long length, uint value, int stride = 4, int offset = 0) =>
        Unsafe.WriteUnaligned(LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 4), value);

    /// <summary>Stores one float for all lanes.</summary>
    /// <exception cref="KernelFaultException">It is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteF32(LanesWarp warp, byte* view, long index, long length, float value, int stride = 4, int offset = 0) =>
        Unsafe.WriteUnaligned(LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 4), value);

    /// <summary>Stores one long for all lanes.</summary>
    /// <exception cref="KernelFaultException">It is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteS64(LanesWarp warp, byte* view, long index, long length, long value, int stride = 8, int offset = 0) =>
        Unsafe.WriteUnaligned(LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 8), value);

    /// <summary>Stores one ulong for all lanes.</summary>
    /// <exception cref="KernelFaultException">It is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteU64(LanesWarp warp, byte* view, long index, long length, ulong value, int stride = 8, int offset = 0) =>
        Unsafe.WriteUnaligned(LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 8), value);

    /// <summary>Stores one double for all lanes.</summary>
    /// <exception cref="KernelFaultException">It is outside the view.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteF64(LanesWarp warp, byte* view, long index, long length, double value, int stride = 8, int offset = 0) =>
        Unsafe.WriteUnaligned(LaneBlocks.Address(warp, -1, view, index, length, stride, offset, 8), value);
}
