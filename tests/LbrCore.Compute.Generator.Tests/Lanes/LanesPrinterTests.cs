using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Lanes;
using LbrCore.Compute.Generator.Tests.IR;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.Lanes;

/// <summary>Kernels built by hand, with expectations worked out in plain C#.</summary>
public class LanesPrinterTests
{
    static Value Global(Kernel k) => k.Build.Binary(Opcode.Add, k.Build.Binary(Opcode.Mul, k.Build.Special(SpecialRegister.GridIdxX), k.Build.Int(k.Ir.GroupSize)), k.Build.Special(SpecialRegister.GroupIdxX));

    [Fact]
    public void A_guarded_copy_leaves_the_rest_alone()
    {
        var k = new Kernel("copy", 48);
        Builder b = k.Build;
        var x = k.View("x");
        var y = k.View("y");
        Value n = k.Scalar("n", IrType.S32), i = Global(k);
        k.If(b.Compare(Opcode.Lt, i, n), () =>
        {
            k.Store(y, i, b.Binary(Opcode.Mul, k.Load(x, i, IrType.F32), b.Float(2)));
            return [];
        });
        float[] source = [.. Enumerable.Range(0, 200).Select(j => (float)j)], target = new float[200];
        LanesRunner.Run(k.Ir, 5, source, target, 131);
        for (int j = 0; j < 200; j++) Assert.Equal(j < 131 ? 2 * j : 0, target[j]);
    }

    [Fact]
    public void Divergent_arms_both_run_and_merge()
    {
        var k = new Kernel("arms", 64);
        Builder b = k.Build;
        var y = k.View("y");
        Value i = Global(k);
        Value[] r = k.If(b.Compare(Opcode.Eq, b.Binary(Opcode.And, i, b.Int(1)), b.Int(0)),
            () =>
            {
                k.Store(y, b.Binary(Opcode.Add, i, b.Int(64)), i);
                return [b.Binary(Opcode.Mul, i, i), b.Int(7)];
            },
            () =>
            {
                k.Store(y, b.Binary(Opcode.Add, i, b.Int(64)), b.Int(-1));
                return [b.Binary(Opcode.Sub, b.Int(0), i), i];
            });
        k.Store(y, i, b.Binary(Opcode.Add, r[0], r[1]));
        int[] result = new int[128];
        LanesRunner.Run(k.Ir, 1, result);
        for (int j = 0; j < 64; j++)
        {
            Assert.Equal(j % 2 == 0 ? j * j + 7 : 0, result[j]);
            Assert.Equal(j % 2 == 0 ? j : -1, result[j + 64]);
        }
    }

    [Fact]
    public void Nested_loops_end_lane_by_lane()
    {
        // Collatz steps from i + 1, and for every step a uniform inner loop over 3.
        var k = new Kernel("collatz", 64);
        Builder b = k.Build;
        var y = k.View("y");
        Value i = Global(k), start = b.Binary(Opcode.Add, i, b.Int(1));
        Value[] ends = k.If(b.Compare(Opcode.Ne, start, b.Int(1)), () => k.Loop([start, b.Int(0), b.Int(0)], outer =>
        {
            Value odd = b.Compare(Opcode.Eq, b.Binary(Opcode.And, outer[0], b.Int(1)), b.Int(1));
            Value next = b.Select(odd, b.Binary(Opcode.Add, b.Binary(Opcode.Mul, outer[0], b.Int(3)), b.Int(1)), b.Binary(Opcode.Shr, outer[0], b.Int(1)));
            Value[] inner = k.Loop([outer[2], b.Int(0)], a =>
            {
                Value step = b.Binary(Opcode.Add, a[1], b.Int(1));
                return (b.Compare(Opcode.Lt, step, b.Int(3)), [b.Binary(Opcode.Add, a[0], b.Binary(Opcode.Xor, outer[0], step)), step]);
            });
            return (b.Compare(Opcode.Ne, next, b.Int(1)), [next, b.Binary(Opcode.Add, outer[1], b.Int(1)), inner[0]]);
        }), () => [start, b.Int(0), b.Int(0)]);
        k.Store(y, i, ends[1]);
        k.Store(y, b.Binary(Opcode.Add, i, b.Int(64)), ends[2]);
        int[] result = new int[128];
        LanesRunner.Run(k.Ir, 1, result);
        for (int j = 0; j < 64; j++)
        {
            int v = j + 1, steps = 0, sum = 0;
            while (v != 1)
            {
                sum += (v ^ 1) + (v ^ 2) + (v ^ 3);
                v = v % 2 == 1 ? 3 * v + 1 : v / 2;
                steps++;
            }

            Assert.Equal((steps, sum), (result[j], result[j + 64]));
        }
    }

    [Fact]
    public void A_barrier_in_a_loop_keeps_what_is_needed_behind_it()
    {
        // Every round each thread reads its neighbour's value of the round before.
        const int Size = 96;
        var k = new Kernel("rotate", Size);
        Builder b = k.Build;
        var y = k.View("y");
        Value rounds = k.Scalar("rounds", IrType.S32), t = b.Special(SpecialRegister.GroupIdxX), i = Global(k);
        var tile = k.Shared(IrType.S32, Size);
        Value neighbour = b.Binary(Opcode.Rem, b.Binary(Opcode.Add, t, b.Int(1)), b.Int(Size));
        k.Store(tile, t, i);
        Value[] end = k.Loop([b.Int(0), b.Int(0), i], a =>
        {
            b.Emit(Opcode.Barrier, [], []);
            Value seen = k.Load(tile, neighbour, IrType.S32);
            b.Emit(Opcode.Barrier, [], []);
            k.Store(tile, t, seen);
            Value round = b.Binary(Opcode.Add, a[0], b.Int(1));
            return (b.Compare(Opcode.Lt, round, rounds), [round, b.Binary(Opcode.Add, a[1], b.Binary(Opcode.Mul, seen, round)), seen]);
        });
        Value any = b.Emit(Opcode.BarrierReduce, [IrType.S32], [b.Compare(Opcode.Gt, end[2], b.Int(100))], op => op.Attr = 2)[0];
        k.Store(y, i, b.Binary(Opcode.Add, end[1], any));
        int[] result = new int[3 * Size];
        LanesRunner.Run(k.Ir, 3, result, 5);
        for (int g = 0; g < 3; g++)
        {
            int Seen(int thread, int round) => g * Size + (thread + round) % Size;
            int over = Enumerable.Range(0, Size).Count(thread => Seen(thread, 5) > 100);
            for (int thread = 0; thread < Size; thread++)
            {
                int sum = Enumerable.Range(1, 5).Sum(round => Seen(thread, round) * round);
                Assert.Equal(sum + over, result[g * Size + thread]);
            }
        }
    }

    [Fact]
    public void A_barrier_under_a_uniform_condition()
    {
        const int Size = 64;
        var k = new Kernel("reverse", Size);
        Builder b = k.Build;
        var y = k.View("y");
        Value n = k.Scalar("n", IrType.S32), t = b.Special(SpecialRegister.GroupIdxX), i = Global(k);
        var tile = k.Shared(IrType.S32, Size);
        Value[] r = k.If(b.Compare(Opcode.Lt, b.Special(SpecialRegister.GridIdxX), n),
            () =>
            {
                k.Store(tile, t, i);
                b.Emit(Opcode.Barrier, [], []);
                return [k.Load(tile, b.Binary(Opcode.Sub, b.Int(Size - 1), t), IrType.S32)];
            },
            () => [b.Binary(Opcode.Sub, b.Int(0), i)]);
        k.Store(y, i, r[0]);
        int[] result = new int[4 * Size];
        LanesRunner.Run(k.Ir, 4, result, 2);
        for (int j = 0; j < result.Length; j++) Assert.Equal(j / Size < 2 ? j / Size * Size + Size - 1 - j % Size : -j, result[j]);
    }

    [Fact]
    public void Shuffles_votes_and_uniform_values()
    {
        var k = new Kernel("warp", 64);
        Builder b = k.Build;
        var y = k.View("y");
        Value i = Global(k), lane = b.Special(SpecialRegister.LaneIdx);
        Value Shuffle(ShuffleKind kind, Value v, Value by) => b.Emit(Opcode.Shuffle, [v.Type], [v, by], op => op.Attr = (int)kind)[0];
        Value up = Shuffle(ShuffleKind.Up, i, b.Int(3)), other = Shuffle(ShuffleKind.Xor, b.Convert(i, IrType.S64), b.Int(5)), first = Shuffle(ShuffleKind.Index, i, b.Int(9));
        Value ballot = b.Emit(Opcode.Ballot, [IrType.U32], [b.Compare(Opcode.Lt, lane, b.Special(SpecialRegister.WarpIdx))])[0];
        Value all = b.Emit(Opcode.VoteAll, [IrType.Pred], [b.Compare(Opcode.Lt, i, b.Int(32))])[0];
        k.Store(y, i, b.Binary(Opcode.Add, up, b.Binary(Opcode.Mul, b.Convert(other, IrType.S32), b.Int(1000))));
        k.Store(y, b.Binary(Opcode.Add, i, b.Int(64)), b.Binary(Opcode.Add, first, b.Binary(Opcode.Add, b.Convert(ballot, IrType.S32), b.Select(all, b.Int(100), b.Int(200)))));
        int[] result = new int[128];
        LanesRunner.Run(k.Ir, 1, result);
        for (int j = 0; j < 64; j++)
        {
            Assert.Equal((j % 32 < 3 ? j : j - 3) + 1000 * (j ^ 5), result[j]);
            Assert.Equal(j / 32 * 32 + 9 + (j < 32 ? 0 : 1) + (j < 32 ? 100 : 200), result[j + 64]);
        }
    }

    [Fact]
    public void Local_arrays_are_private_to_lanes()
    {
        var k = new Kernel("local", 32);
        Builder b = k.Build;
        var y = k.View("y");
        Value i = Global(k);
        Value p = b.Emit(Opcode.LocalAlloc, [IrType.PtrLocal], [], op => (op.Elem, op.Count, op.Stride) = (IrType.F32, 8, 4))[0];
        (Value, Value) local = (p, b.Long(8));
        k.Loop([b.Int(0)], a =>
        {
            k.Store(local, a[0], b.Convert(b.Binary(Opcode.Mul, a[0], i), IrType.F32));
            Value next = b.Binary(Opcode.Add, a[0], b.Int(1));
            return (b.Compare(Opcode.Lt, next, b.Int(8)), [next]);
        });
        k.If(b.Compare(Opcode.Gt, i, b.Int(15)), () =>
        {
            k.Store(local, b.Int(2), b.Float(-1));
            k.Store(local, b.Binary(Opcode.And, i, b.Int(3)), b.Float(-2));
            return [];
        });
        k.Store(y, i, k.Load(local, b.Binary(Opcode.And, i, b.Int(7)), IrType.F32));
        k.Store(y, b.Binary(Opcode.Add, i, b.Int(32)), k.Load(local, b.Int(2), IrType.F32));
        float[] result = new float[64];
        LanesRunner.Run(k.Ir, 1, result);
        for (int j = 0; j < 32; j++)
        {
            float[] array = [.. Enumerable.Range(0, 8).Select(e => (float)(e * j))];
            if (j > 15) (array[2], array[j & 3]) = (-1, -2);
            Assert.Equal(array[j & 7], result[j]);
            Assert.Equal(array[2], result[j + 32]);
        }
    }

    [Fact]
    public void Sixteen_bytes_a_lane_in_every_element_type()
    {
        var k = new Kernel("wide", 32);
        Builder b = k.Build;
        var x = k.View("x");
        var y = k.View("y");
        Value i = b.Binary(Opcode.Mul, Global(k), b.Int(16));
        (IrType, int)[] kinds = [(IrType.U8, 8), (IrType.S8, 4), (IrType.U16, 8), (IrType.S16, 2), (IrType.BF16, 4), (IrType.S32, 4), (IrType.F32, 2), (IrType.U64, 2), (IrType.F64, 1), (IrType.S64, 2), (IrType.U8, 2)];
        int at = 0;
        foreach ((IrType elem, int count) in kinds)
        {
            // Reversed, so that elements must find their places.
            int base_ = at;
            Value[] values = b.Emit(Opcode.Load, [.. Enumerable.Repeat(elem, count)], [x.Pointer, i, x.Length], op => (op.Elem, op.Count, op.Stride, op.Offset) = (elem, count, 1, 0));
            b.Emit(Opcode.Store, [], [y.Pointer, b.Binary(Opcode.Add, i, b.Int(base_)), y.Length, .. values.Reverse()], op => (op.Elem, op.Count, op.Stride, op.Offset) = (elem, count, 1, 0));
            at += 512;
        }

        byte[] source = new byte[512], target = new byte[512 * kinds.Length];
        new Random(1).NextBytes(source);
        LanesRunner.Run(k.Ir, 1, source, target);
        for (int kind = 0; kind < kinds.Length; kind++)
        {
            (IrType elem, int count) = kinds[kind];
            int size = elem.Size();
            for (int lane = 0; lane < 32; lane++)
                for (int e = 0; e < count; e++)
                    for (int o = 0; o < size; o++) Assert.Equal(source[16 * lane + (count - 1 - e) * size + o], target[512 * kind + 16 * lane + e * size + o]);
        }
    }

    [Fact]
    public void Scalars_compute_without_lanes_and_refuse_nothing_at_compile_time()
    {
        var k = new Kernel("scalars", 32);
        Builder b = k.Build;
        var y = k.View("y");
        Value n = k.Scalar("int", IrType.S32), f = k.Scalar("Active", IrType.F32);
        Value Raw(Opcode code, IrType t, params Value[] x) => b.Emit(code, [t], x)[0];
        Value[] values =
        [
            Raw(Opcode.Div, IrType.S32, n, b.Int(0)), Raw(Opcode.Rem, IrType.S32, n, b.Int(0)), Raw(Opcode.Add, IrType.S32, b.Int(int.MaxValue), b.Int(1)),
            Raw(Opcode.Div, IrType.S32, b.Int(int.MinValue), b.Int(-1)), Raw(Opcode.Convert, IrType.S32, b.Float(1e20f)), Raw(Opcode.Neg, IrType.S32, b.Int(int.MinValue)),
            Raw(Opcode.Convert, IrType.S32, Raw(Opcode.Neg, IrType.U32, Raw(Opcode.Convert, IrType.U32, n))), Raw(Opcode.Shl, IrType.S32, n, b.Int(33)),
            Raw(Opcode.Convert, IrType.S32, Raw(Opcode.Convert, IrType.S8, b.Int(200))), Raw(Opcode.Convert, IrType.S32, Raw(Opcode.Convert, IrType.U8, f)),
            Raw(Opcode.Bitcast, IrType.S32, Raw(Opcode.Convert, IrType.F32, Raw(Opcode.Convert, IrType.BF16, f))), Raw(Opcode.Sub, IrType.S32, n, b.Int(-5)),
            Raw(Opcode.Select, IrType.S32, Raw(Opcode.Gt, IrType.Pred, f, b.Float(float.NaN)), b.Int(1), b.Int(2)), Raw(Opcode.LeadingZeroCount, IrType.S32, n),
            Raw(Opcode.MulHigh, IrType.S32, n, b.Int(1 << 30)), Raw(Opcode.Convert, IrType.S32, Raw(Opcode.Rem, IrType.F32, f, b.Float(-0.75f))),
        ];
        for (int i = 0; i < values.Length; i++) k.Store(y, b.Int(i), values[i]);
        int[] result = new int[values.Length];
        LanesRunner.Run(k.Ir, 1, result, 21, 300.7f);
        Assert.Equal([0, 21, int.MinValue, int.MinValue, int.MaxValue, int.MinValue, -21, 42, -56, 44, BitConverter.SingleToInt32Bits((float)(BFloat16)300.7f), 26, 2, 27, 5, 0], result);
    }

    [Fact]
    public void An_index_outside_names_the_lane()
    {
        var k = new Kernel("outside", 64);
        var y = k.View("y");
        k.Store(y, k.Build.Binary(Opcode.Mul, Global(k), k.Build.Int(2)), k.Build.Int(1));
        var fault = Assert.Throws<KernelFaultException>(() => LanesRunner.Run(k.Ir, 1, new int[100]));
        Assert.Equal((1, 18, 100L), (fault.Warp, fault.Lane, fault.Index));
    }
}
