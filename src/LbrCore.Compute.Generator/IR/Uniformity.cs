using System.Collections.Generic;

namespace LbrCore.Compute.Generator.IR;

/// <summary>How widely a value is the same at one moment of execution.</summary>
internal enum Uniform : byte
{
    /// <summary>The same in every lane of the group.</summary>
    Group,
    /// <summary>The same in every lane of a warp.</summary>
    Warp,
    /// <summary>May differ from lane to lane.</summary>
    Divergent,
}

/// <summary>
/// Finds for every value how uniform it is: indices of lanes diverge, parameters and grid indices do not, a result of control flow is as divergent as the
/// condition that chose it, and what a loop hands on is as divergent as its exit. Loads from a uniform address count as uniform as the address.
/// </summary>
internal sealed class Uniformity
{
    readonly Dictionary<Value, Uniform> _of = [];

    Uniformity()
    {
    }

    /// <summary>Uniformity of a value; parameters are group-uniform.</summary>
    public Uniform this[Value v] => _of.TryGetValue(v, out Uniform u) ? u : Uniform.Group;

    /// <summary>Analyses a kernel.</summary>
    public static Uniformity Analyze(IrKernel kernel)
    {
        var result = new Uniformity();
        // Loop-carried values start optimistic and only ever become more divergent, so this ends.
        while (result.Visit(kernel.Body, kernel))
        {
        }

        return result;
    }

    bool Visit(Region region, IrKernel kernel)
    {
        bool changed = false;
        foreach (Op op in region.Ops)
        {
            switch (op.Code)
            {
                case Opcode.If:
                    changed |= Visit(op.Regions[0], kernel) | Visit(op.Regions[1], kernel);
                    for (int i = 0; i < op.Results.Length; i++)
                        changed |= Raise(op.Results[i], Max(this[op.Operands[0]], this[op.Regions[0].Yield[i]], this[op.Regions[1].Yield[i]]));
                    break;
                case Opcode.Loop:
                    Region body = op.Regions[0];
                    for (int i = 0; i < op.Operands.Length; i++) changed |= Raise(body.Arguments[i], this[op.Operands[i]]);
                    changed |= Visit(body, kernel);
                    // A lane that has left keeps its value while others go on: with a divergent exit everything carried diverges.
                    Uniform exit = this[body.Yield[0]];
                    for (int i = 0; i < op.Operands.Length; i++)
                    {
                        Uniform u = Max(this[body.Yield[i + 1]], exit, this[op.Operands[i]]);
                        changed |= Raise(body.Arguments[i], u) | Raise(op.Results[i], u);
                    }

                    break;
                default:
                    Uniform of = OfOp(op, kernel);
                    foreach (Value r in op.Results) changed |= Raise(r, of);
                    break;
            }
        }

        return changed;
    }

    Uniform OfOp(Op op, IrKernel kernel)
    {
        switch (op.Code)
        {
            case Opcode.Special:
                return (SpecialRegister)op.Attr switch
                {
                    SpecialRegister.GroupIdxX or SpecialRegister.GroupIdxY or SpecialRegister.GroupIdxZ or SpecialRegister.LaneIdx => Uniform.Divergent,
                    SpecialRegister.WarpIdx => kernel.GroupSize is > 0 and <= 32 ? Uniform.Group : Uniform.Warp,
                    _ => Uniform.Group,
                };
            case Opcode.Shr or Opcode.Div when kernel.GroupSize > 0 && IsWarpIndex(op):
                return kernel.GroupSize <= 32 ? Uniform.Group : Uniform.Warp;
            case Opcode.Ballot or Opcode.VoteAll or Opcode.VoteAny:
                return Uniform.Warp;
            case Opcode.BarrierReduce:
                return Uniform.Group;
            case Opcode.Shuffle when (ShuffleKind)op.Attr == ShuffleKind.Index && this[op.Operands[1]] != Uniform.Divergent:
                return this[op.Operands[0]] == Uniform.Group ? Uniform.Group : Uniform.Warp;
            case Opcode.LoadRow or Opcode.Fold or Opcode.Atomic or Opcode.LocalAlloc or Opcode.LoadMatrix or Opcode.Mma or Opcode.WarpGroupMma or Opcode.Ptx:
                return Uniform.Divergent;
            case Opcode.Load when op.Operands[0].Type == IrType.PtrLocal || (CacheKind)op.Attr == CacheKind.Volatile:
                return Uniform.Divergent;
            case Opcode.Load:
                return Max(this[op.Operands[0]], this[op.Operands[1]]);
            default:
                Uniform u = Uniform.Group;
                foreach (Value v in op.Operands) u = Max(u, this[v]);
                return u;
        }
    }

    // In a one-dimensional group the lane's index divided by a multiple of 32 is the same in the whole warp.
    static bool IsWarpIndex(Op op) =>
        op.Operands[0].Definition is { Code: Opcode.Special, Attr: (int)SpecialRegister.GroupIdxX } && op.Operands[1].ConstInt is { } c && (op.Code == Opcode.Shr ? c is >= 5 and < 32 : c > 0 && c % 32 == 0);

    bool Raise(Value v, Uniform u)
    {
        if (u <= this[v]) return false;
        _of[v] = u;
        return true;
    }

    static Uniform Max(Uniform a, Uniform b) => a > b ? a : b;

    static Uniform Max(Uniform a, Uniform b, Uniform c) => Max(Max(a, b), c);
}
