using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>A 64-bit product of two widened 32-bit integers is one <see cref="Opcode.MulWide"/>. For PTX.</summary>
internal static class WideProducts
{
    /// <summary>Runs on a kernel; conversions no longer read stay for <see cref="DeadCode"/>.</summary>
    public static void Run(IrKernel kernel) => Visit(kernel.Body);

    static void Visit(Region region)
    {
        for (int i = 0; i < region.Ops.Count; i++)
        {
            Op op = region.Ops[i];
            foreach (Region r in op.Regions) Visit(r);
            if (op.Code != Opcode.Mul || op.Result.Type is not (IrType.S64 or IrType.U64)) continue;
            IrType narrow = op.Result.Type == IrType.S64 ? IrType.S32 : IrType.U32;
            if (Narrow(op.Operands[0], narrow) is not { } x) continue;
            Value? y = Narrow(op.Operands[1], narrow);
            if (y == null && op.Operands[1].ConstInt is { } c && c >= 0 && c <= int.MaxValue)
            {
                Op constant = IrClone.Constant(narrow, (ulong)c, op.Source);
                region.Ops.Insert(i++, constant);
                y = constant.Result;
            }

            if (y == null) continue;
            var wide = new Op(Opcode.MulWide, [x, y], op.Results) { Source = op.Source, Origin = op.Origin };
            op.Result.Definition = wide;
            region.Ops[i] = wide;
        }
    }

    static Value? Narrow(Value v, IrType type) => v.Definition is { Code: Opcode.Convert } op && op.Operands[0].Type == type ? op.Operands[0] : null;
}
