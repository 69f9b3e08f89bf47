using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Passes;
using LbrCore.Compute.Generator.Tests.IR;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.Passes;

/// <summary>Addresses: base + variable + constant, pointers that advance, wide accesses.</summary>
public class AddressPassesTests
{
    readonly Kernel _k = new(groupSize: 128);
    readonly (Value Pointer, Value Length) _x, _y;
    readonly Value _n;

    public AddressPassesTests()
    {
        _x = _k.View("x");
        _y = _k.View("y");
        _n = _k.Scalar("n", IrType.S32);
    }

    Builder B => _k.Build;

    void Lower()
    {
        AddressLowering.Run(_k.Ir);
        CommonSubexpressions.Run(_k.Ir);
        LoopInvariants.Run(_k.Ir);
        CommonSubexpressions.Run(_k.Ir);
        DeadCode.Run(_k.Ir);
        Verifier.Verify(_k.Ir);
    }

    [Fact]
    public void Neighbours_share_one_pointer_and_differ_in_the_immediate()
    {
        Value i = B.Binary(Opcode.Mul, B.Special(SpecialRegister.GroupIdxX), _n);
        for (int j = 0; j < 4; j++) _k.Store(_y, B.Int(j), _k.Load(_x, B.Binary(Opcode.Add, B.Int(j - 1), i), IrType.F32));
        Lower();
        Assert.Single(_k.All(Opcode.PtrOffset));
        Assert.Equal([-4L, 0, 4, 8], _k.All(Opcode.Load).Select(op => op.Offset));
        Assert.Equal([0L, 4, 8, 12], _k.All(Opcode.Store).Select(op => op.Offset));
        Assert.All(_k.All(Opcode.Load), op => Assert.Equal(0, op.Operands[1].ConstInt));
    }

    [Fact]
    public void Lengths_are_no_longer_read()
    {
        _k.Store(_x, _n, B.Float(1));
        Lower();
        Assert.DoesNotContain(_k.All(Opcode.Store)[0].Operands, v => ReferenceEquals(v, _x.Length));
    }

    [Fact]
    public void A_scaled_index_moves_the_pointer_by_the_product()
    {
        // x[(n * 8 - 3) * 4 bytes], through a long.
        _k.Store(_x, B.Convert(B.Binary(Opcode.Sub, B.Binary(Opcode.Shl, _n, B.Int(3)), B.Int(3)), IrType.S64), B.Float(1));
        Lower();
        Op move = Assert.Single(_k.All(Opcode.PtrOffset));
        Assert.Same(_n, move.Operands[1]);
        Assert.Equal(32, move.Stride);
        Assert.Equal(-12, _k.All(Opcode.Store)[0].Offset);
    }

    [Fact]
    public void Sums_of_separate_ints_in_a_long_are_not_formed_in_32_bits()
    {
        Value m = _k.Scalar("m", IrType.S32);
        _k.Store(_x, B.Binary(Opcode.Add, B.Convert(_n, IrType.S64), B.Convert(m, IrType.S64)), B.Float(1));
        Lower();
        Assert.Equal(2, _k.All(Opcode.PtrOffset).Count);
        Assert.Empty(_k.All(Opcode.Add));
    }

    [Fact]
    public void Wrapping_unsigned_arithmetic_is_not_taken_apart()
    {
        Value u = _k.Scalar("u", IrType.U32);
        Value wraps = B.Binary(Opcode.Add, u, B.Const(IrType.U32, 5)), safe = B.Binary(Opcode.Add, B.Binary(Opcode.And, u, B.Const(IrType.U32, 15)), B.Const(IrType.U32, 5));
        _k.Store(_x, B.Convert(wraps, IrType.S64), B.Float(1));
        _k.Store(_x, B.Convert(safe, IrType.S64), B.Float(1));
        Lower();
        Assert.Equal([0L, 20], _k.All(Opcode.Store).Select(op => op.Offset));
    }

    [Fact]
    public void Shared_arrays_have_one_base_and_constant_places_become_immediates()
    {
        (Value, Value) a = _k.Shared(IrType.F32, 64), b = _k.Shared(IrType.F32, 64);
        Value i = B.Special(SpecialRegister.GroupIdxX);
        _k.Store(a, i, B.Float(1));
        _k.Store(b, i, B.Float(2));
        _k.Store(b, B.Int(3), B.Float(3));
        Lower();
        Assert.Single(_k.All(Opcode.PtrOffset));
        Assert.Equal([0L, 256, 256 + 12], _k.All(Opcode.Store).Select(op => op.Offset));
        Assert.Equal(0, Assert.Single(_k.All(Opcode.SharedAlloc)).Offset);
    }

    [Fact]
    public void Too_large_constants_move_the_pointer()
    {
        _k.Store(_x, B.Int(1 << 26), B.Float(1));
        Lower();
        Assert.Equal(0, _k.All(Opcode.Store)[0].Offset);
        Assert.Equal(1L << 28, Assert.Single(_k.All(Opcode.PtrOffset)).Operands[1].ConstInt);
    }

    Value[] Rows(Func<Value, Value> index) => _k.Loop([B.Int(0)], i =>
    {
        _k.Store(_x, index(i[0]), B.Float(1));
        Value next = B.Binary(Opcode.Add, i[0], B.Int(2));
        return (B.Compare(Opcode.Lt, next, _n), [next]);
    });

    [Fact]
    public void A_pointer_that_follows_a_counter_advances_by_bytes()
    {
        Value t = B.Special(SpecialRegister.GroupIdxX);
        Rows(i => B.Binary(Opcode.Add, B.Binary(Opcode.Add, i, t), B.Int(5)));
        Lower();
        PointerInduction.Run(_k.Ir);
        DeadCode.Run(_k.Ir);
        Verifier.Verify(_k.Ir);
        Op loop = Assert.Single(_k.All(Opcode.Loop));
        Assert.Equal([IrType.S32, IrType.PtrGlobal], loop.Results.Select(v => v.Type));
        Op advance = Assert.Single(loop.Regions[0].Ops, op => op.Code == Opcode.PtrOffset);
        Assert.Same(loop.Regions[0].Arguments[1], advance.Operands[0]);
        Assert.Equal(8, advance.Operands[1].ConstInt * advance.Stride);
        Assert.Equal(20, Assert.Single(_k.All(Opcode.Store)).Offset);
    }

    [Fact]
    public void A_row_index_times_a_stride_advances_by_the_stride()
    {
        Value m = _k.Scalar("m", IrType.S32), t = B.Special(SpecialRegister.GroupIdxX);
        // (i + t) * m: the part that does not count leaves the loop.
        Rows(i => B.Binary(Opcode.Mul, B.Binary(Opcode.Add, i, t), m));
        Lower();
        PointerInduction.Run(_k.Ir);
        DeadCode.Run(_k.Ir);
        Verifier.Verify(_k.Ir);
        Region body = Assert.Single(_k.All(Opcode.Loop)).Regions[0];
        Assert.DoesNotContain(body.Ops, op => op.Code == Opcode.Mul);
        Assert.Single(body.Ops, op => op.Code == Opcode.PtrOffset);
    }

    [Fact]
    public void Where_a_tail_leaves_the_loop_the_pointer_does_not_advance()
    {
        _k.Loop([B.Int(0)], i =>
        {
            Value[] r = _k.If(B.Compare(Opcode.Lt, i[0], _n), () =>
            {
                _k.Store(_x, i[0], B.Float(1));
                return [B.Bool(true), B.Binary(Opcode.Add, i[0], B.Int(1))];
            }, () => [B.Bool(false), i[0]]);
            return (r[0], [r[1]]);
        });
        Lower();
        PointerInduction.Run(_k.Ir);
        Verifier.Verify(_k.Ir);
        Op tail = Assert.Single(_k.All(Opcode.If));
        Assert.Contains(tail.Regions[0].Ops, op => op.Code == Opcode.PtrOffset);
        Assert.DoesNotContain(tail.Regions[1].Ops, op => op.Code == Opcode.PtrOffset);
    }

    [Fact]
    public void Aligned_neighbours_in_shared_memory_are_one_access()
    {
        (Value, Value) s = _k.Shared(IrType.F32, 64);
        Value i = B.Binary(Opcode.Mul, B.Binary(Opcode.And, B.Special(SpecialRegister.GroupIdxX), B.Int(7)), B.Int(4));
        Value[] v = [.. Enumerable.Range(0, 6).Select(j => _k.Load(s, B.Binary(Opcode.Add, i, B.Int(j)), IrType.F32))];
        foreach (int j in (int[])[1, 0, 3, 2]) _k.Store(s, B.Binary(Opcode.Add, i, B.Int(8 + j)), v[j]);
        _k.Store(_x, B.Int(0), B.Binary(Opcode.Add, v[4], v[5]));
        Lower();
        MemoryWidening.Run(_k.Ir);
        Verifier.Verify(_k.Ir);
        Assert.Equal([4, 2], _k.All(Opcode.Load).Select(op => op.Count));
        Op store = _k.All(Opcode.Store)[0];
        Assert.Equal(4, store.Count);
        Assert.Equal(v[..4], store.Operands[3..]);
    }

    [Fact]
    public void Global_and_unaligned_neighbours_stay_apart()
    {
        (Value, Value) s = _k.Shared(IrType.F32, 64);
        Value t = B.Special(SpecialRegister.GroupIdxX);
        Value sum = B.Binary(Opcode.Add, _k.Load(s, t, IrType.F32), _k.Load(s, B.Binary(Opcode.Add, t, B.Int(1)), IrType.F32));
        _k.Store(_x, B.Int(0), sum);
        _k.Store(_x, B.Int(1), sum);
        Lower();
        MemoryWidening.Run(_k.Ir);
        Assert.Equal(2, _k.All(Opcode.Load).Count);
        Assert.Equal(2, _k.All(Opcode.Store).Count);
    }

    [Fact]
    public void Accesses_do_not_join_across_a_barrier_or_another_writer()
    {
        (Value, Value) s = _k.Shared(IrType.F32, 64);
        Value a = _k.Load(s, B.Int(0), IrType.F32);
        b(Opcode.Barrier);
        Value c = _k.Load(s, B.Int(1), IrType.F32);
        _k.Store(s, B.Int(2), a);
        _k.Store(s, B.Special(SpecialRegister.GroupIdxX), c);
        _k.Store(s, B.Int(3), c);
        Lower();
        MemoryWidening.Run(_k.Ir);
        Verifier.Verify(_k.Ir);
        Assert.Equal(2, _k.All(Opcode.Load).Count);
        Assert.Equal(3, _k.All(Opcode.Store).Count);

        void b(Opcode code) => B.Emit(code, [], []);
    }
}
