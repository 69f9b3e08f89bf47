using System;
using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// XMath, Math, MathF, IntrinsicMath and BitOperations.
internal sealed partial class Lowering
{
    Datum Mathematics(string group, IMethodSymbol method, Datum[] a, IInvocationOperation call)
    {
        Shape shape = ShapeOf(method.ReturnType, call.Syntax);
        if (!shape.IsScalar || a.Any(d => !d.Shape.IsScalar)) throw Unsupported(call);
        IrType t = shape.Leaves[0].Type;
        Datum Of(Value v) => new(shape, [ConvertTo(v, t)]);
        Value X(int i) => ConvertTo(a[i].Value, method.Parameters[i].Type is { } p ? Promote(a[i].Value) is var q && ScalarOf(p, call.Syntax) is var s && s.IsArithmetic() ? s : q.Type : t);
        switch (method.Name)
        {
            case "Min" or "Max":
                return Of(_b.Binary(method.Name == "Min" ? Opcode.Min : Opcode.Max, X(0), X(1)));
            case "Clamp":
                return Of(_b.Binary(Opcode.Min, _b.Binary(Opcode.Max, X(0), X(1)), X(2)));
            case "Abs":
                return Of(_b.Pure(Opcode.Abs, X(0).Type, [X(0)]));
            case "Fma" or "FusedMultiplyAdd":
                return Of(_b.Pure(Opcode.Fma, t, [X(0), X(1), X(2)]));
            case "CopySign":
                return Of(CopySign(X(0), X(1)));
            case "PopCount" or "LeadingZeroCount" or "TrailingZeroCount":
                Opcode count = method.Name switch { "PopCount" => Opcode.PopCount, "LeadingZeroCount" => Opcode.LeadingZeroCount, _ => Opcode.TrailingZeroCount };
                return Of(_b.Pure(count, IrType.S32, [X(0)]));
            case "Log2" when X(0).Type.IsInteger():
                return Of(_b.Binary(Opcode.Sub, _b.Int((X(0).Type.Size() * 8) - 1), _b.Pure(Opcode.LeadingZeroCount, IrType.S32, [_b.Binary(Opcode.Or, X(0), _b.Const(X(0).Type, 1))])));
            case "RotateLeft" or "RotateRight":
                bool left = method.Name == "RotateLeft";
                int width = t.Size() * 8;
                Value n = X(1), rest = _b.Binary(Opcode.And, _b.Binary(Opcode.Sub, _b.Int(width), n), _b.Int(width - 1));
                return Of(_b.Binary(Opcode.Or, _b.Pure(left ? Opcode.Shl : Opcode.Shr, t, [X(0), n]), _b.Pure(left ? Opcode.Shr : Opcode.Shl, t, [X(0), rest])));
            case "ReverseBits":
                return Of(_b.Pure(Opcode.ReverseBits, t, [X(0)]));
            case "BitExtract":
                return Of(_b.Pure(Opcode.BitExtract, t, [X(0), X(1), X(2)]));
            case "MultiplyHigh":
                return Of(_b.Binary(Opcode.MulHigh, X(0), X(1)));
            case "IsNaN":
                return Of(_b.Compare(Opcode.Ne, Wide(a[0].Value), Wide(a[0].Value)));
            case "IsInfinity":
                return Of(_b.Compare(Opcode.Eq, _b.Pure(Opcode.Abs, Wide(a[0].Value).Type, [Wide(a[0].Value)]), Infinity(Wide(a[0].Value).Type)));
            case "IsFinite":
                return Of(_b.Compare(Opcode.Lt, _b.Pure(Opcode.Abs, Wide(a[0].Value).Type, [Wide(a[0].Value)]), Infinity(Wide(a[0].Value).Type)));
            case "SingleToInt32Bits" or "Int32BitsToSingle":
                return Of(_b.Pure(Opcode.Bitcast, t, [X(0)]));
        }

        if (!t.IsFloat() || a.Length == 0) throw Unsupported(call);
        return Of(RealFunction(method.Name, t, [.. Enumerable.Range(0, a.Length).Select(X)], call));
    }

    Value Wide(Value v) => Promote(v);

    Value Infinity(IrType t) => t == IrType.F64 ? _b.Const(t, Constants.FromDouble(double.PositiveInfinity)) : _b.Float(float.PositiveInfinity);

    Value CopySign(Value x, Value y)
    {
        (IrType bits, ulong sign) = x.Type == IrType.F32 ? (IrType.U32, 0x80000000UL) : (IrType.U64, 0x8000000000000000UL);
        Value magnitude = _b.Binary(Opcode.And, _b.Pure(Opcode.Bitcast, bits, [x]), _b.Const(bits, sign - 1));
        Value s = _b.Binary(Opcode.And, _b.Pure(Opcode.Bitcast, bits, [y]), _b.Const(bits, sign));
        return _b.Pure(Opcode.Bitcast, x.Type, [_b.Binary(Opcode.Or, magnitude, s)]);
    }

    Value RealFunction(string name, IrType t, Value[] x, IInvocationOperation call)
    {
        bool single = t == IrType.F32;
        Value Library1(string function) => Library("DeviceMath", function, [.. x.Select(Number)], call).Value;
        switch (name)
        {
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

        if (!single) throw new KernelException(Diagnostics.DoublePrecisionFunction, call.Syntax.GetLocation(), name);
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
            default: throw Unsupported(call);
        }
    }
}
