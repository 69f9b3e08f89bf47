using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Passes;

namespace LbrCore.Compute.Generator.Ptx;

/// <summary>A copy from a register or immediate into a register.</summary>
internal readonly record struct RegisterCopy(string To, string From, RegisterClass Class);

internal sealed partial class PtxEmitter
{
    void EmitIf(Op op)
    {
        Region then = op.Regions[0], otherwise = op.Regions[1];
        string p = Source(op.Operands[0]);
        if (_predication.Contains(op))
        {
            if (otherwise.Ops.Count == 0 && Copies(op.Results, otherwise.Yield) is { Count: > 0 } defaults && !ReadsAny(then, p, defaults))
            {
                // The defaults first, unguarded: a guarded move after the load would write a register that the load still has to fill, and wait for it.
                EmitCopies(defaults);
                _guard = $"@{p} ";
                EmitRegion(then);
                EmitCopies(op.Results, then.Yield);
                _guard = "";
                return;
            }

            _guard = $"@{p} ";
            EmitRegion(then);
            EmitCopies(op.Results, then.Yield);
            _guard = $"@!{p} ";
            EmitRegion(otherwise);
            EmitCopies(op.Results, otherwise.Yield);
            _guard = "";
            return;
        }

        PtxText outer = _out, second = _out = outer.Branch();
        EmitRegion(otherwise);
        bool early = second.Instructions == 0 && TryCopyEarly(op, outer);
        if (!early) EmitCopies(op.Results, otherwise.Yield);
        PtxText first = _out = outer.Branch();
        EmitRegion(then);
        EmitCopies(op.Results, then.Yield);
        _held.Clear();
        _out = outer;

        string uniform = Suffix(op.Operands[0]);
        if (first.Instructions == 0 && second.Instructions == 0) return;
        string end = Label("end");
        if (second.Instructions == 0 || first.Instructions == 0)
        {
            I($"@{(second.Instructions == 0 ? "!" : "")}{p} bra{uniform} {end}");
            _out.Append(second.Instructions == 0 ? first : second);
        }
        else
        {
            string not = Label("else");
            I($"@!{p} bra{uniform} {not}");
            _out.Append(first);
            I("bra.uni " + end);
            _out.Label(not);
            _out.Append(second);
        }

        _out.Label(end);
    }

    /// <summary>
    /// Where an else arm only sets results, and their registers are free at the branch, the results are set before it and the arm vanishes: a loop behind its
    /// first test then finds its initial values set, too.
    /// </summary>
    bool TryCopyEarly(Op branch, PtxText before)
    {
        Region then = branch.Regions[0], otherwise = branch.Regions[1];
        if (branch.Results.Length == 0 || then.Ops.All(op => op.IsPure()) || branch.Results.Any(r => !_assignment.IsFree(r, branch, branch))) return false;
        _out = before;
        List<RegisterCopy> copies = Copies(branch.Results, otherwise.Yield);
        EmitCopies([.. copies]);
        _held.Clear();
        if (then.Ops.FirstOrDefault(op => op.Code == Opcode.Loop) is not { } loop) return true;
        for (int i = 0; i < branch.Results.Length; i++)
            if (Aliases.Constant(otherwise.Yield[i]) != null && _assignment.IsFree(branch.Results[i], branch, loop)) _held[Register(branch.Results[i])] = (loop, ConstantText(otherwise.Yield[i]));
        return true;
    }

    // Constants that registers already hold where a loop starts.
    readonly Dictionary<string, (Op Loop, string Constant)> _held = [];

    /// <summary>True when an arm, its yields or its condition read a register that the copies write.</summary>
    bool ReadsAny(Region arm, string condition, List<RegisterCopy> copies)
    {
        var written = new HashSet<string>(copies.Select(c => c.To));
        if (written.Contains(condition)) return true;
        var own = new HashSet<Value>(arm.Ops.SelectMany(o => o.Results));
        return arm.Ops.SelectMany(o => o.Operands).Concat(arm.Yield).Any(v => !own.Contains(v) && Aliases.Constant(v) == null && SharedSymbol(v) == null && written.Contains(Register(v)));
    }

    // Where a loop's rounds start and where it ends.
    sealed class LoopFrame(Op loop, string head, string exit)
    {
        public Value[] Arguments { get; } = [.. loop.Regions[0].Arguments];
        public string Head => head;
        public string Exit => exit;
        public bool ExitUsed { get; set; }
    }

    void EmitLoop(Op op)
    {
        Region body = op.Regions[0];
        List<RegisterCopy> copies = Copies(body.Arguments, op.Operands);
        copies.RemoveAll(c => _held.TryGetValue(c.To, out (Op Loop, string Constant) held) && ReferenceEquals(held.Loop, op) && held.Constant == c.From);
        EmitCopies(copies);
        var frame = new LoopFrame(op, Label("loop"), Label("exit"));
        _out.Label(frame.Head);
        EmitTail(body, [.. body.Yield], frame, last: true);
        if (frame.ExitUsed) _out.Label(frame.Exit);
    }

    /// <summary>The rest of a round: ends in a jump back, a jump out or, where it stands last, by running out of the loop.</summary>
    void EmitTail(Region region, Value[] yields, LoopFrame frame, bool last)
    {
        Op? branch = region.Ops.Count > 0 && _tails.Contains(region.Ops[region.Ops.Count - 1]) ? region.Ops[region.Ops.Count - 1] : null;
        foreach (Op op in region.Ops)
            if (!ReferenceEquals(op, branch)) Emit(op);
        if (branch == null)
        {
            EndRound(yields, frame, last);
            return;
        }

        _out.Source = branch.Source;
        Value[][] through = [LoopTails.Through(branch, 0, yields), LoopTails.Through(branch, 1, yields)];
        int leaving = IsConstant(through[1][0], false) || !IsConstant(through[0][0], false) ? 1 : 0, other = 1 - leaving;
        string p = Source(branch.Operands[0]);
        PtxText outer = _out, stay = outer.Branch();
        _out = stay;
        EmitTail(branch.Regions[other], through[other], frame, last: false);
        PtxText leave = _out = stay.Branch();
        EmitTail(branch.Regions[leaving], through[leaving], frame, last);
        _out = outer;

        bool direct = leave.Instructions == 0;
        string target = direct ? frame.Exit : Label("leave");
        frame.ExitUsed |= direct;
        I($"@{(leaving == 1 ? "!" : "")}{p} bra{Suffix(branch.Operands[0])} {target}");
        _out.Append(stay);
        if (direct) return;
        _out.Label(target);
        _out.Append(leave);
    }

    void EndRound(Value[] yields, LoopFrame frame, bool last)
    {
        Value goOn = yields[0];
        List<RegisterCopy> copies = Copies(frame.Arguments, [.. yields.Skip(1)]);
        bool decided = Aliases.Constant(goOn) != null;
        string p = "";
        if (!decided)
        {
            p = Source(goOn);
            if (copies.Any(c => c.To == p))
            {
                // The copies are about to overwrite the condition.
                string kept = New(RegisterClass.Predicate);
                I($"mov.pred {kept}, {p}");
                p = kept;
            }
        }

        EmitCopies(copies);
        if (!decided) I($"@{p} bra{Suffix(goOn)} {frame.Head}");
        else if (IsConstant(goOn, true)) I("bra.uni " + frame.Head);
        if (last || IsConstant(goOn, true)) return;
        I("bra.uni " + frame.Exit);
        frame.ExitUsed = true;
    }

    static bool IsConstant(Value v, bool what) => Aliases.Constant(v) is { } bits && bits != 0 == what;

    string Suffix(Value condition) => _uniformity[condition] == Uniform.Divergent ? "" : ".uni";

    void EmitCopies(IReadOnlyList<Value> to, IReadOnlyList<Value> from) => EmitCopies(Copies(to, from));

    List<RegisterCopy> Copies(IReadOnlyList<Value> to, IReadOnlyList<Value> from)
    {
        var copies = new List<RegisterCopy>();
        for (int i = 0; i < to.Count; i++)
        {
            Value v = from[i];
            string source = Aliases.Constant(v) != null ? ConstantText(v) : SharedSymbol(v) ?? Register(v);
            string target = Register(to[i]);
            if (source != target) copies.Add(new(target, source, RegisterFile.ClassOf(to[i].Type)));
        }

        return copies;
    }

    static string ConstantText(Value v)
    {
        ulong bits = Aliases.Constant(v)!.Value;
        return v.Type == IrType.Pred ? bits != 0 ? "-1" : "0" : Literals.Immediate(v.Type, bits);
    }

    /// <summary>Copies as if all at once: one whose target nobody still reads goes first; a cycle is broken through a fresh register.</summary>
    void EmitCopies(List<RegisterCopy> copies)
    {
        while (copies.Count > 0)
        {
            int free = copies.FindIndex(c => !copies.Any(o => o.From == c.To));
            if (free < 0)
            {
                RegisterCopy broken = copies[0];
                string kept = New(broken.Class);
                Move(broken.Class, kept, broken.To);
                for (int i = 0; i < copies.Count; i++)
                    if (copies[i].From == broken.To) copies[i] = copies[i] with { From = kept };
                continue;
            }

            Move(copies[free].Class, copies[free].To, copies[free].From);
            copies.RemoveAt(free);
        }
    }

    void Move(RegisterClass c, string to, string from) => I($"mov.{RegisterFile.MoveType(c)} {to}, {from}");
}
