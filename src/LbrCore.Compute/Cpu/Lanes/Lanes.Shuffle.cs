using System.Runtime.CompilerServices;

namespace LbrCore.Compute.Cpu;

// shfl.sync with a full warp: only the low 5 bits of lane and delta count; a source outside the warp leaves a lane its own value.
public static partial class Lanes
{
    /// <summary>In every lane the value of lane <c>lane &amp; 31</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 Shuffle(I32 value, I32 lane) => (I32)LanePermute.Pick((U32)value, lane);

    /// <summary>In every lane the value of the lane <paramref name="delta"/> below, its own where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 ShuffleUp(I32 value, I32 delta) => Shuffle(value, SourceUp(delta));

    /// <summary>In every lane the value of the lane <paramref name="delta"/> above, its own where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 ShuffleDown(I32 value, I32 delta) => Shuffle(value, SourceDown(delta));

    /// <summary>In every lane the value of the lane whose number differs in the bits of <paramref name="laneMask"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 ShuffleXor(I32 value, I32 laneMask) => Shuffle(value, I32.LaneIdx ^ laneMask);

    /// <summary>In every lane the value of lane <c>lane &amp; 31</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 Shuffle(U32 value, I32 lane) => LanePermute.Pick(value, lane);

    /// <summary>In every lane the value of the lane <paramref name="delta"/> below, its own where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 ShuffleUp(U32 value, I32 delta) => Shuffle(value, SourceUp(delta));

    /// <summary>In every lane the value of the lane <paramref name="delta"/> above, its own where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 ShuffleDown(U32 value, I32 delta) => Shuffle(value, SourceDown(delta));

    /// <summary>In every lane the value of the lane whose number differs in the bits of <paramref name="laneMask"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 ShuffleXor(U32 value, I32 laneMask) => Shuffle(value, I32.LaneIdx ^ laneMask);

    /// <summary>In every lane the value of lane <c>lane &amp; 31</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 Shuffle(F32 value, I32 lane) => AsF32(LanePermute.Pick(AsU32(value), lane));

    /// <summary>In every lane the value of the lane <paramref name="delta"/> below, its own where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 ShuffleUp(F32 value, I32 delta) => Shuffle(value, SourceUp(delta));

    /// <summary>In every lane the value of the lane <paramref name="delta"/> above, its own where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 ShuffleDown(F32 value, I32 delta) => Shuffle(value, SourceDown(delta));

    /// <summary>In every lane the value of the lane whose number differs in the bits of <paramref name="laneMask"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 ShuffleXor(F32 value, I32 laneMask) => Shuffle(value, I32.LaneIdx ^ laneMask);

    /// <summary>In every lane the value of lane <c>lane &amp; 31</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static I64 Shuffle(I64 value, I32 lane) => (I64)LanePermute.Pick((U64)value, lane);

    /// <summary>In every lane the value of the lane <paramref name="delta"/> below, its own where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static I64 ShuffleUp(I64 value, I32 delta) => Shuffle(value, SourceUp(delta));

    /// <summary>In every lane the value of the lane <paramref name="delta"/> above, its own where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static I64 ShuffleDown(I64 value, I32 delta) => Shuffle(value, SourceDown(delta));

    /// <summary>In every lane the value of the lane whose number differs in the bits of <paramref name="laneMask"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static I64 ShuffleXor(I64 value, I32 laneMask) => Shuffle(value, I32.LaneIdx ^ laneMask);

    /// <summary>In every lane the value of lane <c>lane &amp; 31</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static U64 Shuffle(U64 value, I32 lane) => LanePermute.Pick(value, lane);

    /// <summary>In every lane the value of the lane <paramref name="delta"/> below, its own where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static U64 ShuffleUp(U64 value, I32 delta) => Shuffle(value, SourceUp(delta));

    /// <summary>In every lane the value of the lane <paramref name="delta"/> above, its own where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static U64 ShuffleDown(U64 value, I32 delta) => Shuffle(value, SourceDown(delta));

    /// <summary>In every lane the value of the lane whose number differs in the bits of <paramref name="laneMask"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static U64 ShuffleXor(U64 value, I32 laneMask) => Shuffle(value, I32.LaneIdx ^ laneMask);

    /// <summary>In every lane the value of lane <c>lane &amp; 31</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static F64 Shuffle(F64 value, I32 lane) => AsF64(LanePermute.Pick(AsU64(value), lane));

    /// <summary>In every lane the value of the lane <paramref name="delta"/> below, its own where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static F64 ShuffleUp(F64 value, I32 delta) => Shuffle(value, SourceUp(delta));

    /// <summary>In every lane the value of the lane <paramref name="delta"/> above, its own where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static F64 ShuffleDown(F64 value, I32 delta) => Shuffle(value, SourceDown(delta));

    /// <summary>In every lane the value of the lane whose number differs in the bits of <paramref name="laneMask"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static F64 ShuffleXor(F64 value, I32 laneMask) => Shuffle(value, I32.LaneIdx ^ laneMask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static I32 SourceUp(I32 delta)
    {
        I32 source = I32.LaneIdx - (delta & 31);
        return Select(source < 0, I32.LaneIdx, source);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static I32 SourceDown(I32 delta)
    {
        I32 source = I32.LaneIdx + (delta & 31);
        return Select(source > 31, I32.LaneIdx, source);
    }
}
