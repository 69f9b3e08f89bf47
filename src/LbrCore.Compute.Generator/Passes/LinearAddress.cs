using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>
/// An address taken apart: base + sum of values times bytes + constant bytes. Indices are documented not to overflow, so a 32-bit index may be split before
/// it is widened. Values that came from one 32-bit expression remember that (the island): only these may be summed in 32 bits again.
/// </summary>
internal sealed class LinearAddress
{
    const int MostTerms = 12;

    /// <summary>A value times <see cref="Factor"/>, in units of <see cref="Unit"/> bytes.</summary>
    /// <param name="Value">S32, U32 or S64.</param>
    /// <param name="Times">A second value that it is multiplied by, or null.</param>
    /// <param name="Factor">Multiplier within the index expression.</param>
    /// <param name="Unit">Bytes for each index unit.</param>
    /// <param name="Island">Number of the 32-bit expression, or -1 for 64-bit values.</param>
    public readonly record struct Term(Value Value, Value? Times, long Factor, long Unit, int Island);

    readonly Ranges _ranges;
    readonly LoopDepths _depths;
    int _islands;

    LinearAddress(Ranges ranges, LoopDepths depths, Value pointer) => (_ranges, _depths, Base) = (ranges, depths, pointer);

    /// <summary>The pointer below all offsets.</summary>
    public Value Base { get; private set; }

    /// <summary>The variable parts.</summary>
    public List<Term> Terms { get; } = [];

    /// <summary>Constant bytes.</summary>
    public long Constant { get; private set; }

    /// <summary>Takes pointer + index * stride + offset apart.</summary>
    public static LinearAddress Of(Value pointer, Value index, long stride, long offset, Ranges ranges, LoopDepths depths)
    {
        var address = new LinearAddress(ranges, depths, pointer) { Constant = offset };
        address.AddIndex(index, stride);
        while (address.Base.Definition is { Code: Opcode.PtrOffset } move)
        {
            address.AddIndex(move.Operands[1], move.Stride);
            address.Base = move.Operands[0];
        }

        if (address.Base.Definition is { Code: Opcode.SharedAlloc } block) address.Constant += block.Offset;
        return address;
    }

    void AddIndex(Value index, long stride)
    {
        if (index.Type == IrType.S64) Long(index, stride);
        else Int(index, 1, stride, _islands++);
    }

    void Long(Value v, long unit)
    {
        Op? op = v.Definition;
        if (v.IsConst)
        {
            Constant = unchecked(Constant + ((long)v.ConstBits * unit));
        }
        else if (op?.Code == Opcode.Add && Terms.Count < MostTerms)
        {
            Long(op.Operands[0], unit);
            Long(op.Operands[1], unit);
        }
        else if (op?.Code == Opcode.Sub && Terms.Count < MostTerms)
        {
            Long(op.Operands[0], unit);
            Long(op.Operands[1], -unit);
        }
        else if (op?.Code == Opcode.Neg)
        {
            Long(op.Operands[0], -unit);
        }
        else if (Multiplier(op) is { } m && Fits(unit, m))
        {
            Long(op!.Operands[0], unit * m);
        }
        else if (op?.Code == Opcode.Convert && op.Operands[0].Type is IrType.S32 or IrType.U32)
        {
            Int(op.Operands[0], 1, unit, _islands++);
        }
        else if (Distributed(op, 1, unit, -1))
        {
        }
        else
        {
            Terms.Add(new(v, null, 1, unit, -1));
        }
    }

    void Int(Value v, long factor, long unit, int island)
    {
        Op? op = v.Definition;
        if (v.ConstInt is { } c)
        {
            Constant += c * factor * unit;
        }
        else if (op?.Code is Opcode.Add or Opcode.Sub && Terms.Count < MostTerms && Exact(op))
        {
            Int(op.Operands[0], factor, unit, island);
            Int(op.Operands[1], op.Code == Opcode.Add ? factor : -factor, unit, island);
        }
        else if (op?.Code == Opcode.Neg && v.Type == IrType.S32)
        {
            Int(op.Operands[0], -factor, unit, island);
        }
        else if (Multiplier(op) is { } m && Fits(factor, m) && Exact(op!))
        {
            Int(op!.Operands[0], factor * m, unit, island);
        }
        else if (op?.Code == Opcode.Convert && op.Operands[0].Type is IrType.S32 or IrType.U32 && _ranges[op.Operands[0]].IsWithin(0, int.MaxValue))
        {
            Int(op.Operands[0], factor, unit, island);
        }
        else if (v.Type == IrType.S32 && Distributed(op, factor, unit, island))
        {
        }
        else
        {
            Terms.Add(new(v, null, factor, unit, island));
        }
    }

    // (i + fixed) * stride, where only i changes in the innermost loop, becomes i * stride + fixed * stride, so that the pointer can advance with i.
    bool Distributed(Op? op, long factor, long unit, int island)
    {
        if (op?.Code != Opcode.Mul) return false;
        Value x = op.Operands[0], y = op.Operands[1];
        if (_depths[x] < _depths[y]) (x, y) = (y, x);
        if (_depths[x] == _depths[y]) return false;
        var sum = new LinearAddress(_ranges, _depths, Base);
        sum.AddIndex(x, 1);
        if (sum.Terms.Count + (sum.Constant != 0 ? 1 : 0) < 2 || sum.Terms.Count > 4 || sum.Terms.All(t => _depths[t.Value] == _depths[x])) return false;
        if (sum.Terms.Any(t => t.Times != null || (island >= 0 && t.Value.Type != IrType.S32)) || !Fits(factor, sum.Constant) || sum.Terms.Any(t => !Fits(factor * unit, t.Factor * t.Unit))) return false;
        foreach (Term t in sum.Terms) Terms.Add(new(t.Value, y, factor * t.Factor * t.Unit, unit, island));
        if (sum.Constant != 0) Terms.Add(new(y, null, factor * sum.Constant, unit, island));
        return true;
    }

    // Unsigned arithmetic may be meant to wrap around; it is split only where it cannot.
    bool Exact(Op op)
    {
        if (op.Result.Type != IrType.U32) return true;
        Interval x = _ranges[op.Operands[0]], y = _ranges[op.Operands[1]];
        Interval? exact = op.Code switch
        {
            Opcode.Add => x.Plus(y),
            Opcode.Sub => x.Minus(y),
            _ => Multiplier(op) is { } m ? x.Times(new(m, m)) : null,
        };
        return exact is { } e && e.IsWithin(Interval.OfType(IrType.U32));
    }

    static bool Fits(long a, long b) => Math.Abs((double)a * b) < 1 << 30;

    static long? Multiplier(Op? op) => op switch
    {
        { Code: Opcode.Mul } when op.Operands[1].ConstInt is { } m => m,
        { Code: Opcode.Shl } when op.Operands[1].ConstInt is { } s && s >= 0 && s < 31 => 1L << (int)s,
        _ => null,
    };
}
