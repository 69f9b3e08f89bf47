using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Lanes;

/// <summary>
/// Finds the values that grow by the same step from each lane to the next: sums of what all lanes share and multiples of the lane's own index. Memory
/// addressed so is read and written as vectors. With <c>clamps</c>, a value that grows by one from lane to lane is taken to be below the bound that a minimum
/// sets it: the caller has to ask whether it is.
/// </summary>
internal sealed class LaneSteps(IrKernel kernel, Uniformity uniformity, bool clamps = false)
{
    readonly Dictionary<Value, long?> _known = [];

    /// <summary>How much more an integer is in the next lane, 0 where it is uniform; null where that is not known or not the same for all lanes.</summary>
    public long? this[Value v]
    {
        get
        {
            if (v.IsConst || uniformity[v] != Uniform.Divergent) return 0;
            if (v.Definition is not { } op || op.Results.Length != 1) return null;
            if (!_known.TryGetValue(v, out long? step)) _known[v] = step = Compute(op);
            return step;
        }
    }

    // Integers wrap around alike in all lanes, and a 32-bit index that does so inside of a warp is outside of every view on either side.
    long? Compute(Op op)
    {
        Value[] x = op.Operands;
        switch (op.Code)
        {
            case Opcode.Special:
                // In a one-dimensional group the lanes of a warp are neighbours.
                return (SpecialRegister)op.Attr == SpecialRegister.LaneIdx || ((SpecialRegister)op.Attr == SpecialRegister.GroupIdxX && kernel.GroupSize > 0) ? 1 : null;
            case Opcode.Add:
                return this[x[0]] + this[x[1]];
            case Opcode.Sub:
                return this[x[0]] - this[x[1]];
            case Opcode.Mul:
                return Product(x[0], x[1]);
            case Opcode.Fma when !op.Result.Type.IsFloat():
                return Product(x[0], x[1]) + this[x[2]];
            case Opcode.Shl when x[1].ConstInt is >= 0 and < 16:
                return this[x[0]] * (1L << (int)x[1].ConstInt!.Value);
            case Opcode.Convert when op.Result.Type is IrType.S64 or IrType.S32 && x[0].Type is IrType.S64 or IrType.S32:
                return this[x[0]];
            case Opcode.Min when clamps && op.Result.Type == IrType.S32 && this[x[0]] + this[x[1]] == 1 && (this[x[0]] == 0 || this[x[1]] == 0):
                return 1;
            default:
                return null;
        }
    }

    long? Product(Value a, Value b) => b.ConstInt is { } c && Math.Abs(c) < 1 << 16 ? this[a] * c : a.ConstInt is { } d && Math.Abs(d) < 1 << 16 ? this[b] * d : null;
}
