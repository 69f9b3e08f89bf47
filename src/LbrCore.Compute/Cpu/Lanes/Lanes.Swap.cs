using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LbrCore.Compute.Cpu;

// The steps of a butterfly inside of a vector of 16 lanes. The step between lanes 0 to 15 and 16 to 31 needs no function: the two vectors change places.
public static partial class Lanes
{
    /// <summary>Lanes whose numbers differ in bit 3 swap their values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Swap8<T>(Vector512<T> value) where T : struct =>
        Avx512F.IsSupported ? Avx512F.Shuffle4x128(value.AsUInt32(), value.AsUInt32(), 0b01_00_11_10).As<uint, T>() : Vector512.Create(value.GetUpper(), value.GetLower());

    /// <summary>Lanes whose numbers differ in bit 2 swap their values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Swap4<T>(Vector512<T> value) where T : struct =>
        Avx512F.IsSupported ? Avx512F.Shuffle4x128(value.AsUInt32(), value.AsUInt32(), 0b10_11_00_01).As<uint, T>() : Vector512.Create(Halves(value.GetLower()), Halves(value.GetUpper()));

    /// <summary>Lanes whose numbers differ in bit 1 swap their values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Swap2<T>(Vector512<T> value) where T : struct =>
        Avx512F.IsSupported ? Avx512F.Shuffle(value.AsUInt32(), 0b01_00_11_10).As<uint, T>() : Vector512.Create(Pairs(value.GetLower()), Pairs(value.GetUpper()));

    /// <summary>Lanes whose numbers differ in bit 0 swap their values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Swap1<T>(Vector512<T> value) where T : struct =>
        Avx512F.IsSupported ? Avx512F.Shuffle(value.AsUInt32(), 0b10_11_00_01).As<uint, T>() : Vector512.Create(Neighbours(value.GetLower()), Neighbours(value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> Halves<T>(Vector256<T> value) where T : struct => Vector256.Create(value.GetUpper(), value.GetLower());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> Pairs<T>(Vector256<T> value) where T : struct => Avx2.IsSupported
        ? Avx2.Shuffle(value.AsUInt32(), 0b01_00_11_10).As<uint, T>()
        : Vector256.Create(Vector128.Shuffle(value.GetLower().AsUInt32(), Vector128.Create(2u, 3, 0, 1)), Vector128.Shuffle(value.GetUpper().AsUInt32(), Vector128.Create(2u, 3, 0, 1))).As<uint, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> Neighbours<T>(Vector256<T> value) where T : struct => Avx2.IsSupported
        ? Avx2.Shuffle(value.AsUInt32(), 0b10_11_00_01).As<uint, T>()
        : Vector256.Create(Vector128.Shuffle(value.GetLower().AsUInt32(), Vector128.Create(1u, 0, 3, 2)), Vector128.Shuffle(value.GetUpper().AsUInt32(), Vector128.Create(1u, 0, 3, 2))).As<uint, T>();
}
