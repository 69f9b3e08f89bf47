using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Lanes;
using LbrCore.Compute.Generator.Tests.IR;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.Lanes;

/// <summary>Exact text of whole classes, printed without passes.</summary>
public class LanesGoldenTests
{
    static void Same(string expected, Kernel kernel) => Assert.Equal(expected.ReplaceLineEndings("\n") + "\n", LanesPrinter.Print(kernel.Ir, kernel.Ir.Name + "_lanes"));

    [Fact]
    public void A_guarded_copy_runs_under_a_mask()
    {
        var k = new Kernel("copy");
        k.Ir.Source = new("Copy.cs", 9);
        Builder b = k.Build;
        (Value, Value) x = k.View("x"), y = k.View("y");
        Value n = k.Scalar("n", IrType.S32);
        b.Source = new("Copy.cs", 11);
        Value i = b.Binary(Opcode.Add, b.Binary(Opcode.Mul, b.Special(SpecialRegister.GridIdxX), b.Int(128)), b.Special(SpecialRegister.GroupIdxX));
        i.Name = "i";
        b.Source = new("Copy.cs", 12);
        k.If(b.Compare(Opcode.Lt, i, n), () =>
        {
            k.Store(y, i, k.Load(x, i, IrType.F32));
            return [];
        });
        Same("""
            /// <summary>copy (Copy.cs:9), 32 lanes at a time.</summary>
            file sealed unsafe class copy_lanes : LanesWarp
            {
                [global::System.Runtime.CompilerServices.SkipLocalsInit]
                [global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
                protected override bool Resume(int state)
                {
                    byte* x = (byte*)Args[0];
                    long x_length = (long)Args[1];
                    byte* y = (byte*)Args[2];
                    long y_length = (long)Args[3];
                    int n = (int)Args[4];
                    I32 idxX = IdxX;
                    Mask active = Active;

                    // Copy.cs:11
                    I32 i = GridIdxX * 128 + idxX;
                    // Copy.cs:12
                    Mask lanes = active & (i < n);
                    if (lanes.AnyLane)
                    {
                        F32 t = Lanes.LoadRowF32(this, x, i, x_length, lanes);
                        Lanes.StoreRowF32(this, y, i, y_length, lanes, t);
                    }
                    return true;
                }
            }
            """, k);
    }

    [Fact]
    public void A_sum_over_rounds_with_a_barrier_resumes_behind_it()
    {
        var k = new Kernel("rounds", 64);
        Builder b = k.Build;
        (Value, Value) y = k.View("y");
        Value n = k.Scalar("n", IrType.S32), t = b.Special(SpecialRegister.GroupIdxX);
        (Value, Value) tile = k.Shared(IrType.F32, 64);
        Value[] end = k.Loop([b.Int(0), b.Float(0)], a =>
        {
            (a[0].Name, a[1].Name) = ("round", "sum");
            k.Store(tile, t, b.Binary(Opcode.Add, a[1], b.Float(1)));
            b.Emit(Opcode.Barrier, [], []);
            Value sum = b.Binary(Opcode.Add, a[1], k.Load(tile, b.Binary(Opcode.Xor, t, b.Int(1)), IrType.F32));
            Value next = b.Binary(Opcode.Add, a[0], b.Int(1));
            return (b.Compare(Opcode.Lt, next, n), [next, sum]);
        });
        k.Store(y, t, end[1]);
        Same("""
            /// <summary>rounds, 32 lanes at a time.</summary>
            file sealed unsafe class rounds_lanes : LanesWarp
            {
                private int _round;
                private F32 _sum;

                [global::System.Runtime.CompilerServices.SkipLocalsInit]
                [global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
                protected override bool Resume(int state)
                {
                    byte* y = (byte*)Args[0];
                    long y_length = (long)Args[1];
                    int n = (int)Args[2];
                    I32 idxX = IdxX;
                    Mask active = Active;
                    int round = default;
                    F32 sum = default;
                    switch (state)
                    {
                        case 1: goto Resume1;
                    }

                    round = 0;
                    sum = 0f;
                Loop1:
                    {
                        Lanes.StoreRowF32(this, Shared, idxX, 64L, sum + 1f);
                    }
                    _round = round;
                    _sum = sum;
                    NextState = 1;
                    return false;
                Resume1:
                    round = _round;
                    sum = _sum;
                    {
                        F32 t = Lanes.LoadF32(this, Shared, idxX ^ 1, 64L, active);
                        sum = sum + t;
                        round = round + 1;
                    }
                    if (round < n) goto Loop1;
                    {
                        Lanes.StoreRowF32(this, y, idxX, y_length, sum);
                    }
                    return true;
                }
            }
            """, k);
    }

    [Fact]
    public void A_loop_that_lanes_leave_one_by_one_keeps_their_results()
    {
        var k = new Kernel("powers", 32);
        Builder b = k.Build;
        (Value, Value) x = k.View("x"), y = k.View("y");
        Value t = b.Special(SpecialRegister.GroupIdxX), limit = k.Load(x, t, IrType.F32);
        Value[] end = k.Loop([b.Float(1), b.Int(0)], a =>
        {
            (a[0].Name, a[1].Name) = ("power", "steps");
            Value next = b.Binary(Opcode.Mul, a[0], b.Float(2));
            return (b.Compare(Opcode.Lt, next, limit), [next, b.Binary(Opcode.Add, a[1], b.Int(1))]);
        });
        k.Store(y, t, b.Convert(end[1], IrType.F32));
        Same("""
            /// <summary>powers, 32 lanes at a time.</summary>
            file sealed unsafe class powers_lanes : LanesWarp
            {
                [global::System.Runtime.CompilerServices.SkipLocalsInit]
                [global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
                protected override bool Resume(int state)
                {
                    byte* x = (byte*)Args[0];
                    long x_length = (long)Args[1];
                    byte* y = (byte*)Args[2];
                    long y_length = (long)Args[3];
                    I32 idxX = IdxX;
                    Mask active = Active;

                    F32 t = Lanes.LoadRowF32(this, x, idxX, x_length);
                    F32 power = 1f;
                    I32 steps = 0;
                    Mask live = active;
                    do
                    {
                        power = power * 2f;
                        steps = Lanes.Select(live, steps + 1, steps);
                        live &= power < t;
                    }
                    while (live.AnyLane);
                    Lanes.StoreRowF32(this, y, idxX, y_length, (F32)steps);
                    return true;
                }
            }
            """, k);
    }
}
