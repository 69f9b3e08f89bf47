using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>Rewrites of single ops that hold bit for bit and bring them into one form, so that other passes see fewer shapes. Constants stand on the right.</summary>
internal sealed class Identities(IrKernel kernel, UseCounts uses, Func<Opcode, IrType, Value[], int, Value> emit, Func<IrType, ulong, Value> constant)
{
    /// <summary>A value equal to the op's result, or null. New ops are emitted on the way.</summary>
    public Value? Rewrite(Op op)
    {
        Value[] x = op.Operands;
        IrType t = op.Results[0].Type;
        switch (op.Code)
        {
            case Opcode.Special:
                return Special((SpecialRegister)op.Attr);
            case Opcode.Add or Opcode.Mul or Opcode.And or Opcode.Or or Opcode.Xor or Opcode.Min or Opcode.Max or Opcode.MulHigh or Opcode.Eq or Opcode.Ne when x[0].IsConst && !x[1].IsConst:
                return emit(op.Code, t, [x[1], x[0]], op.Attr);
            case Opcode.Lt or Opcode.Le or Opcode.Gt or Opcode.Ge when x[0].IsConst && !x[1].IsConst:
                return emit(op.Code switch { Opcode.Lt => Opcode.Gt, Opcode.Gt => Opcode.Lt, Opcode.Le => Opcode.Ge, _ => Opcode.Le }, t, [x[1], x[0]], op.Attr);
            case Opcode.Sub when !t.IsFloat() && x[1].IsConst:
                return emit(Opcode.Add, t, [x[0], constant(t, unchecked(0UL - x[1].ConstBits))], 0);
            case Opcode.Add or Opcode.Mul when !t.IsFloat() && x[1].IsConst && Inner(x[0], op.Code) is { } inner:
                ulong c = op.Code == Opcode.Add ? unchecked(inner.Operands[1].ConstBits + x[1].ConstBits) : unchecked(inner.Operands[1].ConstBits * x[1].ConstBits);
                return emit(op.Code, t, [inner.Operands[0], constant(t, c)], 0);
            // While others read the comparison as it is, its negation stays recognisable as such.
            case Opcode.Not when t == IrType.Pred && uses[x[0]] == 1 && x[0].Definition is { } compare:
                return Inverse(compare) is { } code ? emit(code, t, [.. compare.Operands], 0) : null;
            case Opcode.Neg when x[0].Definition is { Code: Opcode.Neg } twice:
                return twice.Operands[0];
            case Opcode.PtrOffset when x[1].IsConst && x[1].ConstBits == 0:
                return x[0];
            case Opcode.Select:
                return Select(t, x[0], x[1], x[2]);
            case Opcode.Convert:
                return Convert(t, x[0]);
            default:
                return null;
        }
    }

    Value? Special(SpecialRegister which)
    {
        if (kernel.GroupSize == 0) return null;
        return which switch
        {
            SpecialRegister.GroupDimX => constant(IrType.S32, (ulong)kernel.GroupSize),
            SpecialRegister.GroupDimY or SpecialRegister.GroupDimZ => constant(IrType.S32, 1),
            SpecialRegister.GroupIdxY or SpecialRegister.GroupIdxZ => constant(IrType.S32, 0),
            SpecialRegister.WarpIdx when kernel.GroupSize <= 32 => constant(IrType.S32, 0),
            // Shares the index with other readers; Uniformity knows this form.
            SpecialRegister.WarpIdx => emit(Opcode.Shr, IrType.S32, [emit(Opcode.Special, IrType.S32, [], (int)SpecialRegister.GroupIdxX), constant(IrType.S32, 5)], 0),
            _ => null,
        };
    }

    static Op? Inner(Value v, Opcode code) => v.Definition is { } op && op.Code == code && op.Operands[1].IsConst ? op : null;

    // The comparison that is true where this one is false. For floats only equality has one: order is false on NaN both ways.
    static Opcode? Inverse(Op compare) => compare.Code switch
    {
        Opcode.Eq => Opcode.Ne,
        Opcode.Ne => Opcode.Eq,
        _ when compare.Code is not (Opcode.Lt or Opcode.Le or Opcode.Gt or Opcode.Ge) || compare.Operands[0].Type.IsFloat() => null,
        Opcode.Lt => Opcode.Ge,
        Opcode.Le => Opcode.Gt,
        Opcode.Gt => Opcode.Le,
        _ => Opcode.Lt,
    };

    Value? Select(IrType t, Value c, Value a, Value b)
    {
        if (c.Definition is { Code: Opcode.Not } not) return emit(Opcode.Select, t, [not.Operands[0], b, a], 0);
        if (t != IrType.Pred) return null;
        if (a.IsConst) return a.ConstBits != 0 ? emit(Opcode.Or, t, [c, b], 0) : emit(Opcode.And, t, [emit(Opcode.Not, t, [c], 0), b], 0);
        if (b.IsConst) return b.ConstBits == 0 ? emit(Opcode.And, t, [c, a], 0) : emit(Opcode.Or, t, [emit(Opcode.Not, t, [c], 0), a], 0);
        return null;
    }

    Value? Convert(IrType t, Value x)
    {
        if (x.Definition is not { Code: Opcode.Convert } inner) return null;
        IrType from = inner.Operands[0].Type;
        if (!from.IsInteger() || !x.Type.IsInteger() || !t.IsInteger()) return null;
        // Widened and narrowed again: only the low bits count. Widened twice: the first sign decides.
        if (x.Type.Size() >= from.Size() && t.Size() <= from.Size()) return emit(Opcode.Convert, t, [inner.Operands[0]], 0);
        return x.Type.Size() > from.Size() && t.Size() > x.Type.Size() && (!from.IsSigned() || x.Type.IsSigned()) ? emit(Opcode.Convert, t, [inner.Operands[0]], 0) : null;
    }
}
