using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// Conversions between types.
internal sealed partial class Lowering
{
    Datum Conversion(IConversionOperation c)
    {
        if (c.Operand is IThrowOperation or IAnonymousFunctionOperation or IMethodReferenceOperation) throw Refused(c.Operand);
        // null is nothing by itself: what it is converted to is what kernels do not know.
        if (c.Operand.ConstantValue is { HasValue: true, Value: null }) ShapeOf(c.Type!, c.Syntax);
        Datum value = Expression(c.Operand);
        Shape target = ShapeOf(c.Type!, c.Syntax);
        if (c.OperatorMethod is { } method)
        {
            if (OperatorOf(method, c.ConstrainedToType, c.Syntax) is { } own) return Inline(own, null, [new ValuePlace(value)], c.Syntax) ?? throw Unsupported(c);
            if (!value.Shape.IsScalar || !target.IsScalar) throw Unsupported(c);
            // The operator takes and gives the types that it declares.
            Value converted = ConvertTo(ConvertTo(value.Value, ScalarOf(method.Parameters[0].Type, c.Syntax)), ScalarOf(method.ReturnType, c.Syntax));
            return new Datum(target, [ConvertTo(converted, target.Leaves[0].Type)]);
        }

        RejectChecked(c.IsChecked, c.Syntax);
        if (value.Shape.IsScalar && target.IsScalar) return new Datum(target, [ConvertTo(value.Value, target.Leaves[0].Type)]);
        if (c.Conversion.IsIdentity || SymbolEqualityComparer.Default.Equals(value.Shape.Symbol, target.Symbol)) return value with { Shape = target };
        if (value.Shape.Symbol.IsTupleType && target.Symbol.IsTupleType && value.Leaves.Length == target.Leaves.Length) return Leafwise(value, target);
        throw Unsupported(c);
    }

    /// <summary>Converts a tuple element by element.</summary>
    Datum Leafwise(Datum value, Shape target) =>
        new(target, [.. value.Leaves.Select((v, i) => v.Type.IsPointer() ? v : ConvertTo(v, target.Leaves[i].Type))]);

    /// <summary>A C# numeric cast; sixteen-bit floats go through float, as their own operators do.</summary>
    Value ConvertTo(Value v, IrType to)
    {
        if (v.Type == to) return v;
        if (v.Type is IrType.F16 or IrType.BF16) return ConvertTo(_b.Convert(v, IrType.F32), to);
        if (to is IrType.F16 or IrType.BF16)
        {
            // BFloat16 rounds an int once, by way of double; Half rounds it to float first.
            if (to == IrType.BF16 && v.Type is IrType.S32 or IrType.U32) v = _b.Convert(v, IrType.F64);
            return _b.Convert(v.Type == IrType.F64 ? DoubleToOddFloat(v) : ConvertTo(v, IrType.F32), to);
        }

        if (v.Type.IsFloat() && to is IrType.S8 or IrType.U8 or IrType.S16 or IrType.U16) return _b.Convert(_b.Convert(v, IrType.S32), to);
        return _b.Convert(v, to);
    }

    /// <summary>double to float rounded to odd, so that the second rounding to sixteen bits is the only one that counts.</summary>
    Value DoubleToOddFloat(Value v)
    {
        Value f = _b.Convert(v, IrType.F32), back = _b.Convert(f, IrType.F64);
        Value bits = _b.Pure(Opcode.Bitcast, IrType.S32, [f]);
        Value exact = _b.Compare(Opcode.Eq, back, v), odd = _b.Compare(Opcode.Ne, _b.Binary(Opcode.And, bits, _b.Int(1)), _b.Int(0));
        Value nan = _b.Compare(Opcode.Ne, v, v);
        Value grew = _b.Compare(Opcode.Gt, _b.Pure(Opcode.Abs, IrType.F64, [back]), _b.Pure(Opcode.Abs, IrType.F64, [v]));
        Value moved = _b.Select(grew, _b.Binary(Opcode.Sub, bits, _b.Int(1)), _b.Binary(Opcode.Add, bits, _b.Int(1)));
        Value keep = _b.Binary(Opcode.Or, _b.Binary(Opcode.Or, exact, odd), nan);
        return _b.Pure(Opcode.Bitcast, IrType.F32, [_b.Select(keep, bits, moved)]);
    }

    /// <summary>Below int everything computes as int; sixteen-bit floats as float.</summary>
    Value Promote(Value v) => v.Type switch
    {
        IrType.S8 or IrType.U8 or IrType.S16 or IrType.U16 => _b.Convert(v, IrType.S32),
        IrType.F16 or IrType.BF16 => _b.Convert(v, IrType.F32),
        _ => v,
    };

    static IrType Common(IrType x, IrType y)
    {
        if (x == y) return x;
        if (x == IrType.F64 || y == IrType.F64) return IrType.F64;
        if (x == IrType.F32 || y == IrType.F32) return IrType.F32;
        if (x == IrType.U64 || y == IrType.U64) return IrType.U64;
        return x == IrType.S64 || y == IrType.S64 || x == IrType.U32 || y == IrType.U32 ? IrType.S64 : IrType.S32;
    }
}
