using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Passes;
using LbrCore.Compute.Generator.Tests.IR;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.Passes;

public class CommonSubexpressionsTests
{
    [Fact]
    public void Merges_within_a_region_and_into_inner_ones_but_not_between_arms()
    {
        var k = new Kernel();
        Builder b = k.Build;
        (Value, Value) x = k.View("x");
        Value n = k.Scalar("n", IrType.S32), m = k.Scalar("m", IrType.S32);
        Value first = b.Binary(Opcode.Mul, n, m);
        Value again = b.Binary(Opcode.Mul, m, n);
        k.If(b.Compare(Opcode.Lt, first, again), () =>
        {
            k.Store(x, b.Binary(Opcode.Mul, n, m), b.Convert(b.Binary(Opcode.Xor, n, m), IrType.F32));
            return [];
        },
        () =>
        {
            k.Store(x, n, b.Convert(b.Binary(Opcode.Xor, n, m), IrType.F32));
            return [];
        });
        CommonSubexpressions.Run(k.Ir);
        Verifier.Verify(k.Ir);
        Assert.Single(k.All(Opcode.Mul));
        Assert.Equal(2, k.All(Opcode.Xor).Count);
    }

    [Fact]
    public void Loads_merge_only_while_memory_cannot_change()
    {
        var k = new Kernel();
        Builder b = k.Build;
        (Value, Value) x = k.View("x"), y = k.View("y");
        Value n = k.Scalar("n", IrType.S32);
        Value a = k.Load(x, n, IrType.F32), same = k.Load(x, n, IrType.F32), other = k.Load(x, n, IrType.F32, offset: 4);
        k.Store(y, n, b.Binary(Opcode.Add, b.Binary(Opcode.Add, a, same), other));
        Value later = k.Load(x, n, IrType.F32);
        b.Emit(Opcode.Barrier, [], []);
        k.Store(y, n, b.Binary(Opcode.Add, later, k.Load(x, n, IrType.F32)));
        CommonSubexpressions.Run(k.Ir);
        Verifier.Verify(k.Ir);
        Assert.Equal(4, k.All(Opcode.Load).Count);
    }

    [Fact]
    public void Read_only_loads_merge_across_stores()
    {
        var k = new Kernel();
        Builder b = k.Build;
        (Value, Value) x = k.View("x"), y = k.View("y");
        Value n = k.Scalar("n", IrType.S32);
        k.Store(y, n, k.Load(x, n, IrType.F32, CacheKind.ReadOnly));
        k.Store(y, b.Int(1), k.Load(x, n, IrType.F32, CacheKind.ReadOnly));
        CommonSubexpressions.Run(k.Ir);
        Assert.Single(k.All(Opcode.Load));
    }

    [Fact]
    public void A_loop_that_waits_for_memory_reads_it_in_every_round()
    {
        var k = new Kernel();
        Builder b = k.Build;
        (Value, Value) flag = k.View("flag");
        Value seen = k.Load(flag, b.Int(0), IrType.S32);
        k.If(b.Compare(Opcode.Eq, seen, b.Int(0)), () =>
        {
            k.Loop([b.Int(0)], a => (b.Compare(Opcode.Eq, k.Load(flag, b.Int(0), IrType.S32), b.Int(0)), [b.Binary(Opcode.Add, a[0], b.Int(1))]));
            return [];
        });
        CommonSubexpressions.Run(k.Ir);
        Assert.Equal(2, k.All(Opcode.Load).Count);
        Assert.Single(k.All(Opcode.Loop)[0].Regions[0].Ops, op => op.Code == Opcode.Load);
    }
}
