using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>
/// Recognises two floats rounded to sixteen bits each and put into one word, as writing the elements of a packed value does, and rounds both with one
/// instruction: <c>(U32)a | (U32)b &lt;&lt; 16</c> becomes Pack2(a, b).
/// </summary>
internal static class PackForming
{
    /// <summary>Runs on a kernel; what is no longer read stays for <see cref="DeadCode"/>.</summary>
    public static void Run(IrKernel kernel) => Visit(kernel.Body);

    static void Visit(Region region)
    {
        for (int i = 0; i < region.Ops.Count; i++)
        {
            Op op = region.Ops[i];
            foreach (Region r in op.Regions) Visit(r);
            if (op.Code != Opcode.Or || op.Result.Type != IrType.U32) continue;
            for (int high = 0; high < 2; high++)
            {
                if (op.Operands[high].Definition is not { Code: Opcode.Shl } shift || shift.Operands[1].ConstInt != 16) continue;
                if (Rounded(shift.Operands[0]) is not { } b || Rounded(op.Operands[1 - high]) is not { } a || a.Result.Type != b.Result.Type) continue;
                var pack = new Op(Opcode.Pack2, [a.Operands[0], b.Operands[0]], op.Results) { Attr = a.Result.Type == IrType.F16 ? 1 : 0, Source = op.Source, Origin = op.Origin };
                op.Result.Definition = pack;
                region.Ops[i] = pack;
                break;
            }
        }
    }

    // The rounding whose bits this word holds, zero-extended.
    static Op? Rounded(Value word) =>
        word.Definition is { Code: Opcode.Convert } widen && widen.Operands[0] is { Type: IrType.U16, Definition: { Code: Opcode.Bitcast } bits }
        && bits.Operands[0] is { Type: IrType.F16 or IrType.BF16, Definition: { Code: Opcode.Convert } round } ? round : null;
}
