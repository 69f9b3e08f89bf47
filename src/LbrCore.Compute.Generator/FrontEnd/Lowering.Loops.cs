using System;
using System.Collections.Generic;
using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// Loops: unrolled where the trip count is a constant and small, else one Loop op guarded by its first test.
internal sealed partial class Lowering
{
    const int ForcedUnrollLimit = 1024;

    void For(IForLoopOperation f)
    {
        foreach (IOperation before in f.Before) Statement(before);
        long? trips = TripCount(f);
        bool constant = trips is >= 0 and <= ForcedUnrollLimit;
        bool unroll = constant && (_facts.IsUnrolled(f.Syntax) || trips <= UnrollLimit);
        _loops.Push(new LoopSite(f.Syntax, unroll, constant));
        if (unroll) Unrolled(f, (int)trips!);
        else Rolled(f, f.Condition, true, () => Statement(f.Body), () => { foreach (IOperation s in f.AtLoopBottom) Statement(s); });
        _loops.Pop();
    }

    int UnrollLimit => _machine == Machine.Ptx ? _options.UnrollLimit : Math.Min(_options.UnrollLimit, 4);

    void While(IWhileLoopOperation w)
    {
        _loops.Push(new LoopSite(w.Syntax, false, false));
        Rolled(w, w.Condition, w.ConditionIsTop, () => Statement(w.Body), static () => { });
        _loops.Pop();
    }

    void Unrolled(IForLoopOperation f, int trips)
    {
        var target = new JumpTarget(true, NewSlot(_b.Bool(false)), NewSlot(_b.Bool(false)));
        _frame.Jumps.Add(target);
        Round(trips);
        _frame.Jumps.RemoveAt(_frame.Jumps.Count - 1);

        void Round(int left)
        {
            while (left-- > 0)
            {
                RefuseTooLarge(f.Syntax);
                _slots[target.Continued] = _b.Bool(false);
                Statement(f.Body);
                _slots[target.Continued] = _b.Bool(false);
                foreach (IOperation s in f.AtLoopBottom) Statement(s);
                int[] gone = [target.Broke, _frame.Returned];
                if (gone.All(f => _slots[f] is { IsConst: true, ConstBits: 0 })) continue;
                int rest = left;
                Unless(gone, () => Round(rest));
                return;
            }
        }
    }

    /// <summary>if (condition) do { body; if (!left) { bottom; again = condition; } } while (again)</summary>
    void Rolled(ILoopOperation loop, IOperation? condition, bool testFirst, Action body, Action bottom)
    {
        var target = new JumpTarget(true, NewSlot(_b.Bool(false)), NewSlot(_b.Bool(false)));
        _frame.Jumps.Add(target);
        Value first = testFirst && condition != null ? ScalarExpression(condition) : _b.Bool(true);
        Branch(first, () => Do(loop, condition, target, body, bottom), static () => { });
        _frame.Jumps.RemoveAt(_frame.Jumps.Count - 1);
    }

    void Do(ILoopOperation loop, IOperation? condition, JumpTarget target, Action body, Action bottom)
    {
        // Everything the loop may assign is carried; the passes drop what turns out not to change.
        List<int> carried = [.. AssignedSlots(loop).OrderBy(s => s)];
        Value[] initial = [.. carried.Select(s => _slots[s])];
        var region = new Region();
        SlotMap outer = _slots;
        _slots = outer.Clone();
        foreach (int s in carried)
        {
            var argument = new Value(_slots[s].Type) { Name = _slots[s].Name };
            region.Arguments.Add(argument);
            _slots[s] = argument;
        }

        Value again;
        int returned = _frame.Returned;
        using (_b.Enter(region))
        {
            _slots[target.Broke] = _b.Bool(false);
            _slots[target.Continued] = _b.Bool(false);
            body();
            _slots[target.Continued] = _b.Bool(false);
            int flag = NewSlot(_b.Bool(false));
            Unless([target.Broke, returned], () =>
            {
                bottom();
                _slots[flag] = condition == null ? _b.Bool(true) : ScalarExpression(condition);
            });
            again = _slots[flag];
        }

        region.Yield.Add(again);
        foreach (int s in carried) region.Yield.Add(_slots[s].Type == outer[s].Type ? _slots[s] : throw MixedSpaces());
        _slots = outer;
        Value[] results = _b.Loop(initial, region);
        for (int i = 0; i < carried.Count; i++) _slots[carried[i]] = results[i];
    }

    /// <summary>Something must be constant here: unroll the innermost enclosing loop that can be and start again, or give up with a diagnostic.</summary>
    Exception NeedConstant(SyntaxNode at, string what)
    {
        foreach (LoopSite site in _loops)
            if (!site.Unrolled && site.ConstantTrip && _facts.Unroll(site.Syntax, null)) return new RestartException();
        return new KernelException(Diagnostics.NotConstant, at.GetLocation(), char.ToUpperInvariant(what[0]) + what.Substring(1));
    }
}
