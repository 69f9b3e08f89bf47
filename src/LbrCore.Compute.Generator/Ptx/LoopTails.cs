using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Passes;

namespace LbrCore.Compute.Generator.Ptx;

/// <summary>
/// Ifs at the end of a loop round of which one arm decides whether the loop goes on: their arms jump back or out by themselves, instead of yielding a truth
/// value that is tested again. This is the shape of <c>while</c> with a test on top, and of <c>break</c>.
/// </summary>
internal sealed class LoopTails
{
    readonly HashSet<Op> _ifs = [];

    LoopTails()
    {
    }

    /// <summary>True when the arms of this If end the round.</summary>
    public bool Contains(Op op) => _ifs.Contains(op);

    /// <summary>Finds them all.</summary>
    public static LoopTails Find(IrKernel kernel, UseCounts uses)
    {
        var tails = new LoopTails();
        tails.Visit(kernel.Body, uses);
        return tails;
    }

    /// <summary>What a round yields when it ends through an arm of a tail: results of the If are replaced by what the arm yields for them.</summary>
    public static Value[] Through(Op branch, int arm, IEnumerable<Value> yields) => [.. yields.Select(v => Induction.After(branch, arm, v))];

    void Visit(Region region, UseCounts uses)
    {
        foreach (Op op in region.Ops)
        {
            if (op.Code == Opcode.Loop) Tail(op.Regions[0], op.Regions[0].Yield, uses);
            foreach (Region r in op.Regions) Visit(r, uses);
        }
    }

    void Tail(Region region, IReadOnlyList<Value> yields, UseCounts uses)
    {
        if (region.Ops.Count == 0) return;
        Op last = region.Ops[region.Ops.Count - 1];
        if (last.Code != Opcode.If || last.Results.Any(r => uses[r] != region.Yield.Count(y => ReferenceEquals(y, r)))) return;
        Value[] then = Through(last, 0, yields), otherwise = Through(last, 1, yields);
        if (!then[0].IsConst && !otherwise[0].IsConst) return;
        _ifs.Add(last);
        Tail(last.Regions[0], then, uses);
        Tail(last.Regions[1], otherwise, uses);
    }
}
