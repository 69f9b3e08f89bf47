using System;
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

    // Arrays in local memory that hold one value for all lanes, and how deep under masks they were allocated; null where that is not asked.
    readonly Dictionary<Value, int>? _shared;
    readonly HashSet<Value> _private = [];
    int _masks;

    Uniformity(bool localArrays) => _shared = localArrays ? [] : null;

    /// <summary>Uniformity of a value; parameters are group-uniform.</summary>
    public Uniform this[Value v] => _of.TryGetValue(v, out Uniform u) ? u : Uniform.Group;

    /// <summary>Whether an array in local memory holds the same in every lane of the warp, so that one copy does for all.</summary>
    public bool IsShared(Value array) => _shared?.ContainsKey(array) == true && !_private.Contains(array);

    /// <summary>Analyses a kernel.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="localArrays">Whether to look into local memory: for code that runs the lanes of a warp together and may keep one copy for them.</param>
    public static Uniformity Analyze(IrKernel kernel, bool localArrays = false)
    {
        var result = new Uniformity(localArrays);
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
                    changed |= Masked(op.Operands[0], () => Visit(op.Regions[0], kernel) | Visit(op.Regions[1], kernel));
                    for (int i = 0; i < op.Results.Length; i++)
                        changed |= Raise(op.Results[i], Max(this[op.Operands[0]], this[op.Regions[0].Yield[i]], this[op.Regions[1].Yield[i]]));
                    break;
                case Opcode.Loop:
                    Region body = op.Regions[0];
                    for (int i = 0; i < op.Operands.Length; i++) changed |= Raise(body.Arguments[i], this[op.Operands[i]]);
                    changed |= Masked(body.Yield[0], () => Visit(body, kernel));
                    // A lane that has left keeps its value while others go on: with a divergent exit everything carried diverges.
                    Uniform exit = this[body.Yield[0]];
                    for (int i = 0; i < op.Operands.Length; i++)
                    {
                        Uniform u = Max(this[body.Yield[i + 1]], exit, this[op.Operands[i]]);
                        changed |= Raise(body.Arguments[i], u) | Raise(op.Results[i], u);
                    }

                    break;
                default:
                    if (_shared != null) changed |= Local(op);
                    Uniform of = OfOp(op, kernel);
                    foreach (Value r in op.Results) changed |= Raise(r, of);
                    break;
            }
        }

        return changed;
    }

    bool Masked(Value condition, Func<bool> visit)
    {
        int masked = this[condition] == Uniform.Divergent ? 1 : 0;
        _masks += masked;
        bool changed = visit();
        _masks -= masked;
        return changed;
    }

    // An array is the lanes' own once lanes write different values, or only some of those that have it write.
    bool Local(Op op)
    {
        if (op.Code == Opcode.LocalAlloc) _shared![op.Result] = _masks;
        if (op.Operands.Length == 0 || op.Operands[0].Type != IrType.PtrLocal) return false;
        Value array = op.Operands[0];
        bool one = op.Code switch
        {
            Opcode.Load => this[op.Operands[1]] != Uniform.Divergent,
            Opcode.Store => this[op.Operands[1]] != Uniform.Divergent && this[op.Operands[3]] != Uniform.Divergent && _shared!.TryGetValue(array, out int masks) && masks == _masks,
            _ => false,
        };
        return !one && _private.Add(array);
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
            case Opcode.Load when op.Operands[0].Type == IrType.PtrLocal && IsShared(op.Operands[0]):
                return Uniform.Warp;
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
