using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Ptx;

/// <summary>
/// Conversions that cost nothing in PTX: registers have no sign, and narrow integers are kept extended to 32 bits, so the result lives in the operand's register.
/// </summary>
internal static class Aliases
{
    /// <summary>True when the op's result is its operand's register.</summary>
    public static bool IsAlias(Op op)
    {
        if (op.Code is not (Opcode.Convert or Opcode.Bitcast)) return false;
        IrType from = op.Operands[0].Type, to = op.Result.Type;
        if (from == to) return true;
        if (RegisterFile.ClassOf(from) != RegisterFile.ClassOf(to) || from == IrType.Pred) return false;
        return RegisterFile.ClassOf(to) switch
        {
            RegisterClass.DoubleWord => from != IrType.PtrLocal && to != IrType.PtrLocal,
            RegisterClass.Word when op.Code == Opcode.Bitcast => to.Size() == 4,
            RegisterClass.Word => to.Size() == 4 || (from.Size() < to.Size() && from.IsSigned() == to.IsSigned()) || (from == IrType.U8 && to == IrType.S16),
            RegisterClass.Half => op.Code == Opcode.Bitcast,
            _ => false,
        };
    }

    /// <summary>The value in whose register <paramref name="v"/> lives.</summary>
    public static Value Root(Value v)
    {
        while (v.Definition is { } op && IsAlias(op)) v = op.Operands[0];
        return v;
    }

    /// <summary>Raw bits when the value is a constant, seen through aliases.</summary>
    public static ulong? Constant(Value v)
    {
        if (v.IsConst) return v.ConstBits;
        return v.Definition is { } op && IsAlias(op) && !v.Type.IsPointer() && Constant(op.Operands[0]) is { } bits ? Constants.Wrap(v.Type, bits) : null;
    }
}
