using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Passes;

namespace LbrCore.Compute.Generator.Lanes;

/// <summary>
/// <c>(upper ? high : low) + Warp.ShuffleXor(upper ? low : high, bit)</c>, where <c>upper</c> asks for that bit of the lane's index, is one
/// <see cref="Opcode.Fold"/>: vectors change places or are joined from two, and neither the mask nor the exchanged value is needed.
/// </summary>
internal static class FoldForming
{
    /// <summary>Runs on a kernel; dead code removes what the sums were made of.</summary>
    public static void Run(IrKernel kernel) => Visit(kernel.Body, Uniformity.Analyze(kernel, localArrays: true));

    static void Visit(Region region, Uniformity uniformity)
    {
        for (int i = 0; i < region.Ops.Count; i++)
        {
            Op op = region.Ops[i];
            foreach (Region r in op.Regions) Visit(r, uniformity);
            if (op.Code != Opcode.Add || op.Result.Type != IrType.F32 || Parts(op) is not { } parts) continue;
            (Value low, Value high, int bit) = parts;
            if (uniformity[low] != Uniform.Divergent || uniformity[high] != Uniform.Divergent) continue;
            var fold = new Op(Opcode.Fold, [low, high], op.Results) { Attr = bit, Source = op.Source, Origin = op.Origin };
            fold.Result.Definition = fold;
            region.Ops[i] = fold;
        }
    }

    static (Value Low, Value High, int Bit)? Parts(Op add)
    {
        if (add.Operands[1].Definition is not { Code: Opcode.Shuffle, Attr: (int)ShuffleKind.Xor } shuffle || shuffle.Operands[1].ConstInt is not (2 or 4 or 8 or 16)) return null;
        if (add.Operands[0].Definition is not { Code: Opcode.Select } kept || shuffle.Operands[0].Definition is not { Code: Opcode.Select } given) return null;
        Value[] k = kept.Operands, g = given.Operands;
        if (!ReferenceEquals(k[0], g[0]) || !ReferenceEquals(k[1], g[2]) || !ReferenceEquals(k[2], g[1])) return null;
        int bit = (int)shuffle.Operands[1].ConstInt!.Value;
        return AsksFor(k[0], bit) ? (k[2], k[1], bit) : null;
    }

    static bool AsksFor(Value condition, int bit) =>
        condition.Definition is { Code: Opcode.Ne } ne && ne.Operands[1].ConstInt == 0 && ne.Operands[0].Definition is { Code: Opcode.And } and && and.Operands[1].ConstInt == bit
        && and.Operands[0].Definition is { Code: Opcode.Special, Attr: (int)SpecialRegister.LaneIdx };
}
