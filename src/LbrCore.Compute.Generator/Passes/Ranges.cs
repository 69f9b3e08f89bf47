using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>
/// Integer ranges of all values, by interval arithmetic along the region tree. A loop counter with a step of one sign is taken not to wrap around, as an index
/// is: it would address memory outside of every view.
/// </summary>
internal sealed class Ranges
{
    readonly Dictionary<Value, Interval> _of = [];
    readonly IrKernel _kernel;

    Ranges(IrKernel kernel) => _kernel = kernel;

    /// <summary>The range of an integer or truth value.</summary>
    public Interval this[Value v] => v.ConstInt is { } c && (c >= 0 || v.Type != IrType.U64) ? new(c, c) : _of.TryGetValue(v, out Interval r) ? r : Interval.OfType(v.Type);

    /// <summary>True when the value always lies between the bounds.</summary>
    public bool IsWithin(Value v, long min, long max) => this[v].IsWithin(min, max);

    /// <summary>Enters what a pass knows of a value that it has made.</summary>
    public void Narrow(Value v, Interval range)
    {
        Interval known = this[v];
        _of[v] = new(Math.Max(known.Min, range.Min), Math.Min(known.Max, range.Max));
    }

    /// <summary>Analyses a kernel.</summary>
    public static Ranges Analyze(IrKernel kernel)
    {
        var ranges = new Ranges(kernel);
        foreach (IrParameter p in kernel.Parameters)
            if (p.IsViewLength) ranges._of[p.Value] = new(0, long.MaxValue);
        ranges.Visit(kernel.Body);
        return ranges;
    }

    void Visit(Region region)
    {
        foreach (Op op in region.Ops)
        {
            if (op.Code == Opcode.Loop)
            {
                VisitLoop(op);
                continue;
            }

            foreach (Region r in op.Regions) Visit(r);
            if (op.Code == Opcode.If)
            {
                for (int i = 0; i < op.Results.Length; i++) _of[op.Results[i]] = this[op.Regions[0].Yield[i]].Union(this[op.Regions[1].Yield[i]]);
                continue;
            }

            if (op.Results.Length != 1 || op.Code == Opcode.Const || !(op.Result.Type.IsInteger() || op.Result.Type == IrType.Pred)) continue;
            Interval type = Interval.OfType(op.Result.Type);
            Interval result = Compute(op) ?? type;
            // A result outside of its type wraps around.
            _of[op.Result] = result.IsWithin(type) && !IsClipped(op) ? result : type;
        }
    }

    // Arithmetic on a ulong whose upper bound does not fit into an interval.
    bool IsClipped(Op op) =>
        op.Code is Opcode.Add or Opcode.Sub or Opcode.Mul or Opcode.Fma or Opcode.Or or Opcode.Xor or Opcode.Shl && op.Result.Type == IrType.U64 && op.Operands.Any(v => this[v].Max == long.MaxValue);

    void VisitLoop(Op loop)
    {
        Region body = loop.Regions[0];
        int n = body.Arguments.Count;
        var steps = new Value?[n];
        for (int i = 0; i < n; i++)
        {
            Value a = body.Arguments[i];
            if (!a.Type.IsInteger()) continue;
            steps[i] = Induction.Step(loop, i);
            _of[a] = steps[i] == null ? this[loop.Operands[i]] : Interval.OfType(a.Type);
        }

        // Assume, visit, and give up what does not hold: at most once for each carried value.
        bool changed = true;
        for (int round = 0; changed && round <= n; round++)
        {
            Visit(body);
            changed = false;
            for (int i = 0; i < n; i++)
            {
                Value a = body.Arguments[i];
                if (!a.Type.IsInteger()) continue;
                Interval next = steps[i] == null ? this[a].Union(this[body.Yield[i + 1]]) : Counted(loop, i, steps[i]!);
                if (next == this[a]) continue;
                _of[a] = steps[i] == null ? Interval.OfType(a.Type) : next;
                changed = true;
            }
        }

        if (changed)
        {
            foreach (Value a in body.Arguments) _of.Remove(a);
            Visit(body);
        }

        for (int i = 0; i < n; i++)
            if (body.Arguments[i].Type.IsInteger()) _of[loop.Results[i]] = this[body.Yield[i + 1]];
    }

    // The range of a counter on entry to a round.
    Interval Counted(Op loop, int i, Value step)
    {
        Interval start = this[loop.Operands[i]], by = this[step], type = Interval.OfType(loop.Operands[i].Type);
        if (by.Min >= 0)
        {
            // Another round needs next < bound, where the loop says so.
            long last = Induction.Bound(loop, i) is { } b && (b.Code is Opcode.Lt or Opcode.Le) ? this[b.Limit].Max - (b.Code == Opcode.Lt ? 1 : 0) : type.Max;
            return new(start.Min, Math.Max(start.Max, Math.Min(last, type.Max)));
        }

        return by.Max <= 0 ? new(type.Min, start.Max) : type;
    }

    Interval? Compute(Op op)
    {
        Interval X(int i) => this[op.Operands[i]];
        switch (op.Code)
        {
            case Opcode.Special:
                return OfSpecial((SpecialRegister)op.Attr);
            case Opcode.Add:
                return X(0).Plus(X(1));
            case Opcode.Sub:
                return X(0).Minus(X(1));
            case Opcode.Mul or Opcode.MulWide:
                return X(0).Times(X(1));
            case Opcode.Fma:
                return X(0).Times(X(1)) is { } p ? p.Plus(X(2)) : null;
            case Opcode.Neg:
                return new Interval(0, 0).Minus(X(0));
            case Opcode.Abs:
                return X(0).Min >= 0 ? X(0) : X(0).Min > int.MinValue ? new(0, Math.Max(-X(0).Min, X(0).Max)) : null;
            case Opcode.Min:
                return new(Math.Min(X(0).Min, X(1).Min), Math.Min(X(0).Max, X(1).Max));
            case Opcode.Max:
                return new(Math.Max(X(0).Min, X(1).Min), Math.Max(X(0).Max, X(1).Max));
            case Opcode.Div when X(1).Min > 0 && op.Result.Type != IrType.U64:
                return X(0).Min >= 0 ? new(X(0).Min / X(1).Max, X(0).Max / X(1).Min) : new(X(0).Min / X(1).Min, Math.Max(0, X(0).Max) / X(1).Min);
            case Opcode.Rem when X(1).Min > 0 && op.Result.Type != IrType.U64:
                return new(X(0).Min >= 0 ? 0 : Math.Max(X(0).Min, -(X(1).Max - 1)), X(0).Max <= 0 ? 0 : Math.Min(X(0).Max, X(1).Max - 1));
            case Opcode.And:
                return And(X(0), X(1));
            case Opcode.Or or Opcode.Xor when X(0).Min >= 0 && X(1).Min >= 0:
                return new(0, Ones(Math.Max(X(0).Max, X(1).Max)));
            case Opcode.Shl when op.Operands[1].ConstInt is >= 0 and < 32:
                return X(0).Times(new(1L << (int)op.Operands[1].ConstInt!.Value, 1L << (int)op.Operands[1].ConstInt!.Value));
            case Opcode.Shr when op.Operands[1].ConstInt is { } s && s >= 0 && s < op.Result.Type.Size() * 8 && op.Result.Type != IrType.U64:
                return new(X(0).Min >> (int)s, X(0).Max >> (int)s);
            case Opcode.Shr when X(0).Min >= 0:
                return new(0, X(0).Max);
            case Opcode.PopCount or Opcode.LeadingZeroCount or Opcode.TrailingZeroCount:
                return new(0, op.Operands[0].Type.Size() * 8);
            case Opcode.BitExtract when op.Operands[2].ConstInt is >= 0 and < 32:
                return new(0, (1L << (int)op.Operands[2].ConstInt!.Value) - 1);
            case Opcode.Select:
                return X(1).Union(X(2));
            case Opcode.Convert when op.Operands[0].Type.IsInteger() && op.Operands[0].Type != IrType.U64:
                return X(0);
            case Opcode.Convert when op.Operands[0].Type == IrType.Pred:
                return new(0, 1);
            case Opcode.Bitcast when op.Operands[0].Type.IsInteger() && X(0).IsWithin(Interval.OfType(op.Result.Type)):
                return X(0);
            case Opcode.DynamicSharedSize:
                return new(0, 1 << 20);
            default:
                return null;
        }
    }

    Interval OfSpecial(SpecialRegister which)
    {
        int size = _kernel.GroupSize;
        int threads = size > 0 ? size : 1024;
        return which switch
        {
            SpecialRegister.GroupIdxX => new(0, threads - 1),
            SpecialRegister.GroupIdxY or SpecialRegister.GroupIdxZ => new(0, size > 0 ? 0 : which == SpecialRegister.GroupIdxZ ? 63 : threads - 1),
            SpecialRegister.GroupDimX => new(size > 0 ? size : 1, threads),
            SpecialRegister.GroupDimY or SpecialRegister.GroupDimZ => new(1, size > 0 ? 1 : which == SpecialRegister.GroupDimZ ? 64 : threads),
            SpecialRegister.LaneIdx => new(0, 31),
            SpecialRegister.WarpIdx => new(0, (threads - 1) / 32),
            SpecialRegister.GridIdxX => new(0, int.MaxValue - 1),
            SpecialRegister.GridIdxY or SpecialRegister.GridIdxZ => new(0, 65534),
            SpecialRegister.GridDimX => new(1, int.MaxValue),
            _ => new(1, 65535),
        };
    }

    static Interval? And(Interval x, Interval y)
    {
        if (x.Min >= 0 && y.Min >= 0) return new(0, Math.Min(x.Max, y.Max));
        return x.Min >= 0 ? new(0, x.Max) : y.Min >= 0 ? new(0, y.Max) : null;
    }

    // The smallest 2^n - 1 that is not less.
    static long Ones(long x)
    {
        long ones = 0;
        while (ones < x) ones = (ones << 1) | 1;
        return ones;
    }
}
