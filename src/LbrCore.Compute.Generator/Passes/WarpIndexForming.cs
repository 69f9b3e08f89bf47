using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>
/// In a one-dimensional group of fixed size, the lane's index divided by a multiple of 32 is the warp's index, divided by the rest. Written so, it is a scalar
/// on the CPU, where the lane's index is a vector.
/// </summary>
internal static class WarpIndexForming
{
    /// <summary>Runs on a kernel, last: the other passes write the warp's index as a quotient of the lane's.</summary>
    public static void Run(IrKernel kernel)
    {
        if (kernel.GroupSize == 0) return;
        var map = new Substitution();
        Visit(kernel.Body, map);
        map.Apply(kernel.Body);
    }

    static void Visit(Region region, Substitution map)
    {
        for (int i = 0; i < region.Ops.Count; i++)
        {
            Op op = region.Ops[i];
            foreach (Region r in op.Regions) Visit(r, map);
            if (Rest(op) is not { } rest) continue;
            Op warp = IrClone.New(Opcode.Special, [IrType.S32], [], op.Source);
            warp.Attr = (int)SpecialRegister.WarpIdx;
            if (rest == (op.Code == Opcode.Shr ? 0 : 1))
            {
                region.Ops[i] = warp;
                map.Replace(op.Result, warp.Result);
                continue;
            }

            Op divisor = IrClone.New(Opcode.Const, [IrType.S32], [], op.Source);
            divisor.Bits = (ulong)rest;
            op.Operands = [warp.Result, divisor.Result];
            region.Ops.InsertRange(i, [warp, divisor]);
            i += 2;
        }
    }

    // What is left to shift by, or to divide by, once the warp's index stands for the lane's.
    static long? Rest(Op op)
    {
        if (op.Code is not (Opcode.Shr or Opcode.Div) || op.Operands[0].Definition is not { Code: Opcode.Special, Attr: (int)SpecialRegister.GroupIdxX }) return null;
        if (op.Operands[1].ConstInt is not { } c) return null;
        return op.Code == Opcode.Shr ? c is >= 5 and < 32 ? c - 5 : null : c > 0 && c % 32 == 0 ? c / 32 : null;
    }
}
