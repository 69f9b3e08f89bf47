using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>
/// Cheaper integer ops where the ranges of values allow: division and remainder by powers of two as shifts and masks, 64-bit division of what fits into
/// 32 bits, comparisons and clamps whose outcome is certain, masks that keep everything.
/// </summary>
internal sealed class IntegerStrength
{
    readonly Ranges _ranges;
    readonly Substitution _map = new();
    List<Op> _out = [];

    IntegerStrength(Ranges ranges) => _ranges = ranges;

    /// <summary>Runs on a kernel.</summary>
    public static void Run(IrKernel kernel) => new IntegerStrength(Ranges.Analyze(kernel)).Visit(kernel.Body);

    void Visit(Region region)
    {
        Op[] ops = [.. region.Ops];
        List<Op> outer = _out;
        _out = region.Ops;
        _out.Clear();
        foreach (Op op in ops)
        {
            _map.Apply(op);
            foreach (Region r in op.Regions) Visit(r);
            if (op.Results.Length == 1 && op.Operands.Length == 2 && Cheaper(op) is { } v)
            {
                _map.Replace(op.Result, v);
                _ranges.Narrow(v, _ranges[op.Result]);
            }
            else
            {
                _out.Add(op);
            }
        }

        _map.ApplyYield(region);
        _out = outer;
    }

    Value? Cheaper(Op op)
    {
        Value x = op.Operands[0], y = op.Operands[1];
        if (!x.Type.IsInteger() || x.Type == IrType.U64) return null;
        Interval a = _ranges[x], b = _ranges[y];
        switch (op.Code)
        {
            case Opcode.Div or Opcode.Rem when a.Min >= 0 && b.Min > 0:
                if (op.Code == Opcode.Rem && a.Max < b.Min) return x;
                if (op.Code == Opcode.Div && a.Max < b.Min) return Constant(op, x.Type, 0);
                if (y.ConstInt is { } c && (c & (c - 1)) == 0)
                {
                    int log = 0;
                    while (1L << log < c) log++;
                    return op.Code == Opcode.Div ? Emit(op, Opcode.Shr, x.Type, x, Constant(op, IrType.S32, (ulong)log)) : Emit(op, Opcode.And, x.Type, x, Constant(op, x.Type, (ulong)(c - 1)));
                }

                if (x.Type != IrType.S64 || a.Max > int.MaxValue || b.Max > int.MaxValue) return null;
                return Emit(op, Opcode.Convert, IrType.S64, Emit(op, op.Code, IrType.S32, Emit(op, Opcode.Convert, IrType.S32, x), Emit(op, Opcode.Convert, IrType.S32, y)));
            case Opcode.And when y.ConstInt is { } mask && mask >= 0 && (mask & (mask + 1)) == 0 && a.IsWithin(0, mask):
                return x;
            case Opcode.Min when a.Max <= b.Min:
                return x;
            case Opcode.Min when b.Max <= a.Min:
                return y;
            case Opcode.Max when a.Min >= b.Max:
                return x;
            case Opcode.Max when b.Min >= a.Max:
                return y;
            case Opcode.Lt or Opcode.Ge when a.Max < b.Min || a.Min >= b.Max:
                return Constant(op, IrType.Pred, a.Max < b.Min == (op.Code == Opcode.Lt) ? 1UL : 0UL);
            case Opcode.Gt or Opcode.Le when a.Min > b.Max || a.Max <= b.Min:
                return Constant(op, IrType.Pred, a.Min > b.Max == (op.Code == Opcode.Gt) ? 1UL : 0UL);
            case Opcode.Eq or Opcode.Ne when a.Max < b.Min || a.Min > b.Max:
                return Constant(op, IrType.Pred, op.Code == Opcode.Ne ? 1UL : 0UL);
            default:
                return null;
        }
    }

    Value Constant(Op at, IrType type, ulong bits)
    {
        Op op = IrClone.Constant(type, bits, at.Source);
        _out.Add(op);
        return op.Result;
    }

    Value Emit(Op at, Opcode code, IrType type, params Value[] operands)
    {
        Op op = IrClone.New(code, [type], operands, at.Source);
        _out.Add(op);
        return op.Result;
    }
}
