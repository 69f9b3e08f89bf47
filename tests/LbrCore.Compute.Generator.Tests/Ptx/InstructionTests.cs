using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Ptx;
using LbrCore.Compute.Generator.Tests.IR;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.Ptx;

/// <summary>The instructions of single ops, with parameters in %f0, %r0 and so on.</summary>
public class InstructionTests
{
    readonly Kernel _k = new();

    Builder B => _k.Build;

    internal static string[] Body(Kernel k) => [.. PtxPrinter.Print(k.Ir).Text.Split('\n').SkipWhile(l => l != "{").Skip(1).Select(l => l.Trim())
        .Where(l => l.Length > 1 && !l.StartsWith('.') && !l.StartsWith("ld.param", StringComparison.Ordinal) && !l.StartsWith("cvta", StringComparison.Ordinal) && l != "ret;")];

    void Expect(params string[] lines) => Assert.Equal(lines, Body(_k));

    Value P(IrType t) => _k.Scalar("p" + _k.Ir.Parameters.Count, t);

    void Op(Opcode code, IrType result, params Value[] x) => B.Emit(code, [result], x);

    [Theory]
    [InlineData(Opcode.Add, IrType.S32, "add.s32 %r2, %r0, %r1;")]
    [InlineData(Opcode.Add, IrType.F32, "add.rn.f32 %f2, %f0, %f1;")]
    [InlineData(Opcode.Sub, IrType.F64, "sub.rn.f64 %fd2, %fd0, %fd1;")]
    [InlineData(Opcode.Mul, IrType.F32, "mul.rn.f32 %f2, %f0, %f1;")]
    [InlineData(Opcode.Mul, IrType.U64, "mul.lo.u64 %rd2, %rd0, %rd1;")]
    [InlineData(Opcode.Div, IrType.F32, "div.rn.f32 %f2, %f0, %f1;")]
    [InlineData(Opcode.Div, IrType.U32, "div.u32 %r2, %r0, %r1;")]
    [InlineData(Opcode.Rem, IrType.S64, "rem.s64 %rd2, %rd0, %rd1;")]
    [InlineData(Opcode.MulHigh, IrType.U32, "mul.hi.u32 %r2, %r0, %r1;")]
    [InlineData(Opcode.Min, IrType.F32, "min.NaN.f32 %f2, %f0, %f1;")]
    [InlineData(Opcode.Max, IrType.S32, "max.s32 %r2, %r0, %r1;")]
    [InlineData(Opcode.And, IrType.U64, "and.b64 %rd2, %rd0, %rd1;")]
    [InlineData(Opcode.Xor, IrType.S32, "xor.b32 %r2, %r0, %r1;")]
    [InlineData(Opcode.DivApprox, IrType.F32, "div.full.f32 %f2, %f0, %f1;")]
    internal void Binary(Opcode code, IrType t, string expected)
    {
        Op(code, t, P(t), P(t));
        Expect(expected);
    }

    [Theory]
    [InlineData(Opcode.Neg, IrType.U32, "neg.s32 %r1, %r0;")]
    [InlineData(Opcode.Abs, IrType.F64, "abs.f64 %fd1, %fd0;")]
    [InlineData(Opcode.Not, IrType.S64, "not.b64 %rd1, %rd0;")]
    [InlineData(Opcode.Sqrt, IrType.F32, "sqrt.rn.f32 %f1, %f0;")]
    [InlineData(Opcode.Floor, IrType.F32, "cvt.rmi.f32.f32 %f1, %f0;")]
    [InlineData(Opcode.Ceiling, IrType.F64, "cvt.rpi.f64.f64 %fd1, %fd0;")]
    [InlineData(Opcode.Round, IrType.F32, "cvt.rni.f32.f32 %f1, %f0;")]
    [InlineData(Opcode.Truncate, IrType.F32, "cvt.rzi.f32.f32 %f1, %f0;")]
    [InlineData(Opcode.Exp2Approx, IrType.F32, "ex2.approx.ftz.f32 %f1, %f0;")]
    [InlineData(Opcode.RsqrtApprox, IrType.F32, "rsqrt.approx.ftz.f32 %f1, %f0;")]
    [InlineData(Opcode.RsqrtApprox, IrType.F64, "sqrt.rn.f64 %fd1, %fd0;", "rcp.rn.f64 %fd2, %fd1;")]
    [InlineData(Opcode.TanhApprox, IrType.F32, "tanh.approx.f32 %f1, %f0;")]
    [InlineData(Opcode.ReverseBits, IrType.U32, "brev.b32 %r1, %r0;")]
    internal void Unary(Opcode code, IrType t, params string[] expected)
    {
        Op(code, t, P(t));
        Expect(expected);
    }

    [Fact]
    public void Bit_counts_are_ints()
    {
        Value x = P(IrType.U64);
        Op(Opcode.PopCount, IrType.S32, x);
        Op(Opcode.LeadingZeroCount, IrType.S32, x);
        Op(Opcode.TrailingZeroCount, IrType.S32, x);
        Expect("popc.b64 %r0, %rd0;", "clz.b64 %r1, %rd0;", "brev.b64 %rd1, %rd0;", "clz.b64 %r2, %rd1;");
    }

    [Fact]
    public void A_double_minimum_lets_NaN_through()
    {
        Op(Opcode.Min, IrType.F64, P(IrType.F64), P(IrType.F64));
        Expect("min.f64 %fd2, %fd0, %fd1;", "add.rn.f64 %fd3, %fd0, %fd1;", "setp.nan.f64 %p0, %fd0, %fd1;", "selp.f64 %fd4, %fd3, %fd2, %p0;");
    }

    [Fact]
    public void A_float_remainder_rounds_step_by_step()
    {
        Op(Opcode.Rem, IrType.F32, P(IrType.F32), P(IrType.F32));
        Expect("div.rn.f32 %f2, %f0, %f1;", "cvt.rzi.f32.f32 %f3, %f2;", "mul.rn.f32 %f4, %f1, %f3;", "sub.rn.f32 %f5, %f0, %f4;");
    }

    [Fact]
    public void One_over_x_is_a_reciprocal()
    {
        Op(Opcode.Div, IrType.F32, B.Float(1), P(IrType.F32));
        Expect("rcp.rn.f32 %f1, %f0;");
    }

    [Fact]
    public void Constants_are_immediates_on_the_right_and_moved_elsewhere()
    {
        Value x = P(IrType.S32);
        Op(Opcode.Add, IrType.S32, B.Int(5), x);
        Op(Opcode.Sub, IrType.S32, B.Int(5), x);
        Op(Opcode.Lt, IrType.Pred, B.Int(5), x);
        Op(Opcode.And, IrType.U32, P(IrType.U32), B.Const(IrType.U32, 0xFFFF0000));
        Expect("add.s32 %r2, %r0, 5;", "mov.b32 %r4, 5;", "sub.s32 %r3, %r4, %r0;", "setp.gt.s32 %p0, %r0, 5;", "and.b32 %r5, %r1, 0xffff0000;");
    }

    [Fact]
    public void Shift_counts_wrap_unless_they_are_known_to_fit()
    {
        Value x = P(IrType.S32), n = P(IrType.S32);
        Op(Opcode.Shl, IrType.S32, x, n);
        Op(Opcode.Shr, IrType.S32, x, B.Special(SpecialRegister.LaneIdx));
        Op(Opcode.Shr, IrType.S32, x, B.Int(33));
        Expect("and.b32 %r2, %r1, 31;", "shl.b32 %r3, %r0, %r2;", "mov.u32 %r4, %laneid;", "shr.s32 %r5, %r0, %r4;", "shr.s32 %r6, %r0, 1;");
    }

    [Fact]
    public void Comparisons_of_floats_are_ordered_but_for_unequal()
    {
        Value a = P(IrType.F32), b = P(IrType.F32);
        Op(Opcode.Ne, IrType.Pred, a, b);
        Op(Opcode.Eq, IrType.Pred, a, b);
        Op(Opcode.Ge, IrType.Pred, a, b);
        Expect("setp.neu.f32 %p0, %f0, %f1;", "setp.eq.f32 %p1, %f0, %f1;", "setp.ge.f32 %p2, %f0, %f1;");
    }

    [Fact]
    public void Truth_values()
    {
        Value a = P(IrType.Pred), b = P(IrType.Pred);
        Op(Opcode.Eq, IrType.Pred, a, b);
        Op(Opcode.Select, IrType.Pred, a, b, a);
        Op(Opcode.Or, IrType.Pred, a, b);
        Expect("setp.ne.s32 %p0, %r0, 0;", "setp.ne.s32 %p1, %r1, 0;", "xor.pred %p3, %p0, %p1;", "not.pred %p2, %p3;",
            "and.pred %p5, %p0, %p1;", "not.pred %p6, %p0;", "and.pred %p7, %p6, %p0;", "or.pred %p4, %p5, %p7;", "or.pred %p8, %p0, %p1;");
    }

    [Theory]
    [InlineData(Opcode.Pack2, 0, "cvt.rn.bf16x2.f32 %r0, %f1, %f0;")]
    [InlineData(Opcode.Pack2, 1, "cvt.rn.f16x2.f32 %r0, %f1, %f0;")]
    internal void Packs_low_and_high(Opcode code, int kind, string expected)
    {
        B.Emit(code, [IrType.U32], [P(IrType.F32), P(IrType.F32)], op => op.Attr = kind);
        Expect(expected);
    }

    [Fact]
    public void Unpacks_by_shift_and_mask()
    {
        Value w = P(IrType.U32);
        B.Emit(Opcode.UnpackLow, [IrType.F32], [w]);
        B.Emit(Opcode.UnpackHigh, [IrType.F32], [w]);
        B.Emit(Opcode.UnpackHigh, [IrType.F32], [w], op => op.Attr = 1);
        Expect("shl.b32 %r1, %r0, 16;", "mov.b32 %f0, %r1;", "and.b32 %r2, %r0, 0xffff0000;", "mov.b32 %f1, %r2;", "mov.b32 {%h0, %h1}, %r0;", "cvt.f32.f16 %f2, %h1;");
    }

    [Fact]
    public void Pairs_of_bfloat16_add_and_multiply_by_fma_before_sm_90()
    {
        Value a = P(IrType.U32), b = P(IrType.U32);
        Op(Opcode.Add2, IrType.U32, a, b);
        Op(Opcode.Mul2, IrType.U32, a, b);
        Op(Opcode.Max2, IrType.U32, a, b);
        Op(Opcode.Fma2, IrType.U32, a, b, a);
        Expect("mov.b32 %r3, 0x3f803f80;", "fma.rn.bf16x2 %r2, %r0, %r3, %r1;", "mov.b32 %r5, 0x80008000;", "fma.rn.bf16x2 %r4, %r0, %r1, %r5;",
            "max.NaN.bf16x2 %r6, %r0, %r1;", "fma.rn.bf16x2 %r7, %r0, %r1, %r0;");
    }

    [Theory]
    [InlineData(IrType.S8, IrType.S32)]
    [InlineData(IrType.U8, IrType.U32)]
    [InlineData(IrType.S32, IrType.U32)]
    [InlineData(IrType.U64, IrType.S64)]
    [InlineData(IrType.U8, IrType.S16)]
    internal void Conversions_that_cost_nothing(IrType from, IrType to)
    {
        Value c = B.Convert(P(from), to);
        Assert.True(Aliases.IsAlias(c.Definition!));
        Expect();
    }

    [Theory]
    [InlineData(IrType.S32, IrType.S64, "cvt.s64.s32 %rd0, %r0;")]
    [InlineData(IrType.U8, IrType.U64, "cvt.u64.u32 %rd0, %r0;")]
    [InlineData(IrType.S64, IrType.S32, "cvt.u32.u64 %r0, %rd0;")]
    [InlineData(IrType.S32, IrType.S8, "cvt.s32.s8 %r1, %r0;")]
    [InlineData(IrType.S32, IrType.U16, "and.b32 %r1, %r0, 65535;")]
    [InlineData(IrType.S8, IrType.U8, "and.b32 %r1, %r0, 255;")]
    [InlineData(IrType.U64, IrType.S16, "cvt.u32.u64 %r1, %rd0;", "cvt.s32.s16 %r0, %r1;")]
    [InlineData(IrType.S32, IrType.F32, "cvt.rn.f32.s32 %f0, %r0;")]
    [InlineData(IrType.U64, IrType.F64, "cvt.rn.f64.u64 %fd0, %rd0;")]
    [InlineData(IrType.F32, IrType.F64, "cvt.f64.f32 %fd0, %f0;")]
    [InlineData(IrType.F64, IrType.F32, "cvt.rn.f32.f64 %f0, %fd0;")]
    [InlineData(IrType.F32, IrType.S32, "cvt.rzi.s32.f32 %r0, %f0;")]
    [InlineData(IrType.F32, IrType.U8, "cvt.rzi.s32.f32 %r1, %f0;", "and.b32 %r0, %r1, 255;")]
    [InlineData(IrType.F64, IrType.S32, "cvt.rzi.s32.f64 %r1, %fd0;", "setp.nan.f64 %p0, %fd0, %fd0;", "selp.b32 %r0, 0, %r1, %p0;")]
    [InlineData(IrType.F32, IrType.U64, "cvt.rzi.u64.f32 %rd1, %f0;", "setp.nan.f32 %p0, %f0, %f0;", "selp.b64 %rd0, 0, %rd1, %p0;")]
    [InlineData(IrType.F32, IrType.BF16, "cvt.rn.bf16.f32 %h0, %f0;")]
    [InlineData(IrType.BF16, IrType.F32, "mov.b32 %f0, {0, %h0};")]
    [InlineData(IrType.F16, IrType.F32, "cvt.f32.f16 %f0, %h0;")]
    internal void Conversions(IrType from, IrType to, params string[] expected)
    {
        B.Emit(Opcode.Convert, [to], [P(from)]);
        Expect(expected);
    }

    [Theory]
    [InlineData(IrType.F32, IrType.U32, "mov.b32 %r0, %f0;")]
    [InlineData(IrType.S64, IrType.F64, "mov.b64 %fd0, %rd0;")]
    [InlineData(IrType.F16, IrType.U16, "cvt.u32.u16 %r1, %h0;", "and.b32 %r0, %r1, 65535;")]
    [InlineData(IrType.S16, IrType.BF16, "cvt.u16.u32 %h0, %r0;")]
    [InlineData(IrType.U8, IrType.S8, "cvt.s32.s8 %r1, %r0;")]
    internal void Bit_casts(IrType from, IrType to, params string[] expected)
    {
        B.Emit(Opcode.Bitcast, [to], [P(from)]);
        Expect(expected);
    }

    [Fact]
    public void The_warp_index_of_a_group_of_any_shape_counts_all_axes()
    {
        var k = new Kernel(groupSize: 0);
        k.Build.Special(SpecialRegister.WarpIdx);
        Assert.Equal(["mov.u32 %r1, %tid.x;", "mov.u32 %r2, %tid.y;", "mov.u32 %r3, %tid.z;", "mov.u32 %r4, %ntid.x;", "mov.u32 %r5, %ntid.y;",
            "mad.lo.s32 %r6, %r3, %r5, %r2;", "mad.lo.s32 %r7, %r6, %r4, %r1;", "shr.u32 %r0, %r7, 5;"], Body(k));
    }
}
