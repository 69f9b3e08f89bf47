using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Passes;
using LbrCore.Compute.Generator.Tests.IR;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.Passes;

public class SimplifyTests
{
    static void Settle(Kernel k)
    {
        for (int i = 0; i < 8 && Simplify.Run(k.Ir); i++)
        {
        }

        DeadCode.Run(k.Ir);
        Verifier.Verify(k.Ir);
    }

    [Fact]
    public void A_decided_branch_is_taken_apart()
    {
        var k = new Kernel(groupSize: 128);
        Builder b = k.Build;
        (Value, Value) x = k.View("x");
        Value n = k.Scalar("n", IrType.S32);
        // The builder cannot know the group size; the pass does.
        Value[] r = k.If(b.Compare(Opcode.Eq, b.Special(SpecialRegister.GroupDimX), b.Int(128)), () => [b.Binary(Opcode.Add, n, b.Int(1))], () => [n]);
        k.Store(x, r[0], b.Float(0));
        Settle(k);
        Assert.Empty(k.All(Opcode.If));
        Assert.Empty(k.All(Opcode.Special));
        Assert.Single(k.All(Opcode.Add));
    }

    [Fact]
    public void The_condition_is_known_inside_its_arms()
    {
        var k = new Kernel();
        Builder b = k.Build;
        (Value, Value) x = k.View("x");
        Value n = k.Scalar("n", IrType.S32);
        Value c = b.Compare(Opcode.Gt, n, b.Int(5));
        k.If(c, () =>
        {
            k.If(c, () =>
            {
                k.Store(x, n, b.Float(1));
                return [];
            });
            return [];
        },
        () =>
        {
            k.If(c, () =>
            {
                k.Store(x, n, b.Float(2));
                return [];
            });
            return [];
        });
        Settle(k);
        Assert.Single(k.All(Opcode.If));
        Assert.Single(k.All(Opcode.Store));
    }

    [Fact]
    public void Results_on_which_the_arms_agree_and_truth_values_are_not_carried_out()
    {
        var k = new Kernel();
        Builder b = k.Build;
        (Value, Value) x = k.View("x");
        Value n = k.Scalar("n", IrType.S32);
        Value c = b.Compare(Opcode.Gt, n, b.Int(5));
        Value[] r = k.If(c, () =>
        {
            b.Emit(Opcode.Barrier, [], []);
            return [n, b.Int(7), b.Bool(true), b.Bool(false)];
        }, () => [n, b.Int(7), b.Bool(false), b.Bool(true)]);
        k.Store(x, b.Binary(Opcode.Add, r[0], r[1]), b.Select(r[2], b.Float(1), b.Float(2)), b.Select(r[3], b.Float(3), b.Float(4)));
        Settle(k);
        Assert.Empty(Assert.Single(k.All(Opcode.If)).Results);
        Assert.Equal([Opcode.Gt, Opcode.Le], k.All(Opcode.Select).Select(s => s.Operands[0].Definition!.Code));
    }

    [Fact]
    public void A_negated_condition_swaps_the_arms()
    {
        var k = new Kernel();
        Builder b = k.Build;
        (Value, Value) x = k.View("x");
        Value f = k.Scalar("f", IrType.F32);
        Value less = b.Compare(Opcode.Lt, f, b.Float(1));
        k.If(b.Pure(Opcode.Not, IrType.Pred, [less]), () =>
        {
            k.Store(x, b.Int(0), f);
            return [];
        });
        Settle(k);
        Op branch = Assert.Single(k.All(Opcode.If));
        Assert.Same(less, branch.Operands[0]);
        Assert.DoesNotContain(branch.Regions[0].Ops, op => op.Code == Opcode.Store);
        Assert.Single(branch.Regions[1].Ops, op => op.Code == Opcode.Store);
    }

    [Fact]
    public void The_inverse_of_an_integer_comparison_is_a_comparison_but_not_for_float_order()
    {
        var k = new Kernel();
        Builder b = k.Build;
        (Value, Value) x = k.View("x");
        Value n = k.Scalar("n", IrType.S32), f = k.Scalar("f", IrType.F32);
        Value a = b.Pure(Opcode.Not, IrType.Pred, [b.Compare(Opcode.Lt, n, b.Int(3))]), c = b.Pure(Opcode.Not, IrType.Pred, [b.Compare(Opcode.Lt, f, b.Float(3))]);
        k.Store(x, b.Int(0), b.Select(a, f, b.Float(0)));
        k.Store(x, b.Int(1), b.Convert(b.Pure(Opcode.Convert, IrType.S32, [c]), IrType.F32));
        Settle(k);
        Assert.Single(k.All(Opcode.Ge));
        Assert.Single(k.All(Opcode.Not));
    }

    [Fact]
    public void Carried_values_that_never_change_are_no_longer_carried()
    {
        var k = new Kernel();
        Builder b = k.Build;
        (Value, Value) x = k.View("x");
        Value n = k.Scalar("n", IrType.S32);
        Value[] r = k.Loop([b.Int(0), n, b.Int(3), n], a =>
        {
            k.Store(x, a[0], b.Convert(b.Binary(Opcode.Add, a[1], a[2]), IrType.F32));
            Value next = b.Binary(Opcode.Add, a[0], b.Int(1));
            return (b.Compare(Opcode.Lt, next, n), [next, a[1], b.Int(3), b.Int(9)]);
        });
        k.Store(x, r[3], b.Float(1));
        Settle(k);
        Assert.Single(Assert.Single(k.All(Opcode.Loop)).Results);
        // The last one is 9 after any number of rounds.
        Assert.Equal(9, k.All(Opcode.Store)[^1].Operands[1].ConstInt);
    }

    [Fact]
    public void A_loop_of_one_round_is_no_loop()
    {
        var k = new Kernel();
        Builder b = k.Build;
        (Value, Value) x = k.View("x");
        Value n = k.Scalar("n", IrType.S32);
        Value[] r = k.Loop([n], a => (b.Bool(false), [b.Binary(Opcode.Add, a[0], b.Int(2))]));
        k.Store(x, r[0], b.Float(1));
        Settle(k);
        Assert.Empty(k.All(Opcode.Loop));
        Assert.Same(n, Assert.Single(k.All(Opcode.Add)).Operands[0]);
    }

    [Fact]
    public void Constants_gather_on_the_right()
    {
        var k = new Kernel();
        Builder b = k.Build;
        (Value, Value) x = k.View("x");
        Value n = k.Scalar("n", IrType.S32);
        Value i = b.Binary(Opcode.Sub, b.Binary(Opcode.Add, b.Int(10), b.Binary(Opcode.Add, n, b.Int(5))), b.Int(3));
        k.Store(x, b.Binary(Opcode.Mul, b.Int(4), b.Binary(Opcode.Mul, i, b.Int(2))), b.Float(1));
        Settle(k);
        Assert.Equal(12, Assert.Single(k.All(Opcode.Add)).Operands[1].ConstInt);
        Assert.Equal(8, Assert.Single(k.All(Opcode.Mul)).Operands[1].ConstInt);
    }
}
