using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>
/// Removes ops that have no effect and whose results nobody needs, results of Ifs and carried values of loops included, even where these only feed each other.
/// </summary>
internal sealed class DeadCode
{
    readonly HashSet<Value> _needed = [];
    readonly HashSet<Op> _kept = [];
    readonly Dictionary<Value, (Op Loop, int Index)> _arguments = [];
    readonly HashSet<Op> _effects = [];
    readonly Stack<Value> _pending = new();

    DeadCode()
    {
    }

    /// <summary>Runs on a kernel.</summary>
    public static void Run(IrKernel kernel)
    {
        var pass = new DeadCode();
        pass.Index(kernel.Body);
        pass.Mark(kernel.Body);
        while (pass._pending.Count > 0) pass.Follow(pass._pending.Pop());
        pass.Sweep(kernel.Body);
    }

    // Finds the ops with effects, bottom up, and the owners of loop arguments.
    bool Index(Region region)
    {
        bool any = false;
        foreach (Op op in region.Ops)
        {
            bool effect = op.Regions.Length == 0 && op.HasEffect();
            foreach (Region r in op.Regions) effect |= Index(r);
            if (effect) _effects.Add(op);
            any |= effect;
            if (op.Code == Opcode.Loop)
                for (int i = 0; i < op.Regions[0].Arguments.Count; i++) _arguments[op.Regions[0].Arguments[i]] = (op, i);
        }

        return any;
    }

    void Mark(Region region)
    {
        foreach (Op op in region.Ops)
        {
            if (!_effects.Contains(op)) continue;
            Keep(op);
            foreach (Region r in op.Regions) Mark(r);
        }
    }

    // An If or Loop is kept for its condition; which of its values are needed is found one by one.
    void Keep(Op op)
    {
        if (!_kept.Add(op)) return;
        if (op.Code == Opcode.Loop) Need(op.Regions[0].Yield[0]);
        else foreach (Value v in op.Operands) Need(v);
    }

    void Need(Value v)
    {
        if (_needed.Add(v)) _pending.Push(v);
    }

    void Follow(Value v)
    {
        if (_arguments.TryGetValue(v, out (Op Loop, int Index) a))
        {
            Carried(a.Loop, a.Index);
            return;
        }

        if (v.Definition is not { } op) return;
        Keep(op);
        if (op.Regions.Length == 0) return;
        int i = Array.IndexOf(op.Results, v);
        if (op.Code == Opcode.Loop) Carried(op, i);
        else foreach (Region r in op.Regions) Need(r.Yield[i]);
    }

    void Carried(Op loop, int i)
    {
        Keep(loop);
        Need(loop.Operands[i]);
        Need(loop.Regions[0].Yield[i + 1]);
        Need(loop.Regions[0].Arguments[i]);
    }

    void Sweep(Region region)
    {
        region.Ops.RemoveAll(op => !_kept.Contains(op));
        foreach (Op op in region.Ops)
        {
            foreach (Region r in op.Regions) Sweep(r);
            if (op.Code == Opcode.If) DropResults(op, i => _needed.Contains(op.Results[i]));
            else if (op.Code == Opcode.Loop) DropResults(op, i => _needed.Contains(op.Regions[0].Arguments[i]) || _needed.Contains(op.Results[i]));
        }
    }

    /// <summary>Drops results of an If, or carried values of a loop, that <paramref name="keep"/> does not want; nothing may read them.</summary>
    public static void DropResults(Op op, Func<int, bool> keep)
    {
        int[] kept = [.. Enumerable.Range(0, op.Results.Length).Where(keep)];
        if (kept.Length == op.Results.Length) return;
        int skip = op.Code == Opcode.Loop ? 1 : 0;
        foreach (Region r in op.Regions)
        {
            Value[] yield = [.. r.Yield.Take(skip), .. kept.Select(i => r.Yield[i + skip])];
            r.Yield.Clear();
            r.Yield.AddRange(yield);
            if (op.Code != Opcode.Loop) continue;
            Value[] arguments = [.. kept.Select(i => r.Arguments[i])];
            r.Arguments.Clear();
            r.Arguments.AddRange(arguments);
        }

        if (op.Code == Opcode.Loop) op.Operands = [.. kept.Select(i => op.Operands[i])];
        op.Results = [.. kept.Select(i => op.Results[i])];
    }
}
