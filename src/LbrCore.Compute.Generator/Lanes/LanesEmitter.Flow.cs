using System.Text;
using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Lanes;

// Regions, branches and loops that hold no barrier.
internal sealed partial class LanesEmitter
{
    void Body(Region region)
    {
        if (region.Ops.Any(_timeline.HoldsBarrier)) Segments(region);
        else Ops(region.Ops, region);
    }

    void Ops(IEnumerable<Op> ops, Region region)
    {
        foreach (Op op in ops)
        {
            if (op.Code == Opcode.If) If(op, region);
            else if (op.Code == Opcode.Loop) Loop(op, region);
            else Statement(op, region);
        }
    }

    // ---- assignments

    /// <summary>Writes a value to its variable, declaring it if this is its first definition.</summary>
    void Assign(Variable variable, string expression)
    {
        if (variable.Declared && variable.Name == expression) return;
        Line(variable.Declared ? $"{variable.Name} = {expression};" : $"{variable.CSharp} {variable.Name} = {expression};");
        variable.Declared = true;
    }

    /// <summary>A value as the contents of a variable, broadcast where the variable holds lanes.</summary>
    string For(Variable variable, Value v) => variable.Lanes && !IsLanes(v) && v.Type.IsPointer() ? Lanes(v).Text : Use(v).Text;

    /// <summary>Several assignments that all read what was before; they are ordered so, with a temporary where they turn in a circle.</summary>
    void AssignAll(List<(Variable Target, string Expression, HashSet<Variable> Reads)> pending)
    {
        while (pending.Count > 0)
        {
            int free = pending.FindIndex(p => !pending.Any(q => q.Target != p.Target && q.Reads.Contains(p.Target)));
            if (free >= 0)
            {
                Assign(pending[free].Target, pending[free].Expression);
                pending.RemoveAt(free);
                continue;
            }

            (Variable target, string expression, _) = pending[0];
            string temporary = _names.Unique("next");
            Line($"{target.CSharp} {temporary} = {expression};");
            pending[0] = (target, temporary, []);
        }
    }

    /// <summary>Declares, before an op with regions, the variables of the surrounding region whose first definition is inside.</summary>
    void DeclareBefore(Op op, Region region, Func<Variable, bool> except)
    {
        if (!_ofRegion.TryGetValue(region, out List<Variable>? variables)) return;
        foreach (Variable v in variables)
        {
            int first = v.Intervals.Min(i => i.Start);
            if (v.Declared || first < _timeline.Start(op) || first > _timeline.End(op) || except(v)) continue;
            // A block that no lane enters is skipped, so C# cannot know that the variable gets its value.
            Line(HasMasks(op) ? $"{v.CSharp} {v.Name} = default;" : $"{v.CSharp} {v.Name};");
            v.Declared = true;
        }
    }

    bool HasMasks(Op op) => (op.Code == Opcode.If && IsLanes(op.Operands[0])) || op.Regions.Any(r => r.Ops.Any(HasMasks));

    // ---- If

    void If(Op op, Region region)
    {
        Position(op);
        if (IsLanes(op.Operands[0])) Masked(op, region);
        else Branch(op, region);
    }

    void Branch(Op op, Region region)
    {
        DeclareBefore(op, region, static _ => false);
        string then = Arm(op, 0), otherwise = Arm(op, 1);
        Code condition = Use(op.Operands[0]);
        if (then.Length == 0 && otherwise.Length == 0) return;
        Line(then.Length > 0 ? $"if ({condition})" : $"if ({Code.Unary("!", condition)})");
        Block(then.Length > 0 ? then : otherwise);
        if (then.Length == 0 || otherwise.Length == 0) return;
        Line("else");
        Block(otherwise);
    }

    void Block(string inner)
    {
        Line("{");
        _text.Append(inner);
        Line("}");
    }

    /// <summary>The text of an arm with the assignments of what it yields.</summary>
    string Arm(Op op, int arm, Func<int, (string Expression, bool Self)?>? blend = null)
    {
        StringBuilder outer = _text;
        _text = new StringBuilder();
        _indent++;
        SourceLine line = _line;
        Region region = op.Regions[arm];
        Ops(region.Ops, region);
        AssignAll(Yields(op, arm, blend));
        _indent--;
        string text = _text.ToString();
        _text = outer;
        if (text.Length == 0) _line = line;
        return text;
    }

    List<(Variable, string, HashSet<Variable>)> Yields(Op op, int arm, Func<int, (string Expression, bool Self)?>? blend = null)
    {
        var assignments = new List<(Variable, string, HashSet<Variable>)>();
        for (int i = 0; i < op.Results.Length; i++)
        {
            if (_variables[op.Results[i]] is not { } target) continue;
            Value v = op.Regions[arm].Yield[i];
            if (blend?.Invoke(i) is { } blended) assignments.Add((target, blended.Expression, blended.Self ? Reads(v, [target]) : Reads(v)));
            else if (_variables[v] != target) assignments.Add((target, For(target, v), Reads(v)));
        }

        return assignments;
    }

    // A lane's own condition: each arm runs for its lanes, and not at all where it has none.
    void Masked(Op op, Region region)
    {
        bool thenEmpty = Timeline.IsEmpty(op.Regions[0]), elseEmpty = Timeline.IsEmpty(op.Regions[1]);
        bool single = thenEmpty || elseEmpty;
        DeclareBefore(op, region, v => single && op.Results.Any(r => _variables[r] == v));
        int first = single && thenEmpty ? 1 : 0;
        string outer = _mask, taken = _names.Unique("lanes");
        Code condition = Use(op.Operands[0]);
        Line(first == 0 ? $"Mask {taken} = {Code.Binary(Code.Primary(outer), "&", condition, Binding.And)};" : $"Mask {taken} = Mask.Except({outer}, {condition});");
        if (single)
        {
            var start = new List<(Variable, string, HashSet<Variable>)>();
            for (int i = 0; i < op.Results.Length; i++)
            {
                Value kept = op.Regions[1 - first].Yield[i];
                Variable target = _variables[op.Results[i]]!;
                if (_variables[kept] != target) start.Add((target, For(target, kept), Reads(kept)));
            }

            AssignAll(start);
        }

        _mask = taken;
        string inner = single
            ? Arm(op, first, i => _variables.IsGuardedLoad(op, i, out _) ? null : ($"Lanes.Select({taken}, {Blended(op.Regions[first].Yield[i])}, {_variables[op.Results[i]]!.Name})", true))
            : Arm(op, 0);
        if (inner.Length > 0)
        {
            Line($"if ({taken}.AnyLane)");
            Block(inner);
        }

        if (!single)
        {
            string other = _names.Unique("others");
            Line($"Mask {other} = Mask.Except({outer}, {taken});");
            _mask = other;
            inner = Arm(op, 1, i => ($"Lanes.Select({other}, {Blended(op.Regions[1].Yield[i])}, {_variables[op.Results[i]]!.Name})", true));
            Line($"if ({other}.AnyLane)");
            Block(inner);
        }

        _mask = outer;
    }

    string Blended(Value v) => Broadcastable(v).Text;

    // ---- Loop

    void Loop(Op op, Region region)
    {
        Position(op);
        Region body = op.Regions[0];
        DeclareBefore(op, region, v => body.Arguments.Any(a => _variables[a] == v));
        Enter(op);
        if (HasPieces(op)) LoopOverPieces(op);
        else DoWhile(op);
    }

    void DoWhile(Op op)
    {
        Region body = op.Regions[0];
        bool masked = IsLanes(body.Yield[0]);
        string outer = _mask;
        if (masked)
        {
            _mask = _names.Unique("live");
            Line($"Mask {_mask} = {outer};");
        }

        StringBuilder around = _text;
        _text = new StringBuilder();
        _indent++;
        Ops(body.Ops, body);
        string test = Advance(op, out bool inside);
        _indent--;
        string text = _text.ToString();
        _text = around;

        if (masked)
        {
            // Lanes that are done stay in the vectors and out of the mask.
            _indent++;
            StringBuilder tail = new(text);
            _text = tail;
            Line($"{_mask} &= {test};");
            text = tail.ToString();
            _text = around;
            _indent--;
            test = _mask + ".AnyLane";
            inside = false;
        }
        else if (inside)
        {
            _indent++;
            StringBuilder tail = new(text);
            _text = tail;
            Line($"if ({Code.Unary("!", new Code(test, Binding.Conditional))}) break;");
            text = tail.ToString();
            _text = around;
            _indent--;
        }

        Line(inside ? "while (true)" : "do");
        Block(text);
        if (!inside) Line($"while ({test});");
        _mask = outer;
    }

    /// <summary>What a loop carries gets its first values.</summary>
    void Enter(Op op)
    {
        var start = new List<(Variable, string, HashSet<Variable>)>();
        for (int i = 0; i < op.Operands.Length; i++)
        {
            Variable target = _variables[op.Regions[0].Arguments[i]]!;
            if (_variables[op.Operands[i]] != target) start.Add((target, For(target, op.Operands[i]), Reads(op.Operands[i])));
        }

        AssignAll(start);
    }

    /// <summary>
    /// What a loop carries gets its next values. Returns the condition to go on, to be tested after that; <paramref name="inside"/> when it names variables
    /// of the body, which C# does not see in the <c>while</c> of a <c>do</c>.
    /// </summary>
    string Advance(Op op, out bool inside)
    {
        Region body = op.Regions[0];
        Value again = body.Yield[0];
        var next = new List<(Variable Target, string, HashSet<Variable>)>();
        if (_pieces != null) AdvancePieces(body);
        for (int i = 0; i < op.Operands.Length; i++)
        {
            Variable target = _variables[body.Arguments[i]]!;
            Value v = body.Yield[i + 1];
            if (_pieces != null && target.Lanes) continue;
            if (_variables.IsBlended(op, i))
            {
                if (!ReferenceEquals(v, body.Arguments[i])) next.Add((target, $"Lanes.Select({_mask}, {Blended(v)}, {target.Name})", Reads(v, [target])));
            }
            else if (_variables[v] != target)
            {
                next.Add((target, For(target, v), Reads(v)));
            }
        }

        HashSet<Variable> read = Reads(again);
        if (next.Any(n => read.Contains(n.Target)))
        {
            string name = _names.Unique("again");
            Line($"{(IsLanes(again) ? "Mask" : "bool")} {name} = {Use(again)};");
            AssignAll(next);
            inside = true;
            return name;
        }

        AssignAll(next);
        inside = read.Any(v => _timeline.IsInside(v.Home, body) && !v.Hoisted);
        return Use(again).Text;
    }
}
