using System;

namespace LbrCore.Compute.Generator.IR;

/// <summary>Raw bits of constants: integers are sign- or zero-extended to 64 bits, floats are their IEEE bits.</summary>
internal static class Constants
{
    public static ulong FromFloat(float x) => (uint)SingleBits(x);

    public static ulong FromDouble(double x) => (ulong)BitConverter.DoubleToInt64Bits(x);

    public static float ToFloat(ulong bits) => BitConverter.ToSingle(BitConverter.GetBytes((uint)bits), 0);

    public static double ToDouble(ulong bits) => BitConverter.Int64BitsToDouble((long)bits);

    static int SingleBits(float x) => BitConverter.ToInt32(BitConverter.GetBytes(x), 0);

    /// <summary>Wraps a 64-bit integer to the width of <paramref name="t"/> and extends it again, so that equal values have equal bits.</summary>
    public static ulong Wrap(IrType t, ulong bits) => t switch
    {
        IrType.Pred => bits != 0 ? 1UL : 0UL,
        IrType.S8 => (ulong)(long)(sbyte)bits,
        IrType.U8 => (byte)bits,
        IrType.S16 => (ulong)(long)(short)bits,
        IrType.U16 or IrType.F16 or IrType.BF16 => (ushort)bits,
        IrType.S32 => (ulong)(long)(int)bits,
        IrType.U32 or IrType.F32 => (uint)bits,
        _ => bits,
    };

    /// <summary>A C# unchecked conversion of a constant; null where the pair is not folded (F16 and BF16 are left to run time).</summary>
    public static ulong? Convert(IrType from, IrType to, ulong bits)
    {
        if (from is IrType.F16 or IrType.BF16 || to is IrType.F16 or IrType.BF16 || to.IsPointer() || from.IsPointer()) return null;
        if (from.IsFloat())
        {
            double x = from == IrType.F32 ? ToFloat(bits) : ToDouble(bits);
            if (to == IrType.F32) return FromFloat(from == IrType.F32 ? ToFloat(bits) : (float)x);
            if (to == IrType.F64) return FromDouble(x);
            return Wrap(to, SaturateToInteger(to, x));
        }

        if (to == IrType.F32) return FromFloat(from == IrType.U64 ? (float)bits : (float)(long)bits);
        if (to == IrType.F64) return FromDouble(from == IrType.U64 ? (double)bits : (double)(long)bits);
        return Wrap(to, bits);
    }

    // .NET 9 and later saturate float-to-integer casts and turn NaN into 0; types below 32 bits go through int.
    static ulong SaturateToInteger(IrType to, double x)
    {
        if (double.IsNaN(x)) return 0;
        x = Math.Truncate(x);
        return to switch
        {
            IrType.U32 => x <= 0 ? 0 : x >= 4294967295.0 ? uint.MaxValue : (uint)x,
            IrType.U64 => x <= 0 ? 0 : x >= 18446744073709551616.0 ? ulong.MaxValue : (ulong)x,
            IrType.S64 => x <= -9223372036854775808.0 ? unchecked((ulong)long.MinValue) : x >= 9223372036854775808.0 ? long.MaxValue : (ulong)(long)x,
            _ => x <= -2147483648.0 ? unchecked((ulong)(long)int.MinValue) : x >= 2147483647.0 ? int.MaxValue : (ulong)(long)(int)x,
        };
    }
}
