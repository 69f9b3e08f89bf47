using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Passes;
using LbrCore.Compute.Generator.Tests.IR;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.Passes;

/// <summary>Merging of Ifs, forming of selects, exits and tails of loops.</summary>
public class BranchPassesTests
{
    readonly Kernel _k = new();
    readonly (Value Pointer, Value Length) _x;
    readonly Value _n;
    readonly Value _c;

    public BranchPassesTests()
    {
        _x = _k.View("x");
        _n = _k.Scalar("n", IrType.S32);
        _c = _k.Build.Compare(Opcode.Gt, _n, _k.Build.Int(4));
    }

    Builder B => _k.Build;

    [Fact]
    public void Ifs_on_one_condition_join_around_pure_ops()
    {
        Value[] first = _k.If(_c, () =>
        {
            _k.Store(_x, _n, B.Float(1));
            return [B.Binary(Opcode.Add, _n, B.Int(1))];
        }, () => [_n]);
        Value before = B.Binary(Opcode.Mul, _n, B.Int(3)), behind = B.Binary(Opcode.Mul, first[0], B.Int(5));
        Value[] second = _k.If(_c, () =>
        {
            _k.Store(_x, before, B.Float(2));
            return [B.Binary(Opcode.Add, first[0], B.Int(2))];
        }, () => [first[0]]);
        _k.Store(_x, B.Binary(Opcode.Add, behind, second[0]), B.Float(3));
        IfMerging.Run(_k.Ir);
        Verifier.Verify(_k.Ir);
        Op joined = Assert.Single(_k.All(Opcode.If));
        Assert.Equal(2, joined.Results.Length);
        Assert.Equal(2, joined.Regions[0].Ops.Count(op => op.Code == Opcode.Store));
        // In the else arm the second result is the first one's value.
        Assert.Same(_n, joined.Regions[1].Yield[1]);
        List<Op> ops = _k.Ir.Body.Ops;
        Assert.True(ops.IndexOf(before.Definition!) < ops.IndexOf(joined) && ops.IndexOf(joined) < ops.IndexOf(behind.Definition!));
    }

    [Fact]
    public void Ifs_do_not_join_across_effects_or_when_the_second_needs_what_the_first_made()
    {
        Value[] Guarded() => _k.If(_c, () =>
        {
            _k.Store(_x, _n, B.Float(1));
            return [_n];
        }, () => [B.Int(0)]);
        Guarded();
        B.Emit(Opcode.Barrier, [], []);
        Value r = Guarded()[0];
        Value between = B.Binary(Opcode.Mul, r, B.Int(5));
        _k.If(_c, () =>
        {
            _k.Store(_x, between, B.Float(1));
            return [];
        });
        IfMerging.Run(_k.Ir);
        Verifier.Verify(_k.Ir);
        Assert.Equal(3, _k.All(Opcode.If).Count);
    }

    [Fact]
    public void A_small_pure_If_becomes_selects()
    {
        Value[] r = _k.If(_c, () => [B.Binary(Opcode.Add, _n, B.Int(1)), _n], () => [_n, B.Binary(Opcode.Xor, _n, B.Int(1))]);
        _k.Store(_x, r[0], B.Convert(r[1], IrType.F32));
        SelectForming.Run(_k.Ir);
        Verifier.Verify(_k.Ir);
        Assert.Empty(_k.All(Opcode.If));
        Assert.Equal(2, _k.All(Opcode.Select).Count);
    }

    [Fact]
    public void Loads_and_divisions_stay_behind_their_condition()
    {
        Value loaded = _k.If(_c, () => [_k.Load(_x, _n, IrType.F32)], () => [B.Float(0)])[0];
        Value divided = _k.If(_c, () => [B.Binary(Opcode.Div, _n, B.Int(7))], () => [_n])[0];
        _k.Store(_x, divided, loaded);
        SelectForming.Run(_k.Ir);
        Assert.Equal(2, _k.All(Opcode.If).Count);
    }

    [Fact]
    public void A_counter_that_a_break_leaves_unchanged_counts_again()
    {
        _k.Loop([B.Int(0)], a =>
        {
            Value found = B.Compare(Opcode.Gt, _k.Load(_x, a[0], IrType.F32), B.Float(0));
            Value stay = B.Pure(Opcode.Not, IrType.Pred, [found]), next = B.Binary(Opcode.Add, a[0], B.Int(1));
            return (B.Binary(Opcode.And, stay, B.Compare(Opcode.Lt, next, _n)), [B.Select(stay, next, a[0])]);
        });
        Op loop = Assert.Single(_k.All(Opcode.Loop));
        Assert.Null(Induction.Step(loop, 0));
        LoopExits.Run(_k.Ir);
        Verifier.Verify(_k.Ir);
        Assert.Equal(1, Induction.Step(loop, 0)?.ConstInt);
    }

    [Fact]
    public void An_exit_value_that_is_read_keeps_its_select()
    {
        Value[] r = _k.Loop([B.Int(0)], a =>
        {
            Value stay = B.Compare(Opcode.Gt, _k.Load(_x, a[0], IrType.F32), B.Float(0));
            return (stay, [B.Select(stay, B.Binary(Opcode.Add, a[0], B.Int(1)), a[0])]);
        });
        _k.Store(_x, r[0], B.Float(1));
        LoopExits.Run(_k.Ir);
        Assert.Equal(Opcode.Select, _k.All(Opcode.Loop)[0].Regions[0].Yield[1].Definition!.Code);
    }

    [Fact]
    public void Pure_ops_behind_the_deciding_If_move_into_its_arms()
    {
        _k.Loop([B.Int(0)], a =>
        {
            Value stay = B.Compare(Opcode.Gt, _k.Load(_x, a[0], IrType.F32), B.Float(0));
            Value[] r = _k.If(stay, () =>
            {
                _k.Store(_x, a[0], B.Float(2));
                return [B.Int(1)];
            }, () => [B.Int(2)]);
            Value next = B.Binary(Opcode.Add, a[0], r[0]);
            return (B.Binary(Opcode.And, stay, B.Compare(Opcode.Lt, next, _n)), [next]);
        });
        LoopTailForming.Run(_k.Ir);
        Verifier.Verify(_k.Ir);
        Region body = Assert.Single(_k.All(Opcode.Loop)).Regions[0];
        Op tail = body.Ops[^1];
        Assert.Equal(Opcode.If, tail.Code);
        Assert.Equal(0, tail.Regions[1].Yield[0].ConstInt);
        Assert.Contains(tail.Regions[0].Ops, op => op.Code == Opcode.Add);
    }
}
