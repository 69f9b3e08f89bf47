using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>Finds loop counters: carried values that every further round increases by the same step.</summary>
internal static class Induction
{
    /// <summary>A condition under which the loop goes on: <c>next Code Limit</c>.</summary>
    public readonly record struct Limited(Opcode Code, Value Limit);

    /// <summary>The step of carried value <paramref name="index"/>, or null when it is no counter. Ways out of the loop do not count.</summary>
    public static Value? Step(Op loop, int index)
    {
        Region body = loop.Regions[0];
        Value? step = null;
        return Agree(body.Yield[index + 1], body.Yield[0], body.Arguments[index], ref step) ? step : null;
    }

    /// <summary>The limit on the next value of a counter that the loop's continue condition sets, or null.</summary>
    public static Limited? Bound(Op loop, int index)
    {
        Region body = loop.Regions[0];
        Value next = body.Yield[index + 1], goOn = body.Yield[0];
        // Follow the arm that goes on.
        while (Deciding(body, goOn) is { } branch && Continuing(branch, goOn) is { } arm)
        {
            next = After(branch, arm, next);
            goOn = After(branch, arm, goOn);
            body = branch.Regions[arm];
        }

        if (goOn.Definition is not { } test) return null;
        if (test.Code is >= Opcode.Lt and <= Opcode.Ge)
        {
            if (ReferenceEquals(test.Operands[0], next)) return new(test.Code, test.Operands[1]);
            if (ReferenceEquals(test.Operands[1], next))
                return new(test.Code switch { Opcode.Lt => Opcode.Gt, Opcode.Le => Opcode.Ge, Opcode.Gt => Opcode.Lt, _ => Opcode.Le }, test.Operands[0]);
        }

        return null;
    }

    /// <summary>The If at the end of a region that decides whether the loop goes on, or null: <paramref name="goOn"/> is one of its results or its condition.</summary>
    public static Op? Deciding(Region region, Value goOn)
    {
        Op? last = region.Ops.Count > 0 ? region.Ops[region.Ops.Count - 1] : null;
        return last?.Code == Opcode.If && (ReferenceEquals(last.Operands[0], goOn) || last.Results.Contains(goOn)) ? last : null;
    }

    /// <summary>What a value is after an If, for those who came through one of its arms.</summary>
    public static Value After(Op branch, int arm, Value v)
    {
        if (ReferenceEquals(v, branch.Operands[0])) return arm == 0 ? _true : _false;
        int at = Array.IndexOf(branch.Results, v);
        return at < 0 ? v : branch.Regions[arm].Yield[at];
    }

    /// <summary>True for the constant false.</summary>
    public static bool IsFalse(Value v) => v.IsConst && v.ConstBits == 0;

    static readonly Value _true = IrClone.Constant(IrType.Pred, 1, default).Result;
    static readonly Value _false = IrClone.Constant(IrType.Pred, 0, default).Result;

    // The only arm in which an If may go on with the loop; null when both may.
    static int? Continuing(Op branch, Value goOn)
    {
        if (IsFalse(After(branch, 0, goOn))) return 1;
        return IsFalse(After(branch, 1, goOn)) ? 0 : null;
    }

    static bool Agree(Value next, Value goOn, Value argument, ref Value? step)
    {
        if (IsFalse(goOn)) return true;
        if (next.Definition is not { } op) return false;
        if (op.Code == Opcode.Add)
        {
            Value? by = ReferenceEquals(op.Operands[0], argument) ? op.Operands[1] : ReferenceEquals(op.Operands[1], argument) ? op.Operands[0] : null;
            if (by == null || (step != null && !ReferenceEquals(step, by) && !(step.IsConst && by.IsConst && step.ConstBits == by.ConstBits))) return false;
            step = by;
            return true;
        }

        if (op.Code != Opcode.If) return false;
        for (int arm = 0; arm < 2; arm++)
            if (!Agree(After(op, arm, next), After(op, arm, goOn), argument, ref step)) return false;
        return true;
    }
}
