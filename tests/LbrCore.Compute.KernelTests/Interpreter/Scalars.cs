using System.Numerics;
using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.KernelTests.Interpreter;

/// <summary>The scalar operations of the IR on raw bits, written down from the rules at Opcode and from nothing else.</summary>
internal static class Scalars
{
    public static float F(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits);

    public static double D(ulong bits) => BitConverter.UInt64BitsToDouble(bits);

    public static ulong Bits(float x) => BitConverter.SingleToUInt32Bits(x);

    public static ulong Bits(double x) => BitConverter.DoubleToUInt64Bits(x);

    /// <summary>Cuts an integer to its type and extends it again.</summary>
    public static ulong Wrap(IrType t, ulong v) => t switch
    {
        IrType.Pred => v & 1,
        IrType.S8 => (ulong)(sbyte)v,
        IrType.U8 => (byte)v,
        IrType.S16 => (ulong)(short)v,
        IrType.U16 or IrType.F16 or IrType.BF16 => (ushort)v,
        IrType.S32 => (ulong)(int)v,
        IrType.U32 or IrType.F32 or IrType.PtrShared or IrType.PtrLocal => (uint)v,
        _ => v,
    };

    public static ulong Evaluate(Op op, ReadOnlySpan<ulong> x)
    {
        IrType from = op.Operands.Length > 0 ? op.Operands[0].Type : IrType.S32, to = op.Result.Type;
        if (op.Code is not (Opcode.Select or Opcode.Convert or Opcode.Bitcast) && !from.IsArithmetic() && from != IrType.Pred) throw new InvalidOperationException($"{op.Code} computes on {from}");
        return op.Code switch
        {
            Opcode.Select => x[0] != 0 ? x[1] : x[2],
            Opcode.Convert => Convert(from, to, x[0]),
            Opcode.Bitcast => Wrap(to, x[0]),
            Opcode.Eq or Opcode.Ne or Opcode.Lt or Opcode.Le or Opcode.Gt or Opcode.Ge => Compare(op.Code, from, x[0], x[1]) ? 1UL : 0UL,
            Opcode.PopCount => (ulong)BitOperations.PopCount(Unsigned(from, x[0])),
            Opcode.LeadingZeroCount => (ulong)(BitOperations.LeadingZeroCount(Unsigned(from, x[0])) - (64 - Width(from))),
            Opcode.TrailingZeroCount => (ulong)Math.Min(Width(from), BitOperations.TrailingZeroCount(Unsigned(from, x[0]))),
            Opcode.Pack2 => Half16(op.Attr, F(x[0])) | (Half16(op.Attr, F(x[1])) << 16),
            Opcode.UnpackLow => Bits(Wide16(op.Attr, x[0])),
            Opcode.UnpackHigh => Bits(Wide16(op.Attr, x[0] >> 16)),
            Opcode.Add2 => Pairwise(op.Attr, x, static (a, b, _) => a + b),
            Opcode.Mul2 => Pairwise(op.Attr, x, static (a, b, _) => a * b),
            Opcode.Max2 => Pairwise(op.Attr, x, static (a, b, _) => MathF.Max(a, b)),
            Opcode.Fma2 => Fma2(op.Attr, x),
            _ => to == IrType.F32 ? Bits(Single(op.Code, x)) : to == IrType.F64 ? Bits(Double(op.Code, x)) : Wrap(to, Integer(op.Code, to, x)),
        };
    }

    static int Width(IrType t) => t.Size() * 8;

    static ulong Unsigned(IrType t, ulong v) => Width(t) == 64 ? v : v & ((1UL << Width(t)) - 1);

    static float Single(Opcode code, ReadOnlySpan<ulong> x)
    {
        float a = F(x[0]), b = x.Length > 1 ? F(x[1]) : 0;
        return code switch
        {
            Opcode.Add => a + b,
            Opcode.Sub => a - b,
            Opcode.Mul => a * b,
            Opcode.Div or Opcode.DivApprox => a / b,
            Opcode.Rem => a % b,
            Opcode.Neg => -a,
            Opcode.Fma => MathF.FusedMultiplyAdd(a, b, F(x[2])),
            Opcode.Min => MathF.Min(a, b),
            Opcode.Max => MathF.Max(a, b),
            Opcode.Abs => MathF.Abs(a),
            Opcode.Sqrt or Opcode.SqrtApprox => MathF.Sqrt(a),
            Opcode.Floor => MathF.Floor(a),
            Opcode.Ceiling => MathF.Ceiling(a),
            Opcode.Round => MathF.Round(a, MidpointRounding.ToEven),
            Opcode.Truncate => MathF.Truncate(a),
            Opcode.RsqrtApprox => (float)(1 / Math.Sqrt(a)),
            Opcode.RcpApprox => 1 / a,
            Opcode.Exp2Approx => float.Exp2(a),
            Opcode.Log2Approx => MathF.Log2(a),
            Opcode.SinApprox => MathF.Sin(a),
            Opcode.CosApprox => MathF.Cos(a),
            Opcode.TanhApprox => MathF.Tanh(a),
            _ => throw new NotSupportedException($"{code} on F32"),
        };
    }

    static double Double(Opcode code, ReadOnlySpan<ulong> x)
    {
        double a = D(x[0]), b = x.Length > 1 ? D(x[1]) : 0;
        return code switch
        {
            Opcode.Add => a + b,
            Opcode.Sub => a - b,
            Opcode.Mul => a * b,
            Opcode.Div => a / b,
            Opcode.Rem => a % b,
            Opcode.Neg => -a,
            Opcode.Fma => Math.FusedMultiplyAdd(a, b, D(x[2])),
            Opcode.Min => Math.Min(a, b),
            Opcode.Max => Math.Max(a, b),
            Opcode.Abs => Math.Abs(a),
            Opcode.Sqrt => Math.Sqrt(a),
            Opcode.Floor => Math.Floor(a),
            Opcode.Ceiling => Math.Ceiling(a),
            Opcode.Round => Math.Round(a, MidpointRounding.ToEven),
            Opcode.Truncate => Math.Truncate(a),
            _ => throw new NotSupportedException($"{code} on F64"),
        };
    }

    static ulong Integer(Opcode code, IrType t, ReadOnlySpan<ulong> x)
    {
        ulong a = x[0], b = x.Length > 1 ? x[1] : 0;
        bool signed = t.IsSigned();
        int shift = (int)b & (Width(t) - 1);
        return code switch
        {
            Opcode.Add => a + b,
            Opcode.Sub => a - b,
            Opcode.Mul => a * b,
            // The IR leaves the quotient by zero open; the lanes give 0, and so does this.
            Opcode.Div or Opcode.Rem when b == 0 => 0,
            Opcode.Div => !signed ? a / b : (long)b == -1 ? 0 - a : (ulong)((long)a / (long)b),
            Opcode.Rem => !signed ? a % b : (long)b == -1 ? 0 : (ulong)((long)a % (long)b),
            Opcode.Neg => 0 - a,
            Opcode.MulHigh => Width(t) == 32 ? (signed ? (ulong)((long)a * (long)b >> 32) : a * b >> 32) : signed ? (ulong)Math.BigMul((long)a, (long)b, out _) : Math.BigMul(a, b, out _),
            Opcode.MulWide => a * b,
            Opcode.Fma => (a * b) + x[2],
            Opcode.Min => signed ? (ulong)Math.Min((long)a, (long)b) : Math.Min(a, b),
            Opcode.Max => signed ? (ulong)Math.Max((long)a, (long)b) : Math.Max(a, b),
            Opcode.Abs => (long)a < 0 ? 0 - a : a,
            Opcode.And => a & b,
            Opcode.Or => a | b,
            Opcode.Xor => a ^ b,
            Opcode.Not => ~a,
            Opcode.Shl => a << shift,
            Opcode.Shr => signed ? (ulong)((long)a >> shift) : a >> shift,
            Opcode.ReverseBits => Reverse(a) >> (64 - Width(t)),
            Opcode.BitExtract => Extract((uint)a, (int)b, (int)x[2]),
            _ => throw new NotSupportedException($"{code} on {t}"),
        };
    }

    static ulong Reverse(ulong v)
    {
        ulong r = 0;
        for (int i = 0; i < 64; i++) r |= ((v >> i) & 1) << (63 - i);
        return r;
    }

    // bfe.u32: bits past the end are zero; only the low eight bits of position and length count.
    static ulong Extract(uint value, int offset, int count)
    {
        ulong r = 0;
        for (int i = 0; i < Math.Min(count & 255, 32); i++)
            if ((offset & 255) + i < 32) r |= (ulong)((value >> ((offset & 255) + i)) & 1) << i;
        return r;
    }

    static bool Compare(Opcode code, IrType t, ulong a, ulong b)
    {
        if (t.IsFloat())
        {
            double x = t == IrType.F32 ? F(a) : D(a), y = t == IrType.F32 ? F(b) : D(b);
            return code switch { Opcode.Eq => x == y, Opcode.Ne => x != y, Opcode.Lt => x < y, Opcode.Le => x <= y, Opcode.Gt => x > y, _ => x >= y };
        }

        int order = t.IsSigned() ? ((long)a).CompareTo((long)b) : a.CompareTo(b);
        return code switch { Opcode.Eq => order == 0, Opcode.Ne => order != 0, Opcode.Lt => order < 0, Opcode.Le => order <= 0, Opcode.Gt => order > 0, _ => order >= 0 };
    }

    static ulong Convert(IrType from, IrType to, ulong x)
    {
        if (from == IrType.F16) return Bits((float)BitConverter.UInt16BitsToHalf((ushort)x));
        if (from == IrType.BF16) return Bits(BitConverter.UInt32BitsToSingle((uint)x << 16));
        if (to is IrType.F16 or IrType.BF16) return Half16(to == IrType.F16 ? 1 : 0, F(x));
        if (from.IsFloat())
        {
            double v = from == IrType.F32 ? F(x) : D(x);
            return to switch
            {
                IrType.F32 => Bits(from == IrType.F32 ? F(x) : (float)v),
                IrType.F64 => Bits(v),
                IrType.U32 => (uint)v,
                IrType.S64 => (ulong)(long)v,
                IrType.U64 => (ulong)v,
                _ => Wrap(to, (ulong)(int)v),
            };
        }

        if (to == IrType.F32) return Bits(from == IrType.U64 ? (float)x : (float)(long)x);
        if (to == IrType.F64) return Bits(from == IrType.U64 ? (double)x : (double)(long)x);
        return to == IrType.Pred ? (x != 0 ? 1UL : 0UL) : Wrap(to, x);
    }

    static ulong Half16(int kind, float x) => kind == 1 ? BitConverter.HalfToUInt16Bits((Half)x) : ((BFloat16)x).Bits;

    static float Wide16(int kind, ulong bits) => kind == 1 ? (float)BitConverter.UInt16BitsToHalf((ushort)bits) : BitConverter.UInt32BitsToSingle((uint)(ushort)bits << 16);

    static ulong Pairwise(int kind, ReadOnlySpan<ulong> x, Func<float, float, float, float> f)
    {
        float z0 = x.Length > 2 ? Wide16(kind, x[2]) : 0, z1 = x.Length > 2 ? Wide16(kind, x[2] >> 16) : 0;
        return Half16(kind, f(Wide16(kind, x[0]), Wide16(kind, x[1]), z0)) | (Half16(kind, f(Wide16(kind, x[0] >> 16), Wide16(kind, x[1] >> 16), z1)) << 16);
    }

    static ulong Fma2(int kind, ReadOnlySpan<ulong> x)
    {
        if (kind == 1) return Half2.Fma(new Half2((uint)x[0]), new Half2((uint)x[1]), new Half2((uint)x[2])).Bits;
        return BFloat16x2.Fma(new BFloat16x2((uint)x[0]), new BFloat16x2((uint)x[1]), new BFloat16x2((uint)x[2])).Bits;
    }
}
