using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Passes;
using LbrCore.Compute.Generator.Tests.IR;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.Passes;

public class LoopInvariantsTests
{
    [Fact]
    public void Pure_ops_leave_all_the_loops_that_do_not_change_them()
    {
        var k = new Kernel();
        Builder b = k.Build;
        (Value, Value) x = k.View("x");
        Value n = k.Scalar("n", IrType.S32), m = k.Scalar("m", IrType.S32);
        k.Loop([b.Int(0)], i =>
        {
            k.Loop([b.Int(0)], j =>
            {
                Value row = b.Binary(Opcode.Mul, i[0], n), scale = b.Binary(Opcode.Mul, n, m);
                k.Store(x, b.Binary(Opcode.Add, b.Binary(Opcode.Add, row, scale), j[0]), b.Float(1));
                Value next = b.Binary(Opcode.Add, j[0], b.Int(1));
                return (b.Compare(Opcode.Lt, next, n), [next]);
            });
            Value nextRow = b.Binary(Opcode.Add, i[0], b.Int(1));
            return (b.Compare(Opcode.Lt, nextRow, n), [nextRow]);
        });
        LoopInvariants.Run(k.Ir);
        Verifier.Verify(k.Ir);
        Assert.Single(k.Ir.Body.Ops, op => op.Code == Opcode.Mul);
        Region outer = k.Ir.Body.Ops.Single(op => op.Code == Opcode.Loop).Regions[0];
        Assert.Single(outer.Ops, op => op.Code == Opcode.Mul);
        Assert.DoesNotContain(outer.Ops.Single(op => op.Code == Opcode.Loop).Regions[0].Ops, op => op.Code == Opcode.Mul);
    }

    [Fact]
    public void Only_read_only_loads_of_every_round_leave()
    {
        var k = new Kernel();
        Builder b = k.Build;
        (Value, Value) x = k.View("x"), w = k.View("w");
        Value n = k.Scalar("n", IrType.S32);
        k.Loop([b.Int(0)], i =>
        {
            Value weight = k.Load(w, n, IrType.F32, CacheKind.ReadOnly), changing = k.Load(x, n, IrType.F32);
            k.Store(x, i[0], b.Binary(Opcode.Add, weight, changing));
            k.If(b.Compare(Opcode.Lt, i[0], b.Int(3)), () =>
            {
                k.Store(x, n, k.Load(w, b.Int(5), IrType.F32, CacheKind.ReadOnly));
                return [];
            });
            Value next = b.Binary(Opcode.Add, i[0], b.Int(1));
            return (b.Compare(Opcode.Lt, next, n), [next]);
        });
        LoopInvariants.Run(k.Ir);
        Verifier.Verify(k.Ir);
        Op moved = Assert.Single(k.Ir.Body.Ops, op => op.Code == Opcode.Load);
        Assert.Equal(CacheKind.ReadOnly, (CacheKind)moved.Attr);
        Assert.Equal(3, k.All(Opcode.Load).Count);
    }

    [Fact]
    public void Expensive_ops_under_a_condition_stay_there()
    {
        var k = new Kernel();
        Builder b = k.Build;
        (Value, Value) x = k.View("x");
        Value n = k.Scalar("n", IrType.S32), m = k.Scalar("m", IrType.S32);
        k.Loop([b.Int(0)], i =>
        {
            k.If(b.Compare(Opcode.Lt, i[0], b.Int(3)), () =>
            {
                k.Store(x, b.Binary(Opcode.Div, n, m), b.Convert(b.Binary(Opcode.Xor, n, m), IrType.F32));
                return [];
            });
            Value next = b.Binary(Opcode.Add, i[0], b.Int(1));
            return (b.Compare(Opcode.Lt, next, n), [next]);
        });
        LoopInvariants.Run(k.Ir);
        Verifier.Verify(k.Ir);
        Assert.DoesNotContain(k.Ir.Body.Ops, op => op.Code == Opcode.Div);
        Assert.Contains(k.Ir.Body.Ops, op => op.Code == Opcode.Xor);
    }
}
