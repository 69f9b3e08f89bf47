using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Passes;
using LbrCore.Compute.Generator.Tests.IR;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.Passes;

/// <summary>Ranges of values and what they make cheaper; packing of pairs.</summary>
public class IntegerPassesTests
{
    readonly Kernel _k = new(groupSize: 128);
    readonly (Value Pointer, Value Length) _x;

    public IntegerPassesTests() => _x = _k.View("x");

    Builder B => _k.Build;

    Value Thread => B.Special(SpecialRegister.GroupIdxX);

    [Fact]
    public void Ranges_follow_indices_masks_and_counters()
    {
        Value n = _k.Scalar("n", IrType.S32);
        Value t = Thread, masked = B.Binary(Opcode.And, n, B.Int(63)), sum = B.Binary(Opcode.Add, B.Binary(Opcode.Mul, t, B.Int(4)), masked);
        Value counter = null!, free = null!;
        _k.Loop([t, n], a =>
        {
            (counter, free) = (a[0], a[1]);
            Value next = B.Binary(Opcode.Add, a[0], B.Int(128));
            _k.Store(_x, a[0], B.Convert(a[1], IrType.F32));
            return (B.Compare(Opcode.Lt, next, B.Int(1000)), [next, B.Binary(Opcode.Mul, a[1], B.Int(3))]);
        });
        Ranges r = Ranges.Analyze(_k.Ir);
        Assert.Equal(new Interval(0, 127), r[t]);
        Assert.Equal(new Interval(0, 63), r[masked]);
        Assert.Equal(new Interval(0, (127 * 4) + 63), r[sum]);
        Assert.Equal(new Interval(0, 999), r[counter]);
        Assert.Equal(Interval.OfType(IrType.S32), r[free]);
    }

    [Fact]
    public void A_wrapping_sum_has_the_range_of_its_type()
    {
        Value n = _k.Scalar("n", IrType.S32), u = _k.Scalar("u", IrType.U32);
        Value a = B.Binary(Opcode.Add, n, B.Int(1)), c = B.Binary(Opcode.Sub, u, B.Const(IrType.U32, 1));
        Ranges r = Ranges.Analyze(_k.Ir);
        Assert.Equal(Interval.OfType(IrType.S32), r[a]);
        Assert.Equal(Interval.OfType(IrType.U32), r[c]);
    }

    [Fact]
    public void Division_of_what_is_not_negative_by_powers_of_two_shifts()
    {
        Value n = _k.Scalar("n", IrType.S32), t = Thread;
        Value q = B.Binary(Opcode.Div, t, B.Int(8)), r = B.Binary(Opcode.Rem, B.Binary(Opcode.Div, t, B.Int(4)), B.Int(4)), kept = B.Binary(Opcode.Div, n, B.Int(8));
        _k.Store(_x, B.Binary(Opcode.Add, B.Binary(Opcode.Add, q, r), kept), B.Float(1));
        IntegerStrength.Run(_k.Ir);
        Verifier.Verify(_k.Ir);
        Assert.Same(n, Assert.Single(_k.All(Opcode.Div)).Operands[0]);
        Assert.Empty(_k.All(Opcode.Rem));
        Assert.Equal([3L, 2L], _k.All(Opcode.Shr).Select(op => op.Operands[1].ConstInt!.Value));
        Assert.Equal(3, Assert.Single(_k.All(Opcode.And)).Operands[1].ConstInt);
    }

    [Fact]
    public void Long_division_that_fits_is_done_in_32_bits()
    {
        Value wide = B.Binary(Opcode.Div, B.Convert(Thread, IrType.S64), B.Long(3));
        _k.Store(_x, wide, B.Float(1));
        IntegerStrength.Run(_k.Ir);
        Verifier.Verify(_k.Ir);
        Assert.Equal(IrType.S32, Assert.Single(_k.All(Opcode.Div)).Result.Type);
    }

    [Fact]
    public void Certain_comparisons_and_clamps_fold()
    {
        Value t = Thread;
        Value always = B.Compare(Opcode.Lt, t, B.Int(128)), open = B.Compare(Opcode.Lt, t, B.Int(100));
        _k.Store(_x, B.Binary(Opcode.Min, t, B.Int(127)), B.Select(always, B.Float(1), B.Float(2)), B.Select(open, B.Float(1), B.Float(2)));
        IntegerStrength.Run(_k.Ir);
        Verifier.Verify(_k.Ir);
        Assert.Single(_k.All(Opcode.Lt));
        Assert.Empty(_k.All(Opcode.Min));
    }

    [Theory]
    [InlineData(IrType.BF16, 0)]
    [InlineData(IrType.F16, 1)]
    internal void Two_rounded_halves_of_a_word_are_packed_at_once(IrType half, int kind)
    {
        Value f = _k.Scalar("f", IrType.F32), g = _k.Scalar("g", IrType.F32);
        Value Bits(Value v) => B.Convert(B.Pure(Opcode.Bitcast, IrType.U16, [B.Convert(v, half)]), IrType.U32);
        _k.Store(_x, B.Int(0), B.Binary(Opcode.Or, Bits(f), B.Binary(Opcode.Shl, Bits(g), B.Int(16))));
        PackForming.Run(_k.Ir);
        DeadCode.Run(_k.Ir);
        Verifier.Verify(_k.Ir);
        Op pack = Assert.Single(_k.All(Opcode.Pack2));
        Assert.Equal([f, g], pack.Operands);
        Assert.Equal(kind, pack.Attr);
        Assert.Empty(_k.All(Opcode.Convert));
    }

}
