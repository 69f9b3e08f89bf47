using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace LbrCore.Compute.Cpu;

// Half of a sum over the warp of two values at once: lane i gets x[i] + x[i ^ bit], x being low where i has not that bit and high where it has. Over
// vectors of 512 bits, for code that has these in registers (bit 16 needs no function: low.Lo + low.Hi and high.Hi + high.Lo), and over whole lane structs
// in memory, 256 bits at a time.
public static unsafe partial class Lanes
{
    /// <summary>The lanes' own values plus those 8 lanes away, of <paramref name="low"/> in lanes without bit 3, of <paramref name="high"/> in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Fold8(Vector512<float> low, Vector512<float> high)
    {
        Vector512<float> own = Vector512.Create(low.GetLower(), high.GetUpper());
        return own + (Avx512F.IsSupported ? Avx512F.Shuffle4x128(low, high, 0b01_00_11_10) : Vector512.Create(low.GetUpper(), high.GetLower()));
    }

    /// <summary>The lanes' own values plus those 4 lanes away, of <paramref name="low"/> in lanes without bit 2, of <paramref name="high"/> in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Fold4(Vector512<float> low, Vector512<float> high) => Avx512F.IsSupported
        ? Avx512F.PermuteVar16x32x2(low, Vector512.Create(0, 1, 2, 3, 20, 21, 22, 23, 8, 9, 10, 11, 28, 29, 30, 31), high)
            + Avx512F.PermuteVar16x32x2(low, Vector512.Create(4, 5, 6, 7, 16, 17, 18, 19, 12, 13, 14, 15, 24, 25, 26, 27), high)
        : Vector512.Create(Fold4(low.GetLower(), high.GetLower()), Fold4(low.GetUpper(), high.GetUpper()));

    /// <summary>The lanes' own values plus those 2 lanes away, of <paramref name="low"/> in lanes without bit 1, of <paramref name="high"/> in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Fold2(Vector512<float> low, Vector512<float> high) => Avx512F.IsSupported
        ? Avx512F.Shuffle(low, high, 0b11_10_01_00) + Avx512F.Shuffle(low, high, 0b01_00_11_10)
        : Vector512.Create(Fold2(low.GetLower(), high.GetLower()), Fold2(low.GetUpper(), high.GetUpper()));

    /// <summary>As <see cref="Fold8(Vector512{float}, Vector512{float})"/>, by bit 4. The result may be one of the operands.</summary>
    public static void Fold16(F32* low, F32* high, F32* result)
    {
        Vector256<float>* l = (Vector256<float>*)low, h = (Vector256<float>*)high, r = (Vector256<float>*)result;
        Vector256<float> a = l[0] + l[2], b = l[1] + l[3], c = h[2] + h[0], d = h[3] + h[1];
        (r[0], r[1], r[2], r[3]) = (a, b, c, d);
    }

    /// <summary>As the other overload, on lane structs. The result may be one of the operands.</summary>
    public static void Fold8(F32* low, F32* high, F32* result)
    {
        Vector256<float>* l = (Vector256<float>*)low, h = (Vector256<float>*)high, r = (Vector256<float>*)result;
        Vector256<float> a = l[0] + l[1], b = h[1] + h[0], c = l[2] + l[3], d = h[3] + h[2];
        (r[0], r[1], r[2], r[3]) = (a, b, c, d);
    }

    /// <summary>As the other overload, on lane structs. The result may be one of the operands.</summary>
    public static void Fold4(F32* low, F32* high, F32* result)
    {
        Vector256<float>* l = (Vector256<float>*)low, h = (Vector256<float>*)high, r = (Vector256<float>*)result;
        for (int i = 0; i < 4; i++) r[i] = Fold4(l[i], h[i]);
    }

    /// <summary>As the other overload, on lane structs. The result may be one of the operands.</summary>
    public static void Fold2(F32* low, F32* high, F32* result)
    {
        Vector256<float>* l = (Vector256<float>*)low, h = (Vector256<float>*)high, r = (Vector256<float>*)result;
        for (int i = 0; i < 4; i++) r[i] = Fold2(l[i], h[i]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Fold4(Vector256<float> low, Vector256<float> high) =>
        Vector256.Create(low.GetLower(), high.GetUpper()) + Vector256.Create(low.GetUpper(), high.GetLower());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Fold2(Vector256<float> low, Vector256<float> high)
    {
        if (Avx.IsSupported) return Avx.Shuffle(low, high, 0b11_10_01_00) + Avx.Shuffle(low, high, 0b01_00_11_10);
        return Vector256.Create(Fold2(low.GetLower(), high.GetLower()), Fold2(low.GetUpper(), high.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Fold2(Vector128<float> low, Vector128<float> high) =>
        Vector128.Create(low.GetLower(), high.GetUpper()) + Vector128.Create(low.GetUpper(), high.GetLower());
}
