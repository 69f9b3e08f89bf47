using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LbrCore.Compute.Cpu;

// Polynomials are minimax (Remez exchange) on the reduced range; their own error is below 0.1 units in the last place, the rest is rounding.
public static partial class Lanes
{
    /// <summary>2^value, within 2 units in the last place; subnormal results included.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static F32 Exp2(F32 value) => new(Exp2(value.Lo), Exp2(value.Hi));

    /// <summary>2^value, the same bits as the lanes give.</summary>
    public static float Exp2(float value) => Exp2(Vector512.Create(value)).ToScalar();

    /// <summary>log2(value), within 2 units in the last place; NaN below zero, -infinity at zero.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static F32 Log2(F32 value) => new(Log2(value.Lo), Log2(value.Hi));

    /// <summary>log2(value), the same bits as the lanes give.</summary>
    public static float Log2(float value) => Log2(Vector512.Create(value)).ToScalar();

    /// <summary>tanh(value), within 3 units in the last place.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static F32 Tanh(F32 value) => new(Tanh(value.Lo), Tanh(value.Hi));

    /// <summary>tanh(value), the same bits as the lanes give.</summary>
    public static float Tanh(float value) => Tanh(Vector512.Create(value)).ToScalar();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Exp2(Vector512<float> value)
    {
        // Beyond these bounds the result is 0 or infinity anyway; NaN passes through both.
        Vector512<float> x = Vector512.Min(Vector512.Max(value, Vector512.Create(-160f)), Vector512.Create(130f));
        Vector512<float> whole = Vector512.Round(x);
        Vector512<float> f = x - whole;
        Vector512<float> p = Vector512.Create(0.000153535989548f);
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(0.00133988518396f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(0.00961843638412f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(0.0555033254664f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(0.240226479232f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(0.693147202801f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512<float>.One);

        // Two factors, because 2^n itself is out of range where the result is subnormal or just below infinity.
        Vector512<int> n = Vector512.ConvertToInt32(whole);
        Vector512<int> half = n >> 1;
        return p * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> PowerOfTwo(Vector512<int> exponent) => (exponent + Vector512.Create(127) << 23).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Log2(Vector512<float> value)
    {
        // value = 2^exponent * (1 + f) with 1 + f between sqrt(1/2) and sqrt(2); subnormal values are scaled up first.
        Vector512<float> subnormal = Vector512.LessThan(value, Vector512.Create(1.17549435e-38f));
        Vector512<float> scaled = Vector512.ConditionalSelect(subnormal, value * 8388608f, value);
        Vector512<int> bits = scaled.AsInt32();
        Vector512<int> whole = bits - Vector512.Create(0x3f3504f3) >> 23;
        Vector512<float> f = (bits - (whole << 23)).AsSingle() - Vector512<float>.One;
        Vector512<float> exponent = Vector512.ConvertToSingle(whole) - Vector512.ConditionalSelect(subnormal, Vector512.Create(23f), Vector512<float>.Zero);

        Vector512<float> p = Vector512.Create(-0.112881272341f);
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(0.187607604918f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(-0.190550273641f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(0.204337281963f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(-0.239650132236f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(0.288582459636f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(-0.360695622176f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(0.480897986141f));
        p = Vector512.FusedMultiplyAdd(p, f, Vector512.Create(-0.721347365442f));

        // log2(1 + f) = f / ln 2 + f^2 p(f); the first product with its rounding error, so that values near 1 keep their last bits.
        Vector512<float> inverseLn2 = Vector512.Create(1.44269502f);
        Vector512<float> product = f * inverseLn2;
        Vector512<float> error = Vector512.FusedMultiplyAdd(f, inverseLn2, -product) + f * 1.92596299e-8f;
        Vector512<float> result = product + Vector512.FusedMultiplyAdd(f * f, p, error) + exponent;

        // +infinity and NaN pass through, zero gives -infinity, what is below gives NaN.
        result = Vector512.ConditionalSelect(Vector512.LessThan(value, Vector512.Create(float.PositiveInfinity)), result, value);
        result = Vector512.ConditionalSelect(Vector512.Equals(value, Vector512<float>.Zero), Vector512.Create(float.NegativeInfinity), result);
        return Vector512.ConditionalSelect(Vector512.LessThan(value, Vector512<float>.Zero), Vector512.Create(float.NaN), result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Tanh(Vector512<float> value)
    {
        Vector512<float> magnitude = Vector512.Abs(value);

        // Near zero 1 - 2/(e^2x + 1) would cancel: an odd polynomial instead.
        Vector512<float> square = value * value;
        Vector512<float> p = Vector512.Create(-0.00572128055942f);
        p = Vector512.FusedMultiplyAdd(p, square, Vector512.Create(0.0206542706877f));
        p = Vector512.FusedMultiplyAdd(p, square, Vector512.Create(-0.0537445965147f));
        p = Vector512.FusedMultiplyAdd(p, square, Vector512.Create(0.13331504164f));
        p = Vector512.FusedMultiplyAdd(p, square, Vector512.Create(-0.333332843982f));
        Vector512<float> small = Vector512.FusedMultiplyAdd(p * square, value, value);

        const float TwoOverLn2 = 2.885390081777927f;
        Vector512<float> power = Exp2(Vector512.Min(magnitude * TwoOverLn2, Vector512.Create(100f)));
        Vector512<float> large = Vector512<float>.One - Vector512.Create(2f) / (power + Vector512<float>.One);
        return Vector512.CopySign(Vector512.ConditionalSelect(Vector512.LessThan(magnitude, Vector512.Create(0.625f)), small, large), value);
    }
}
