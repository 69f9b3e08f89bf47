using System;
using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// XMath, Math, MathF, IntrinsicMath and BitOperations.
internal sealed partial class Lowering
{
    /// <summary>A function of numbers; arguments below int come as int, sixteen-bit floats as float.</summary>
    Datum Mathematics(string group, IMethodSymbol method, Datum[] a, IInvocationOperation call)
    {
        Shape shape = ShapeOf(method.ReturnType, call.Syntax);
        if (!shape.IsScalar || a.Length == 0 || a.Any(d => d is not { Shape.IsScalar: true })) throw Unsupported(call);
        IrType t = shape.Leaves[0].Type;
        Value[] x = [.. a.Select(d => Promote(d.Value))];
        Value? known = SimpleFunction(group, method.Name, x, t, a[0].Value.Type);
        if (known == null && t.IsInteger() && t.Size() >= 4) known = BitFunction(method.Name, x, t);
        if (known == null && t.IsFloat()) known = RealFunction(method.Name, t, x, call);
        return known == null ? throw Unsupported(call) : new Datum(shape, [ConvertTo(known, t)]);
    }

    /// <summary>What all numbers have.</summary>
    Value? SimpleFunction(string group, string name, Value[] x, IrType result, IrType first)
    {
        IrType t = x[0].Type;
        switch (name)
        {
            case "Min" or "Max" when x.Length == 2 && t != IrType.Pred:
                return _b.Binary(name == "Min" ? Opcode.Min : Opcode.Max, x[0], x[1]);
            case "Clamp" when group == "XMath":
                return _b.Binary(Opcode.Min, _b.Binary(Opcode.Max, x[0], x[1]), x[2]);
            // Math.Clamp keeps the sign of a zero and a NaN: it only compares.
            case "Clamp" when x.Length == 3:
                return _b.Select(_b.Compare(Opcode.Lt, x[0], x[1]), x[1], _b.Select(_b.Compare(Opcode.Gt, x[0], x[2]), x[2], x[0]));
            case "Abs" when t != IrType.U32 && t != IrType.U64:
                return _b.Pure(Opcode.Abs, t, [x[0]]);
            case "Abs":
                return x[0];
            case "Sign":
                Value zero = ConvertTo(_b.Int(0), t);
                return _b.Select(_b.Compare(Opcode.Gt, x[0], zero), _b.Int(1), _b.Select(_b.Compare(Opcode.Lt, x[0], zero), _b.Int(-1), _b.Int(0)));
            case "IsNaN" when t.IsFloat():
                return _b.Compare(Opcode.Ne, x[0], x[0]);
            case "IsInfinity" when t.IsFloat():
                return _b.Compare(Opcode.Eq, _b.Pure(Opcode.Abs, t, [x[0]]), Infinity(t));
            case "IsFinite" when t.IsFloat():
                return _b.Compare(Opcode.Lt, _b.Pure(Opcode.Abs, t, [x[0]]), Infinity(t));
            // Between integers it drops the upper bits; a float saturates at the limits of narrow integers, which a cast does not.
            case "CreateTruncating" when t.IsInteger() || result.Size() >= 4 || result is IrType.F16 or IrType.BF16:
                return ConvertTo(x[0], result);
            default:
                return null;
        }
    }

    /// <summary>Bits of 32- and 64-bit integers.</summary>
    Value? BitFunction(string name, Value[] x, IrType t)
    {
        switch (name)
        {
            case "PopCount" or "LeadingZeroCount" or "TrailingZeroCount" when x[0].Type.IsInteger():
                return _b.Pure(name switch { "PopCount" => Opcode.PopCount, "LeadingZeroCount" => Opcode.LeadingZeroCount, _ => Opcode.TrailingZeroCount }, IrType.S32, [x[0]]);
            case "Log2" when x[0].Type.IsInteger():
                return _b.Binary(Opcode.Sub, _b.Int((x[0].Type.Size() * 8) - 1), _b.Pure(Opcode.LeadingZeroCount, IrType.S32, [_b.Binary(Opcode.Or, x[0], _b.Const(x[0].Type, 1))]));
            case "RotateLeft" or "RotateRight":
                int width = t.Size() * 8;
                IrType unsigned = width == 64 ? IrType.U64 : IrType.U32;
                Value bits = _b.Pure(Opcode.Bitcast, unsigned, [x[0]]), n = x[1], rest = _b.Binary(Opcode.And, _b.Binary(Opcode.Sub, _b.Int(width), n), _b.Int(width - 1));
                (Value left, Value right) = name == "RotateLeft" ? (n, rest) : (rest, n);
                return _b.Pure(Opcode.Bitcast, t, [_b.Binary(Opcode.Or, _b.Pure(Opcode.Shl, unsigned, [bits, left]), _b.Pure(Opcode.Shr, unsigned, [bits, right]))]);
            case "ReverseBits":
                return _b.Pure(Opcode.ReverseBits, t, [x[0]]);
            case "BitExtract":
                return _b.Pure(Opcode.BitExtract, t, x);
            case "MultiplyHigh":
                return _b.Binary(Opcode.MulHigh, x[0], x[1]);
            default:
                return null;
        }
    }

    Value Infinity(IrType t) => t == IrType.F64 ? _b.Const(t, Constants.FromDouble(double.PositiveInfinity)) : _b.Float(float.PositiveInfinity);

    Value CopySign(Value x, Value y)
    {
        (IrType bits, ulong sign) = x.Type == IrType.F32 ? (IrType.U32, 0x80000000UL) : (IrType.U64, 0x8000000000000000UL);
        Value magnitude = _b.Binary(Opcode.And, _b.Pure(Opcode.Bitcast, bits, [x]), _b.Const(bits, sign - 1));
        Value s = _b.Binary(Opcode.And, _b.Pure(Opcode.Bitcast, bits, [y]), _b.Const(bits, sign));
        return _b.Pure(Opcode.Bitcast, x.Type, [_b.Binary(Opcode.Or, magnitude, s)]);
    }

    /// <summary>float and double.</summary>
    Value? RealFunction(string name, IrType t, Value[] x, IInvocationOperation call)
    {
        bool single = t == IrType.F32;
        Value Library1(string function) => Library("DeviceMath", function, [.. x.Select(Number)], call.Syntax).Value;
        switch (name)
        {
            case "Fma" or "FusedMultiplyAdd": return _b.Pure(Opcode.Fma, t, x);
            case "CopySign": return CopySign(x[0], x[1]);
            case "Sqrt": return _b.Pure(Opcode.Sqrt, t, [x[0]]);
            case "Floor": return _b.Pure(Opcode.Floor, t, [x[0]]);
            case "Ceiling": return _b.Pure(Opcode.Ceiling, t, [x[0]]);
            case "Round" when x.Length == 1: return _b.Pure(Opcode.Round, t, [x[0]]);
            case "Truncate": return _b.Pure(Opcode.Truncate, t, [x[0]]);
            // Rounded in double once, as the vocabulary defines it.
            case "Rsqrt" or "ReciprocalSqrtEstimate":
                Value wide = single ? _b.Convert(x[0], IrType.F64) : x[0];
                Value inverse = _b.Binary(Opcode.Div, _b.Const(IrType.F64, Constants.FromDouble(1)), _b.Pure(Opcode.Sqrt, IrType.F64, [wide]));
                return single ? _b.Convert(inverse, IrType.F32) : inverse;
            case "Rcp" or "ReciprocalEstimate":
                return _b.Binary(Opcode.Div, single ? _b.Float(1f) : _b.Const(t, Constants.FromDouble(1)), x[0]);
            case "Exp": return Library1(single ? "ExpF32" : "ExpF64");
            case "Log" when x.Length == 1: return Library1(single ? "LogF32" : "LogF64");
            case "Exp2": return Library1(single ? "Exp2F32" : "Exp2F64");
            case "Log2": return Library1(single ? "Log2F32" : "Log2F64");
        }

        if (!single) return name is "Sin" or "Cos" or "Tanh" ? throw new KernelException(Diagnostics.DoublePrecisionFunction, call.Syntax.GetLocation(), name) : null;
        switch (name)
        {
            case "Sin": return Library1("SinF32");
            case "Cos": return Library1("CosF32");
            case "Tanh": return Library1("TanhF32");
            case "FastExp": return _b.Pure(Opcode.Exp2Approx, t, [_b.Binary(Opcode.Mul, x[0], _b.Float(1.4426950408889634f))]);
            case "FastExp2": return _b.Pure(Opcode.Exp2Approx, t, [x[0]]);
            case "FastLog": return _b.Binary(Opcode.Mul, _b.Pure(Opcode.Log2Approx, t, [x[0]]), _b.Float(0.6931471805599453f));
            case "FastLog2": return _b.Pure(Opcode.Log2Approx, t, [x[0]]);
            case "FastSin": return _b.Pure(Opcode.SinApprox, t, [x[0]]);
            case "FastCos": return _b.Pure(Opcode.CosApprox, t, [x[0]]);
            case "FastTanh": return _b.Pure(Opcode.TanhApprox, t, [x[0]]);
            case "FastSqrt": return _b.Pure(Opcode.SqrtApprox, t, [x[0]]);
            case "FastRsqrt": return _b.Pure(Opcode.RsqrtApprox, t, [x[0]]);
            case "FastRcp": return _b.Pure(Opcode.RcpApprox, t, [x[0]]);
            case "FastDivide": return _b.Pure(Opcode.DivApprox, t, [x[0], x[1]]);
            default: return null;
        }
    }
}
