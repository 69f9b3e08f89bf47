using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Passes;
using LbrCore.Compute.Generator.Tests.IR;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.Passes;

public class FmaFormingTests
{
    static (Kernel Kernel, Value A, Value B, Value C, (Value, Value) X) Start(IrType t)
    {
        var k = new Kernel();
        (Value, Value) x = k.View("x");
        return (k, k.Scalar("a", t), k.Scalar("b", t), k.Scalar("c", t), x);
    }

    static void Run(Kernel k)
    {
        FmaForming.Run(k.Ir);
        DeadCode.Run(k.Ir);
        Verifier.Verify(k.Ir);
    }

    [Theory]
    [InlineData(IrType.F32)]
    [InlineData(IrType.F64)]
    internal void Fuses_sum_and_both_differences(IrType t)
    {
        (Kernel k, Value a, Value b, Value c, var x) = Start(t);
        k.Store(x, k.Build.Int(0), k.Build.Binary(Opcode.Add, k.Build.Binary(Opcode.Mul, a, b), c));
        k.Store(x, k.Build.Int(1), k.Build.Binary(Opcode.Sub, c, k.Build.Binary(Opcode.Mul, a, b)));
        k.Store(x, k.Build.Int(2), k.Build.Binary(Opcode.Sub, k.Build.Binary(Opcode.Mul, a, b), c));
        Run(k);
        List<Op> fused = k.All(Opcode.Fma), negated = k.All(Opcode.Neg);
        Assert.Equal(3, fused.Count);
        Assert.Empty(k.All(Opcode.Mul));
        Assert.Equal([a, b, c], fused[0].Operands);
        Assert.Equal([negated[0].Result, b, c], fused[1].Operands);
        Assert.Equal([a, b, negated[1].Result], fused[2].Operands);
    }

    [Fact]
    public void A_product_that_others_read_stays()
    {
        (Kernel k, Value a, Value b, Value c, var x) = Start(IrType.F32);
        Value p = k.Build.Binary(Opcode.Mul, a, b);
        k.Store(x, k.Build.Int(0), k.Build.Binary(Opcode.Add, p, c), p);
        Run(k);
        Assert.Empty(k.All(Opcode.Fma));
    }

    [Fact]
    public void A_product_of_an_outer_region_stays_so_that_unrolling_does_not_change_bits()
    {
        (Kernel k, Value a, Value b, Value c, var x) = Start(IrType.F32);
        Value p = k.Build.Binary(Opcode.Mul, a, b);
        Value n = k.Scalar("n", IrType.S32);
        Value[] r = k.Loop([c, k.Build.Int(0)], v =>
        {
            Value next = k.Build.Binary(Opcode.Add, v[1], k.Build.Int(1));
            return (k.Build.Compare(Opcode.Lt, next, n), [k.Build.Binary(Opcode.Add, v[0], p), next]);
        });
        k.Store(x, k.Build.Int(0), r[0]);
        Run(k);
        Assert.Empty(k.All(Opcode.Fma));
    }

    [Fact]
    public void Integers_are_left_to_the_assembler()
    {
        (Kernel k, Value a, Value b, Value c, var x) = Start(IrType.S32);
        k.Store(x, k.Build.Int(0), k.Build.Binary(Opcode.Add, k.Build.Binary(Opcode.Mul, a, b), c));
        Run(k);
        Assert.Empty(k.All(Opcode.Fma));
    }
}
