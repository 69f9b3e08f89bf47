using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>The largest power of two, up to 16, that is known to divide an index or an address.</summary>
internal sealed class Divisibility(IrKernel kernel)
{
    const int Most = 16;
    const int Deepest = 24;

    readonly Dictionary<Value, int> _known = [];

    /// <summary>The power of two.</summary>
    public int this[Value v] => Of(v, 0);

    int Of(Value v, int depth)
    {
        if (_known.TryGetValue(v, out int known)) return known;
        int d = depth > Deepest ? 1 : Compute(v, depth + 1);
        return _known[v] = d;
    }

    int Compute(Value v, int depth)
    {
        if (v.Definition is not { } op) return 1;
        int Operand(int i) => Of(op.Operands[i], depth);
        switch (op.Code)
        {
            case Opcode.Const:
                return PowerOf(op.Bits);
            case Opcode.SharedAlloc:
                return Math.Min(PowerOf((ulong)op.Offset), kernel.StaticSharedAlignment);
            case Opcode.DynamicShared or Opcode.LocalAlloc:
                return Most;
            case Opcode.PtrOffset:
                return Math.Min(Operand(0), Math.Min(Most, Operand(1) * PowerOf((ulong)op.Stride)));
            case Opcode.Add or Opcode.Sub or Opcode.Or or Opcode.Xor when !v.Type.IsFloat():
                return Math.Min(Operand(0), Operand(1));
            case Opcode.Mul when !v.Type.IsFloat():
                return Math.Min(Most, Operand(0) * Operand(1));
            case Opcode.And:
                return Math.Max(Operand(0), Operand(1));
            case Opcode.Shl when op.Operands[1].ConstInt is >= 0 and < 32:
                return (int)Math.Min(Most, (long)Operand(0) << (int)Math.Min(4, op.Operands[1].ConstInt!.Value));
            case Opcode.Neg when !v.Type.IsFloat():
                return Operand(0);
            case Opcode.Convert when op.Operands[0].Type.IsInteger() && v.Type.IsInteger():
                return Operand(0);
            case Opcode.Select:
                return Math.Min(Operand(1), Operand(2));
            default:
                return 1;
        }
    }

    static int PowerOf(ulong x)
    {
        int d = 1;
        while (d < Most && (x & (ulong)((d * 2) - 1)) == 0) d *= 2;
        return d;
    }
}
