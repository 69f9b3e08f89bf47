using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Lanes;

/// <summary>
/// Gives values their variables. What a loop carries, what it starts from and what it goes on with share one where their lives do not overlap, so that
/// <c>i = i + 1</c> is printed and no copies are; likewise the results of an If and what its arms yield.
/// </summary>
internal sealed class Variables
{
    readonly Dictionary<Value, Variable> _of = [];
    readonly Timeline _timeline;
    readonly Inlining _inlining;
    readonly Uniformity _uniformity;

    readonly Func<Op, bool> _atTop;

    Variables(Timeline timeline, Inlining inlining, Uniformity uniformity, Func<Op, bool> atTop) => (_timeline, _inlining, _uniformity, _atTop) = (timeline, inlining, uniformity, atTop);

    /// <summary>All variables, each once, in the order of their first definition.</summary>
    public IReadOnlyList<Variable> All { get; private set; } = [];

    /// <summary>The variable of a value; null for what is printed in place.</summary>
    public Variable? this[Value v] => _of.TryGetValue(v, out Variable? variable) ? variable : null;

    /// <summary>Assigns variables to a kernel; what is <paramref name="atTop"/> is declared once for the whole method and gets none.</summary>
    public static Variables Assign(IrKernel kernel, Timeline timeline, Inlining inlining, Uniformity uniformity, NameTable names, Func<Op, bool> atTop)
    {
        var variables = new Variables(timeline, inlining, uniformity, atTop);
        variables.Create(kernel.Body);
        variables.Share(kernel.Body, variables.ShareResult);
        variables.Share(kernel.Body, variables.ShareGuardedLoads);
        variables.Share(kernel.Body, variables.ShareNext);
        variables.Share(kernel.Body, variables.ShareYields);
        variables.Share(kernel.Body, variables.ShareInitial);
        variables.All = [.. variables._of.Values.Distinct().OrderBy(v => v.Intervals.Min(i => i.Start))];
        foreach (Variable v in variables.All) variables.Finish(v, names);
        return variables;
    }

    /// <summary>Whether a divergent loop must keep a carried value for the lanes that have left: someone reads it afterwards.</summary>
    public bool IsBlended(Op loop, int index) => _uniformity[loop.Regions[0].Yield[0]] == Uniform.Divergent && _timeline.Readers(loop.Results[index]).Count > 0;

    /// <summary>For a divergent If with one arm: the value that a result has where the arm is not taken; the arm's index in <paramref name="arm"/>.</summary>
    public Value? Untaken(Op op, int result, out int arm)
    {
        arm = Timeline.IsEmpty(op.Regions[0]) ? 1 : 0;
        bool one = Timeline.IsEmpty(op.Regions[0]) || Timeline.IsEmpty(op.Regions[1]);
        return one && _uniformity[op.Operands[0]] == Uniform.Divergent ? op.Regions[1 - arm].Yield[result] : null;
    }

    void Create(Region region)
    {
        foreach (Op op in region.Ops)
        {
            foreach (Region r in op.Regions)
            {
                foreach (Value a in r.Arguments) Create(a, _timeline.Start(op), op);
                Create(r);
            }

            if (op.Code is Opcode.Const or Opcode.Special or Opcode.LocalAlloc or Opcode.SharedAlloc or Opcode.DynamicShared or Opcode.DynamicSharedSize || _atTop(op)) continue;
            for (int i = 0; i < op.Results.Length; i++)
            {
                if (_inlining[op.Results[i]]) continue;
                int start = op.Code switch
                {
                    Opcode.Loop => _timeline.End(op),
                    // Where only one arm does something its result starts from the other value, before the arm.
                    Opcode.If => Untaken(op, i, out int arm) != null ? _timeline.Start(op) : _timeline.End(op.Regions[Timeline.IsEmpty(op.Regions[0]) ? 1 : 0]),
                    _ => _timeline.Start(op),
                };
                Create(op.Results[i], start, null);
            }
        }
    }

    void Create(Value v, int start, Op? loop)
    {
        if (_timeline.Readers(v).Count == 0 && loop == null && v.Definition!.Code is not (Opcode.If or Opcode.Loop)) return;
        var variable = new Variable(v.Type, _uniformity[v] == Uniform.Divergent);
        variable.Members.Add(v);
        int end = start;
        foreach (Reader reader in _timeline.Readers(v)) end = Math.Max(end, LastRead(v, reader));
        if (loop != null && IsBlended(loop, loop.Regions[0].Arguments.IndexOf(v))) end = Math.Max(end, _timeline.End(loop.Regions[0]) + 1);
        variable.Intervals.Add((start, end));
        _of[v] = variable;
    }

    int LastRead(Value v, Reader reader)
    {
        int at = _inlining.Position(reader);
        Region where;
        if (reader.Yield is { } yield)
        {
            where = yield;
            // An arm without ops only hands on: its values are taken where the If begins.
            if (Timeline.IsEmpty(yield) && _timeline.Owner(yield) is { Code: Opcode.If } branch) at = _timeline.Start(branch);
        }
        else
        {
            where = _timeline.Parent(reader.Op!);
            // An op with several results may write one before it reads all operands.
            if (reader.Op!.Results.Length > 1 && reader.Op.Regions.Length == 0) at++;
        }

        // What comes from outside of a loop is read again in its next round.
        Region? home = _timeline.Home(v);
        Op? carrier = _timeline.LoopOf(v);
        for (Region? r = where; r != null && !ReferenceEquals(r, home); r = _timeline.Owner(r) is { } owner ? _timeline.Parent(owner) : null)
            if (_timeline.Owner(r) is { Code: Opcode.Loop } loop && !ReferenceEquals(loop, carrier)) at = Math.Max(at, _timeline.End(loop));
        return at;
    }

    // ---- sharing

    void Share(Region region, Action<Op> share)
    {
        foreach (Op op in region.Ops)
        {
            foreach (Region r in op.Regions) Share(r, share);
            if (op.Regions.Length > 0) share(op);
        }
    }

    void ShareResult(Op op)
    {
        if (op.Code != Opcode.Loop) return;
        for (int i = 0; i < op.Results.Length; i++) Merge(_of[op.Regions[0].Arguments[i]], _of[op.Results[i]]);
    }

    /// <summary>
    /// <c>condition ? view[i] : 0</c> under a mask: the load itself leaves zero in the other lanes, so that its variable is the result's and nothing is blended.
    /// </summary>
    void ShareGuardedLoads(Op op)
    {
        if (op.Code != Opcode.If) return;
        for (int i = 0; i < op.Results.Length; i++)
            if (IsGuardedLoad(op, i, out int arm) && this[op.Regions[arm].Yield[i]] is { Members.Count: 1 } loaded) Merge(_of[op.Results[i]], loaded);
    }

    /// <summary>Whether a result of a divergent If is loaded in its only arm and zero without it.</summary>
    public bool IsGuardedLoad(Op op, int result, out int arm) =>
        Untaken(op, result, out arm) is { IsConst: true, ConstBits: 0 } && op.Regions[arm].Yield[result].Definition is { Code: Opcode.Load } load
        && load.Operands[0].Type != IrType.PtrLocal && _uniformity[op.Regions[arm].Yield[result]] == Uniform.Divergent && ReferenceEquals(_timeline.Parent(load), op.Regions[arm]);

    void ShareNext(Op op)
    {
        if (op.Code != Opcode.Loop) return;
        for (int i = 0; i < op.Results.Length; i++)
            if (this[op.Regions[0].Yield[i + 1]] is { } next) TryMerge(_of[op.Regions[0].Arguments[i]], next);
    }

    void ShareInitial(Op op)
    {
        if (op.Code != Opcode.Loop) return;
        for (int i = 0; i < op.Results.Length; i++)
            if (this[op.Operands[i]] is { } initial) TryMerge(_of[op.Regions[0].Arguments[i]], initial);
    }

    void ShareYields(Op op)
    {
        if (op.Code != Opcode.If) return;
        for (int i = 0; i < op.Results.Length; i++)
        {
            Variable result = _of[op.Results[i]];
            if (Untaken(op, i, out int arm) is { } kept)
            {
                if (this[kept] is { } other && other != result && other.Type == result.Type && other.Lanes == result.Lanes && MayStart(op, arm, result, other, kept)) Merge(other, result);
                continue;
            }

            foreach (Region r in op.Regions)
                if (this[r.Yield[i]] is { } yielded) TryMerge(yielded, _of[op.Results[i]]);
        }
    }

    /// <summary>
    /// Whether the result of an If with one arm may live in the variable of the value it starts from. All the while the lanes that do not take the arm keep
    /// that value there, so nothing else may; the value itself may, as long as it is read in the arm and not after it.
    /// </summary>
    bool MayStart(Op op, int arm, Variable result, Variable other, Value kept)
    {
        int own = other.Members.IndexOf(kept);
        for (int i = 0; i < other.Intervals.Count; i++)
        {
            bool same = i == own && other.Intervals[i].End <= _timeline.End(op.Regions[arm]);
            foreach ((int Start, int End) mine in result.Intervals)
                if (Variable.Overlap(mine, other.Intervals[i]) && !(same && mine.Start == _timeline.Start(op))) return false;
        }

        return true;
    }

    bool TryMerge(Variable a, Variable b)
    {
        if (a == b) return true;
        if (a.Type != b.Type || a.Lanes != b.Lanes || !a.IsDisjoint(b)) return false;
        Merge(a, b);
        return true;
    }

    void Merge(Variable into, Variable from)
    {
        if (into == from) return;
        into.Members.AddRange(from.Members);
        into.Intervals.AddRange(from.Intervals);
        foreach (Value v in from.Members) _of[v] = into;
    }

    void Finish(Variable variable, NameTable names)
    {
        variable.Members.Sort((a, b) => First(a).CompareTo(First(b)));
        string? name = variable.Members.Select(m => m.Name).FirstOrDefault(n => !string.IsNullOrEmpty(n));
        variable.Name = names.Unique(name ?? (variable.Type == IrType.Pred ? "test" : variable.Type.IsPointer() ? "pointer" : "t"));
        Region home = _timeline.Home(variable.Members[0])!;
        foreach (Value v in variable.Members)
            while (!_timeline.IsInside(_timeline.Home(v)!, home)) home = _timeline.Parent(_timeline.Owner(home)!);
        variable.Home = home;
    }

    int First(Value v) => v.Definition is { } op ? op.Code == Opcode.Loop ? _timeline.End(op) : _timeline.Start(op) : _timeline.Start(_timeline.LoopOf(v)!);
}
