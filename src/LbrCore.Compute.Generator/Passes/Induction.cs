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
        while (goOn.Definition is { Code: Opcode.If } branch && body.Ops.Contains(branch) && Continuing(branch, goOn) is { } arm)
        {
            int at = Array.IndexOf(branch.Results, next);
            if (at >= 0) next = branch.Regions[arm].Yield[at];
            goOn = branch.Regions[arm].Yield[Array.IndexOf(branch.Results, goOn)];
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

    // The only arm in which an If may go on with the loop; null when both may.
    static int? Continuing(Op branch, Value goOn)
    {
        int at = Array.IndexOf(branch.Results, goOn);
        if (IsFalse(branch.Regions[0].Yield[at])) return 1;
        return IsFalse(branch.Regions[1].Yield[at]) ? 0 : null;
    }

    static bool IsFalse(Value v) => v.IsConst && v.ConstBits == 0;

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
        int at = Array.IndexOf(op.Results, next), on = Array.IndexOf(op.Results, goOn);
        for (int arm = 0; arm < 2; arm++)
            if (!Agree(op.Regions[arm].Yield[at], on >= 0 ? op.Regions[arm].Yield[on] : goOn, argument, ref step)) return false;
        return true;
    }
}
