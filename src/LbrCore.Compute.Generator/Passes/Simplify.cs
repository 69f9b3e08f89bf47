using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>
/// Brings a kernel into simplest form: folds what has become constant, takes decided branches and one-round loops apart, drops results that both arms of an If
/// agree on and carried values that no round changes, and uses a condition's value inside the arms that it guards.
/// </summary>
internal sealed class Simplify
{
    readonly Substitution _map = new();
    readonly Identities _identities;
    readonly Dictionary<Value, Value> _negations = [];
    List<Op> _out = [];
    SourceLine _source;
    bool _changed;

    Simplify(IrKernel kernel) => _identities = new Identities(kernel, UseCounts.Of(kernel, lengths: true), Pure, Constant);

    /// <summary>Runs once over a kernel; true when anything changed, so that another run may find more.</summary>
    public static bool Run(IrKernel kernel)
    {
        var pass = new Simplify(kernel);
        pass.Visit(kernel.Body);
        return pass._changed;
    }

    void Visit(Region region)
    {
        Op[] ops = [.. region.Ops];
        List<Op> outer = _out;
        _out = region.Ops;
        _out.Clear();
        foreach (Op op in ops) Visit(op);
        _map.ApplyYield(region);
        _out = outer;
    }

    void Visit(Op op)
    {
        _map.Apply(op);
        _source = op.Source;
        if (op.Code == Opcode.If)
        {
            If(op);
        }
        else if (op.Code == Opcode.Loop)
        {
            Loop(op);
        }
        else if (op.Code != Opcode.Const && op.IsPure() && op.Results.Length == 1 && Simpler(op) is { } v)
        {
            _map.Replace(op.Result, v);
            _changed = true;
        }
        else
        {
            _out.Add(op);
            if (op.Code == Opcode.Not && op.Result.Type == IrType.Pred) _negations[op.Operands[0]] = op.Result;
        }
    }

    Value? Simpler(Op op) => Folder.Fold(op.Code, op.Result.Type, op.Operands, op.Attr, Constant) ?? _identities.Rewrite(op);

    Value Constant(IrType type, ulong bits)
    {
        Op op = IrClone.Constant(type, bits, _source);
        _out.Add(op);
        return op.Result;
    }

    Value Pure(Opcode code, IrType type, Value[] operands, int attr)
    {
        Op op = IrClone.New(code, [type], operands, _source);
        op.Attr = attr;
        if (Simpler(op) is { } v) return v;
        _out.Add(op);
        return op.Result;
    }

    void If(Op op)
    {
        Region then = op.Regions[0], otherwise = op.Regions[1];
        Value c = op.Operands[0];
        if (c.IsConst)
        {
            Region taken = c.ConstBits != 0 ? then : otherwise;
            foreach (Op inner in taken.Ops) Visit(inner);
            for (int i = 0; i < op.Results.Length; i++) _map.Replace(op.Results[i], _map[taken.Yield[i]]);
            _changed = true;
            return;
        }

        if (c.Definition is { Code: Opcode.Not } not)
        {
            op.Operands = [c = not.Operands[0]];
            op.Regions = [otherwise, then];
            (then, otherwise) = (otherwise, then);
            _changed = true;
        }

        Arm(then, c, true);
        Arm(otherwise, c, false);
        var inside = new HashSet<Value>();
        Define(then, inside);
        Define(otherwise, inside);
        var kept = new HashSet<int>();
        for (int i = 0; i < op.Results.Length; i++)
        {
            Value a = then.Yield[i], b = otherwise.Yield[i];
            if (a.IsConst && b.IsConst && a.ConstBits == b.ConstBits) _map.Replace(op.Results[i], Constant(a.Type, a.ConstBits));
            else if (ReferenceEquals(a, b) && !inside.Contains(a)) _map.Replace(op.Results[i], a);
            else if (a.Type == IrType.Pred && a.IsConst && b.IsConst) _map.Replace(op.Results[i], a.ConstBits != 0 ? c : Pure(Opcode.Not, IrType.Pred, [c], 0));
            else kept.Add(i);
        }

        _changed |= kept.Count < op.Results.Length;
        DeadCode.DropResults(op, kept.Contains);
        _out.Add(op);
    }

    // Inside an arm the condition is known, and what it is made of.
    void Arm(Region arm, Value condition, bool value)
    {
        var facts = new Dictionary<Value, bool>();
        Learn(condition, value, facts);
        Op[] known = [IrClone.Constant(IrType.Pred, 0, _source), IrClone.Constant(IrType.Pred, 1, _source)];
        foreach (KeyValuePair<Value, bool> fact in facts) _map.Replace(fact.Key, known[fact.Value ? 1 : 0].Result);
        Visit(arm);
        foreach (Value v in facts.Keys) _map.Restore(v);
        arm.Ops.InsertRange(0, known);
    }

    void Learn(Value v, bool value, Dictionary<Value, bool> facts)
    {
        if (v.IsConst || facts.ContainsKey(v)) return;
        facts[v] = value;
        if (_negations.TryGetValue(v, out Value? not)) Learn(not, !value, facts);
        if (v.Definition is not { } op) return;
        if (op.Code == Opcode.Not) Learn(op.Operands[0], !value, facts);
        else if (op.Code == (value ? Opcode.And : Opcode.Or)) foreach (Value x in op.Operands) Learn(x, value, facts);
    }

    void Loop(Op op)
    {
        Region body = op.Regions[0];
        var kept = new HashSet<int>();
        for (int i = 0; i < op.Operands.Length; i++)
        {
            Value start = op.Operands[i], next = _map[body.Yield[i + 1]], argument = body.Arguments[i];
            if (ReferenceEquals(next, argument) || ReferenceEquals(next, start) || (next.IsConst && start.IsConst && next.ConstBits == start.ConstBits))
            {
                _map.Replace(argument, start);
                _map.Replace(op.Results[i], start);
            }
            else
            {
                kept.Add(i);
            }
        }

        _changed |= kept.Count < op.Operands.Length;
        DeadCode.DropResults(op, kept.Contains);

        Value again = _map[body.Yield[0]];
        if (again.IsConst && again.ConstBits == 0)
        {
            // One round.
            for (int i = 0; i < op.Operands.Length; i++) _map.Replace(body.Arguments[i], op.Operands[i]);
            foreach (Op inner in body.Ops) Visit(inner);
            for (int i = 0; i < op.Results.Length; i++) _map.Replace(op.Results[i], _map[body.Yield[i + 1]]);
            _changed = true;
            return;
        }

        Visit(body);
        ResultsFromOutside(op, body);
        _out.Add(op);
    }

    // A value from outside that every round hands on is also the loop's result.
    void ResultsFromOutside(Op op, Region body)
    {
        var inside = new HashSet<Value>(body.Arguments);
        Define(body, inside);
        for (int i = 0; i < op.Results.Length; i++)
        {
            Value next = body.Yield[i + 1];
            if (next.IsConst) _map.Replace(op.Results[i], Constant(next.Type, next.ConstBits));
            else if (!inside.Contains(next)) _map.Replace(op.Results[i], next);
        }
    }

    // Values that are visible inside only; nested regions are not, so they do not count.
    static void Define(Region region, HashSet<Value> inside)
    {
        foreach (Op op in region.Ops)
            foreach (Value r in op.Results) inside.Add(r);
    }
}
