using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Passes;
using LbrCore.Compute.Generator.Tests.IR;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.Passes;

public class DeadCodeTests
{
    [Fact]
    public void Drops_what_nothing_needs_and_keeps_effects()
    {
        var k = new Kernel();
        Builder b = k.Build;
        (Value, Value) x = k.View("x");
        Value n = k.Scalar("n", IrType.S32);
        Value used = b.Binary(Opcode.Add, n, b.Int(1));
        b.Binary(Opcode.Mul, used, used);
        k.Load(x, n, IrType.F32);
        k.Load(x, n, IrType.F32, CacheKind.Volatile);
        b.Emit(Opcode.Barrier, [], []);
        k.Store(x, used, b.Float(1));
        DeadCode.Run(k.Ir);
        Verifier.Verify(k.Ir);
        Assert.Empty(k.All(Opcode.Mul));
        Assert.Equal(CacheKind.Volatile, (CacheKind)Assert.Single(k.All(Opcode.Load)).Attr);
        Assert.Single(k.All(Opcode.Barrier));
        Assert.Single(k.All(Opcode.Store));
    }

    [Fact]
    public void Drops_carried_values_that_only_feed_themselves()
    {
        var k = new Kernel();
        Builder b = k.Build;
        (Value, Value) x = k.View("x");
        Value n = k.Scalar("n", IrType.S32);
        Value[] r = k.Loop([b.Int(0), b.Float(0), b.Int(1)], a =>
        {
            k.Store(x, a[0], b.Float(2));
            Value next = b.Binary(Opcode.Add, a[0], b.Int(1));
            return (b.Compare(Opcode.Lt, next, n), [next, b.Binary(Opcode.Add, a[1], b.Float(1)), b.Binary(Opcode.Mul, a[2], b.Int(3))]);
        });
        k.Store(x, b.Int(0), r[1]);
        DeadCode.Run(k.Ir);
        Verifier.Verify(k.Ir);
        Op loop = Assert.Single(k.All(Opcode.Loop));
        Assert.Equal([IrType.S32, IrType.F32], loop.Results.Select(v => v.Type));
        Assert.Empty(k.All(Opcode.Mul));
    }

    [Fact]
    public void Drops_unread_results_of_an_If_and_Ifs_without_any()
    {
        var k = new Kernel();
        Builder b = k.Build;
        (Value, Value) x = k.View("x");
        Value n = k.Scalar("n", IrType.S32);
        Value c = b.Compare(Opcode.Gt, n, b.Int(0));
        Value[] r = k.If(c, () => [b.Binary(Opcode.Mul, n, n), b.Int(1)], () => [n, b.Int(2)]);
        k.If(c, () => [b.Binary(Opcode.Div, n, b.Int(3))], () => [n]);
        k.Store(x, r[1], b.Float(0));
        DeadCode.Run(k.Ir);
        Verifier.Verify(k.Ir);
        Assert.Single(Assert.Single(k.All(Opcode.If)).Results);
        Assert.Empty(k.All(Opcode.Mul));
        Assert.Empty(k.All(Opcode.Div));
    }
}
