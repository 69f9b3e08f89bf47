using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Tests.IR;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.Ptx;

/// <summary>Branches, loops and the registers that flow through them.</summary>
public class ControlFlowTests
{
    readonly Kernel _k = new();
    readonly (Value Pointer, Value Length) _x;
    readonly Value _n, _f, _c;

    public ControlFlowTests()
    {
        _x = _k.View("x");
        _n = _k.Scalar("n", IrType.S32);
        _f = _k.Scalar("f", IrType.F32);
        _c = B.Compare(Opcode.Gt, _n, B.Special(SpecialRegister.GroupIdxX));
    }

    Builder B => _k.Build;

    void Expect(params string[] lines) => Assert.Equal(["mov.u32 %r1, %tid.x;", "setp.gt.s32 %p0, %r0, %r1;", .. lines], InstructionTests.Body(_k));

    void Barrier() => B.Emit(Opcode.Barrier, [], []);

    [Fact]
    public void Short_arms_are_predicated_and_write_the_result_in_place()
    {
        Value[] r = _k.If(_c, () => [B.Binary(Opcode.Add, _f, B.Float(1))], () => [B.Binary(Opcode.Sub, _f, B.Float(1))]);
        _k.Store(_x, B.Int(0), r[0]);
        Expect("@%p0 add.rn.f32 %f1, %f0, 0f3F800000;", "@!%p0 sub.rn.f32 %f1, %f0, 0f3F800000;", "st.global.f32 [%rd1], %f1;");
    }

    [Fact]
    public void Arms_with_a_barrier_branch()
    {
        _k.If(_c, () =>
        {
            Barrier();
            return [];
        }, () =>
        {
            Barrier();
            return [];
        });
        Expect("@!%p0 bra $else_1;", "bar.sync 0;", "bra.uni $end_0;", "$else_1:", "bar.sync 0;", "$end_0:");
    }

    [Fact]
    public void An_empty_then_arm_is_jumped_over_with_the_condition()
    {
        _k.If(_c, () => [], () =>
        {
            Barrier();
            return [];
        });
        Expect("@%p0 bra $end_0;", "bar.sync 0;", "$end_0:");
    }

    [Fact]
    public void A_uniform_branch_says_so()
    {
        _k.If(B.Compare(Opcode.Gt, _n, B.Int(3)), () =>
        {
            Barrier();
            return [];
        });
        Expect("setp.gt.s32 %p1, %r0, 3;", "@!%p1 bra.uni $end_0;", "bar.sync 0;", "$end_0:");
    }

    [Fact]
    public void Carried_values_are_updated_in_place()
    {
        Value[] r = _k.Loop([B.Int(0), _f], a =>
        {
            Value next = B.Binary(Opcode.Add, a[0], B.Int(1));
            return (B.Compare(Opcode.Lt, next, _n), [next, B.Binary(Opcode.Mul, a[1], a[1])]);
        });
        _k.Store(_x, B.Int(0), r[1]);
        Expect("mov.b32 %r2, 0;", "$loop_0:", "add.s32 %r2, %r2, 1;", "setp.lt.s32 %p1, %r2, %r0;", "mul.rn.f32 %f0, %f0, %f0;", "@%p1 bra.uni $loop_0;", "st.global.f32 [%rd1], %f0;");
    }

    [Fact]
    public void Values_that_change_places_go_through_a_third_register()
    {
        Value[] r = _k.Loop([_f, B.Float(1)], a => (B.Compare(Opcode.Lt, a[0], B.Float(9)), [a[1], a[0]]));
        _k.Store(_x, B.Int(0), r[0], r[1]);
        Expect("mov.f32 %f1, 0f3F800000;", "$loop_0:", "setp.lt.f32 %p1, %f0, 0f41100000;", "mov.f32 %f2, %f0;", "mov.f32 %f0, %f1;", "mov.f32 %f1, %f2;", "@%p1 bra.uni $loop_0;",
            "st.global.v2.f32 [%rd1], {%f0, %f1};");
    }

    [Fact]
    public void A_value_read_after_its_successor_is_made_keeps_its_register()
    {
        _k.Loop([B.Int(0)], a =>
        {
            Value next = B.Binary(Opcode.Add, a[0], B.Int(1));
            _k.Store(_x, B.Int(0), B.Convert(a[0], IrType.F32));
            return (B.Compare(Opcode.Lt, next, _n), [next]);
        });
        Expect("mov.b32 %r2, 0;", "$loop_0:", "add.s32 %r3, %r2, 1;", "cvt.rn.f32.s32 %f0, %r2;", "st.global.f32 [%rd1], %f0;", "setp.lt.s32 %p1, %r3, %r0;", "mov.b32 %r2, %r3;", "@%p1 bra.uni $loop_0;");
    }

    [Fact]
    public void A_condition_that_the_copies_overwrite_is_kept()
    {
        Value[] r = _k.Loop([_c], a => (a[0], [B.Bool(false)]));
        _k.If(r[0], () =>
        {
            _k.Store(_x, B.Int(0), _f);
            return [];
        });
        Expect("$loop_0:", "mov.pred %p1, %p0;", "mov.pred %p0, 0;", "@%p1 bra $loop_0;", "@%p0 st.global.f32 [%rd1], %f0;");
    }

    [Fact]
    public void A_test_on_top_leaves_the_loop_directly()
    {
        Value[] r = _k.Loop([B.Int(0)], a =>
        {
            Value[] t = _k.If(B.Compare(Opcode.Lt, a[0], _n), () =>
            {
                Barrier();
                return [B.Bool(true), B.Binary(Opcode.Add, a[0], B.Int(1))];
            }, () => [B.Bool(false), a[0]]);
            return (t[0], [t[1]]);
        });
        _k.Store(_x, r[0], _f);
        Expect("mov.b32 %r2, 0;", "$loop_0:", "setp.lt.s32 %p1, %r2, %r0;", "@!%p1 bra.uni $exit_1;", "bar.sync 0;", "add.s32 %r2, %r2, 1;", "bra.uni $loop_0;", "$exit_1:",
            "mul.wide.s32 %rd3, %r2, 4;", "add.s64 %rd2, %rd1, %rd3;", "st.global.f32 [%rd2], %f0;");
    }

    [Fact]
    public void A_break_with_work_on_the_way_out_falls_out_of_the_loop()
    {
        _k.Loop([B.Int(0)], a =>
        {
            Value[] t = _k.If(B.Compare(Opcode.Gt, a[0], B.Int(50)), () =>
            {
                _k.Store(_x, B.Int(1), _f);
                return [B.Bool(false), a[0]];
            }, () =>
            {
                Barrier();
                Value next = B.Binary(Opcode.Add, a[0], B.Int(1));
                return [B.Compare(Opcode.Lt, next, _n), next];
            });
            return (t[0], [t[1]]);
        });
        Expect("mov.b32 %r2, 0;", "$loop_0:", "setp.gt.s32 %p1, %r2, 50;", "@%p1 bra.uni $leave_2;", "bar.sync 0;", "add.s32 %r2, %r2, 1;", "setp.lt.s32 %p2, %r2, %r0;", "@%p2 bra.uni $loop_0;", "bra.uni $exit_1;",
            "$leave_2:", "st.global.f32 [%rd1+4], %f0;", "$exit_1:");
    }
}
