using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>
/// Fuses a floating-point product that only one sum or difference reads: a * b + c, c - a * b, a * b - c. Both machines print what this pass leaves, so that
/// their results have the same bits; ptxas is kept from fusing on its own. It runs before anything is merged or moved, and fuses only within one region: the
/// machines unroll loops differently, and a product that is read once from inside a rolled loop is read many times where that loop is unrolled.
/// </summary>
internal sealed class FmaForming
{
    readonly UseCounts _uses;
    readonly HashSet<Op> _region = [];

    FmaForming(UseCounts uses) => _uses = uses;

    /// <summary>Runs on a kernel. Products left without a reader stay for <see cref="DeadCode"/>.</summary>
    public static void Run(IrKernel kernel) => new FmaForming(UseCounts.Of(kernel, lengths: true)).Visit(kernel.Body);

    void Visit(Region region)
    {
        foreach (Op op in region.Ops)
            foreach (Region r in op.Regions) Visit(r);
        _region.Clear();
        var result = new List<Op>(region.Ops.Count);
        foreach (Op op in region.Ops)
        {
            _region.Add(op);
            if (op.Code is Opcode.Add or Opcode.Sub && op.Result.Type.IsFloat()) Fuse(op, result);
            else result.Add(op);
        }

        region.Ops.Clear();
        region.Ops.AddRange(result);
    }

    void Fuse(Op op, List<Op> result)
    {
        Value x = op.Operands[0], y = op.Operands[1];
        Op? product = Product(x);
        Value addend = y;
        bool negateProduct = false, negateAddend = op.Code == Opcode.Sub;
        if (product == null)
        {
            product = Product(y);
            (addend, negateProduct, negateAddend) = (x, op.Code == Opcode.Sub, false);
        }

        if (product == null)
        {
            result.Add(op);
            return;
        }

        Value a = product.Operands[0];
        if (negateProduct) a = Negate(a, op, result);
        if (negateAddend) addend = Negate(addend, op, result);
        var fused = new Op(Opcode.Fma, [a, product.Operands[1], addend], op.Results) { Source = op.Source, Origin = op.Origin };
        op.Results[0].Definition = fused;
        result.Add(fused);
    }

    // x * x + y reads a product once; (x * y) + (x * y) reads it twice and keeps it.
    Op? Product(Value v) => v.Definition is { Code: Opcode.Mul } op && _uses[v] == 1 && _region.Contains(op) ? op : null;

    static Value Negate(Value v, Op at, List<Op> result)
    {
        Op op = v.IsConst
            ? IrClone.Constant(v.Type, v.ConstBits ^ (v.Type == IrType.F32 ? 0x80000000UL : 0x8000000000000000UL), at.Source)
            : IrClone.New(Opcode.Neg, [v.Type], [v], at.Source);
        result.Add(op);
        return op.Result;
    }
}
