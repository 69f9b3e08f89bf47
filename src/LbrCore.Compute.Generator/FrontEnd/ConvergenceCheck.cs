using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;

namespace LbrCore.Compute.Generator.FrontEnd;

/// <summary>Barriers and products of warp groups need every lane of the group, shuffles and tensor cores every lane of the warp: they may not stand under a condition that splits those lanes.</summary>
internal static class ConvergenceCheck
{
    public static void Check(IrKernel kernel) => Check(kernel.Body, Uniformity.Analyze(kernel), Uniform.Group);

    static void Check(Region region, Uniformity uniformity, Uniform flow)
    {
        foreach (Op op in region.Ops)
        {
            if (flow > Uniform.Group && op.Code is Opcode.Barrier or Opcode.BarrierReduce) throw At(Diagnostics.DivergentBarrier, op);
            if (flow > Uniform.Group && op.Code is Opcode.WarpGroupMma or Opcode.WarpGroupFence or Opcode.WarpGroupCommit or Opcode.WarpGroupWait) throw At(Diagnostics.DivergentBarrier, op);
            if (flow > Uniform.Warp && op.Code is Opcode.Shuffle or Opcode.Ballot or Opcode.VoteAll or Opcode.VoteAny or Opcode.Mma or Opcode.LoadMatrix or Opcode.WarpBarrier or Opcode.NamedBarrier) throw At(Diagnostics.DivergentWarpOperation, op);
            if (op.Code is not (Opcode.If or Opcode.Loop)) continue;
            Uniform condition = uniformity[op.Code == Opcode.If ? op.Operands[0] : op.Regions[0].Yield[0]];
            Uniform inner = condition > flow ? condition : flow;
            foreach (Region r in op.Regions) Check(r, uniformity, inner);
        }
    }

    static KernelException At(DiagnosticDescriptor descriptor, Op op)
    {
        var syntax = op.Origin as SyntaxNode;
        string text = syntax?.ToString() ?? op.Code.ToString();
        int end = text.IndexOf('\n');
        return new KernelException(descriptor, syntax?.GetLocation(), end < 0 ? text.TrimEnd(';') : text.Substring(0, end));
    }
}
