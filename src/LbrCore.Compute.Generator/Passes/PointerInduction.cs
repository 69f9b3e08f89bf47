using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>
/// Strength reduction of addresses: a pointer that a loop computes from its counter (or from the counter times something fixed) is carried and advanced by a
/// fixed number of bytes each round instead.
/// </summary>
internal sealed class PointerInduction
{
    readonly Substitution _map = new();

    PointerInduction()
    {
    }

    /// <summary>Runs on a kernel whose addresses are lowered and whose invariants have left the loops.</summary>
    public static void Run(IrKernel kernel)
    {
        var pass = new PointerInduction();
        pass.Visit(kernel.Body);
        pass._map.Apply(kernel.Body);
    }

    // A pointer to advance: start + counter * factor * stride.
    readonly record struct Family(Value Pointer, int Counter, Value? Factor, int Stride);

    void Visit(Region region)
    {
        var result = new List<Op>(region.Ops.Count);
        foreach (Op op in region.Ops)
        {
            if (op.Code == Opcode.Loop) Reduce(op, result);
            result.Add(op);
            foreach (Region r in op.Regions) Visit(r);
        }

        region.Ops.Clear();
        region.Ops.AddRange(result);
    }

    void Reduce(Op loop, List<Op> before)
    {
        Region body = loop.Regions[0];
        var inside = new HashSet<Value>(body.Arguments);
        Define(body, inside);
        var counters = new Dictionary<Value, (int Index, Value Step)>();
        for (int i = 0; i < loop.Operands.Length; i++)
            if (Induction.Step(loop, i) is { } step && (step.IsConst || !inside.Contains(step))) counters[body.Arguments[i]] = (i, step);
        if (counters.Count == 0) return;

        var families = new Dictionary<Family, List<Op>>();
        Collect(body, inside, counters, families);
        foreach (KeyValuePair<Family, List<Op>> f in families) Carry(loop, f.Key, f.Value, counters[body.Arguments[f.Key.Counter]].Step, before);
    }

    static void Define(Region region, HashSet<Value> inside)
    {
        foreach (Op op in region.Ops)
        {
            foreach (Value r in op.Results) inside.Add(r);
            foreach (Region r in op.Regions)
            {
                inside.UnionWith(r.Arguments);
                Define(r, inside);
            }
        }
    }

    static void Collect(Region region, HashSet<Value> inside, Dictionary<Value, (int Index, Value Step)> counters, Dictionary<Family, List<Op>> families)
    {
        foreach (Op op in region.Ops)
        {
            foreach (Region r in op.Regions) Collect(r, inside, counters, families);
            if (op.Code != Opcode.PtrOffset || inside.Contains(op.Operands[0])) continue;
            Value index = op.Operands[1];
            Value? factor = null;
            if (!counters.ContainsKey(index))
            {
                if (index.Definition is not { Code: Opcode.Mul } product) continue;
                (index, factor) = counters.ContainsKey(product.Operands[0]) ? (product.Operands[0], product.Operands[1]) : (product.Operands[1], product.Operands[0]);
                if (!counters.ContainsKey(index) || inside.Contains(factor)) continue;
            }

            var family = new Family(op.Operands[0], counters[index].Index, factor, op.Stride);
            if (!families.TryGetValue(family, out List<Op>? members)) families[family] = members = [];
            members.Add(op);
        }
    }

    void Carry(Op loop, Family family, List<Op> members, Value step, List<Op> before)
    {
        SourceLine source = members[0].Source;
        Value Emit(Op op)
        {
            before.Add(op);
            return op.Result;
        }

        Value Pure(Opcode code, IrType type, params Value[] operands) => Emit(IrClone.New(code, [type], operands, source));
        Value Scaled(Value v) => family.Factor == null ? v : Pure(Opcode.Mul, v.Type, v, family.Factor);

        Value start = loop.Operands[family.Counter];
        Op first = IrClone.New(Opcode.PtrOffset, [family.Pointer.Type], [family.Pointer, Scaled(start)], source);
        first.Stride = family.Stride;
        before.Add(first);

        // The bytes of a step; a constant written inside the loop is written again in front of it.
        if (step.IsConst) step = Emit(IrClone.Constant(step.Type, step.ConstBits, source));
        Value units = Scaled(step);
        IrType type = family.Pointer.Type == IrType.PtrShared ? units.Type : IrType.S64;
        if (units.Type != type && !units.IsConst) units = Pure(Opcode.Convert, type, units);
        Value bytes = units.IsConst ? Emit(IrClone.Constant(type, unchecked(units.ConstBits * (ulong)family.Stride), source))
            : family.Stride == 1 ? units
            : Pure(Opcode.Mul, type, units, Emit(IrClone.Constant(type, unchecked((ulong)family.Stride), source)));

        var pointer = new Value(family.Pointer.Type);
        Region body = loop.Regions[0];
        Value next = Next(body, body.Yield[0], pointer, ops =>
        {
            Op advance = IrClone.New(Opcode.PtrOffset, [pointer.Type], [pointer, bytes], source);
            advance.Stride = 1;
            ops.Add(advance);
            return advance.Result;
        });
        body.Arguments.Add(pointer);
        body.Yield.Add(next);
        loop.Operands = [.. loop.Operands, first.Result];
        loop.Results = [.. loop.Results, new Value(pointer.Type) { Definition = loop }];
        foreach (Op op in members) _map.Replace(op.Result, pointer);
    }

    // Where a tail leaves the loop the pointer need not advance.
    static Value Next(Region region, Value goOn, Value pointer, Func<List<Op>, Value> advance)
    {
        if (Induction.Deciding(region, goOn) is not { } last) return advance(region.Ops);
        var result = new Value(pointer.Type) { Definition = last };
        for (int arm = 0; arm < 2; arm++)
        {
            Value armGoOn = Induction.After(last, arm, goOn);
            last.Regions[arm].Yield.Add(Induction.IsFalse(armGoOn) ? pointer : Next(last.Regions[arm], armGoOn, pointer, advance));
        }

        last.Results = [.. last.Results, result];
        return result;
    }
}
