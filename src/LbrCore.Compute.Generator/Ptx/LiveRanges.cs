using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Passes;

namespace LbrCore.Compute.Generator.Ptx;

/// <summary>
/// Where each value's register must keep its contents, as ranges of positions in the printed order. An op reads at its position, writes one later; arms of an
/// If and rounds of a loop end with copies that read and write in the same way.
/// </summary>
internal sealed class LiveRanges
{
    const int Step = 4;

    /// <summary>Positions from first to last, both included.</summary>
    public readonly record struct Range(int First, int Last);

    readonly Dictionary<Value, List<Range>> _ranges = [];
    readonly Dictionary<Value, int> _open = [];
    readonly List<Value> _opened = [];
    readonly Dictionary<object, int> _at = [];
    readonly Predication _predication;
    int _position;

    LiveRanges(Predication predication) => _predication = predication;

    /// <summary>Ranges of a value, in no order; empty for values without a register.</summary>
    public IReadOnlyList<Range> this[Value v] => _ranges.TryGetValue(v, out List<Range>? r) ? r : [];

    /// <summary>The position at which an op reads.</summary>
    public int At(Op op) => _at[op];

    /// <summary>Analyses a kernel.</summary>
    public static LiveRanges Of(IrKernel kernel, Predication predication)
    {
        var live = new LiveRanges(predication);
        live.Number(kernel.Body);
        live.Walk(kernel.Body);
        foreach (IrParameter p in kernel.Parameters) live.Write(p.Value, 0);
        return live;
    }

    // Positions: an op, or the copies at the end of a region. The end of a loop comes after its bottom copies.
    void Number(Region region)
    {
        foreach (Op op in region.Ops)
        {
            _at[op] = _position += Step;
            foreach (Region r in op.Regions) Number(r);
        }

        _at[region] = _position += Step;
    }

    void Walk(Region region)
    {
        for (int i = region.Ops.Count - 1; i >= 0; i--)
        {
            Op op = region.Ops[i];
            switch (op.Code)
            {
                case Opcode.If:
                    If(op);
                    break;
                case Opcode.Loop:
                    Loop(op);
                    break;
                case Opcode.Const or Opcode.SharedAlloc or Opcode.DynamicShared:
                    break;
                case Opcode.Convert or Opcode.Bitcast when Aliases.IsAlias(op):
                    break;
                default:
                    int at = _at[op];
                    // Raw PTX may write an output before it reads an input.
                    DoorTemplate? door = op.Code == Opcode.Ptx ? DoorTemplate.Of(op) : null;
                    for (int k = 0; k < op.Operands.Length; k++)
                        if (door != null && !door.IsTied(k)) Read(op.Operands[k], at + 2);
                    foreach (Value r in op.Results) Write(r, at + 1);
                    for (int k = 0; k < op.Operands.Length; k++)
                        if (!op.IsLength(k)) Read(op.Operands[k], at);

                    break;
            }
        }
    }

    void If(Op op)
    {
        Region then = op.Regions[0], otherwise = op.Regions[1];
        int thenEnd = _at[then], elseEnd = _at[otherwise];
        if (_predication.Contains(op)) Read(op.Operands[0], elseEnd + 2);
        foreach (Value r in op.Results)
        {
            Add(r, thenEnd + 1, thenEnd + 1);
            Write(r, elseEnd + 1);
        }

        int mark = _opened.Count;
        foreach (Value v in otherwise.Yield) Read(v, elseEnd);
        Walk(otherwise);
        // What only this arm reads is not live in the other one.
        var onlyElse = new List<Value>();
        for (int i = mark; i < _opened.Count; i++)
        {
            Value v = _opened[i];
            if (!_open.TryGetValue(v, out int last)) continue;
            Add(v, thenEnd + 2, last);
            _open.Remove(v);
            onlyElse.Add(v);
        }

        _opened.RemoveRange(mark, _opened.Count - mark);
        foreach (Value v in then.Yield) Read(v, thenEnd);
        Walk(then);
        foreach (Value v in onlyElse) Read(v, _at[op]);
        Read(op.Operands[0], _at[op]);
    }

    void Loop(Op op)
    {
        Region body = op.Regions[0];
        int start = _at[op], end = _at[body];
        foreach (Value r in op.Results) Write(r, end + 1);
        int mark = _opened.Count;
        Read(body.Yield[0], end + 2);
        for (int i = 1; i < body.Yield.Count; i++) Read(body.Yield[i], end);
        Walk(body);
        foreach (Value a in body.Arguments)
        {
            Write(a, start + 1);
            Add(a, end + 1, end + 3);
        }

        // What comes from outside must last for all rounds.
        for (int i = mark; i < _opened.Count; i++)
            if (_open.ContainsKey(_opened[i])) _open[_opened[i]] = Math.Max(_open[_opened[i]], end + 3);
        foreach (Value v in op.Operands) Read(v, start);
    }

    void Read(Value v, int at)
    {
        v = Aliases.Root(v);
        if (v.Definition is { Code: Opcode.Const or Opcode.SharedAlloc or Opcode.DynamicShared }) return;
        if (_open.ContainsKey(v)) return;
        _open[v] = at;
        _opened.Add(v);
    }

    void Write(Value v, int at)
    {
        int last = at;
        if (_open.TryGetValue(v, out int open))
        {
            last = Math.Max(at, open);
            _open.Remove(v);
        }

        Add(v, at, last);
    }

    void Add(Value v, int first, int last)
    {
        if (!_ranges.TryGetValue(v, out List<Range>? list)) _ranges[v] = list = [];
        list.Add(new(first, last));
    }
}
