using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Passes;
using LbrCore.Compute.Generator.Ptx;
using LbrCore.Compute.Generator.Tests.IR;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.Ptx;

/// <summary>Exact text of kernels that have gone through all passes, from the closing parenthesis of the parameters on.</summary>
public class PipelineGoldenTests
{
    static void Same(string expected, Kernel kernel)
    {
        Pipeline.ForPtx(kernel.Ir);
        string text = PtxPrinter.Print(kernel.Ir).Text;
        Assert.Equal(expected.ReplaceLineEndings("\n") + "\n", text[(text.IndexOf("\n)\n", StringComparison.Ordinal) + 3)..]);
    }

    [Fact]
    public void A_grid_stride_loop_advances_its_pointers()
    {
        var k = new Kernel("axpy");
        Builder b = k.Build;
        (Value, Value) x = k.View("x"), y = k.View("y");
        Value n = k.Scalar("n", IrType.S32), a = k.Scalar("a", IrType.F32);
        Value first = b.Binary(Opcode.Add, b.Binary(Opcode.Mul, b.Special(SpecialRegister.GridIdxX), b.Special(SpecialRegister.GroupDimX)), b.Special(SpecialRegister.GroupIdxX));
        Value step = b.Binary(Opcode.Mul, b.Special(SpecialRegister.GridDimX), b.Special(SpecialRegister.GroupDimX));
        k.If(b.Compare(Opcode.Lt, first, n), () =>
        {
            k.Loop([first], i =>
            {
                Value product = b.Binary(Opcode.Mul, a, k.Load(x, i[0], IrType.F32, CacheKind.ReadOnly));
                k.Store(y, i[0], b.Binary(Opcode.Add, product, k.Load(y, i[0], IrType.F32)));
                Value next = b.Binary(Opcode.Add, i[0], step);
                return (b.Compare(Opcode.Lt, next, n), [next]);
            });
            return [];
        });
        Same("""
            .reqntid 128, 1, 1
            {
            	.reg .pred %p<2>;
            	.reg .b32 %r<7>;
            	.reg .b64 %rd<11>;
            	.reg .f32 %f<4>;
            	ld.param.u64 %rd0, [p0_x];
            	cvta.to.global.u64 %rd1, %rd0;
            	ld.param.u64 %rd2, [p2_y];
            	cvta.to.global.u64 %rd3, %rd2;
            	ld.param.s32 %r0, [p4_n];
            	ld.param.f32 %f0, [p5_a];
            	mov.u32 %r1, %ctaid.x;
            	mul.lo.s32 %r2, %r1, 128;
            	mov.u32 %r3, %tid.x;
            	add.s32 %r4, %r2, %r3;
            	mov.u32 %r5, %nctaid.x;
            	mul.lo.s32 %r6, %r5, 128;
            	setp.lt.s32 %p0, %r4, %r0;
            	@!%p0 bra $end_2;
            	mul.wide.s32 %rd5, %r4, 4;
            	add.s64 %rd4, %rd1, %rd5;
            	mul.wide.s32 %rd6, %r6, 4;
            	mul.wide.s32 %rd8, %r4, 4;
            	add.s64 %rd7, %rd3, %rd8;
            $loop_0:
            	ld.global.nc.f32 %f1, [%rd4];
            	ld.global.f32 %f2, [%rd7];
            	fma.rn.f32 %f3, %f0, %f1, %f2;
            	st.global.f32 [%rd7], %f3;
            	add.s32 %r4, %r4, %r6;
            	setp.lt.s32 %p1, %r4, %r0;
            	add.s64 %rd4, %rd4, %rd6;
            	add.s64 %rd7, %rd7, %rd6;
            	@%p1 bra $loop_0;
            $end_2:
            	ret;
            }
            """, k);
    }

    [Fact]
    public void A_transposition_through_shared_memory()
    {
        var k = new Kernel("transpose", groupSize: 256);
        Builder b = k.Build;
        (Value, Value) x = k.View("x"), y = k.View("y");
        Value rows = k.Scalar("rows", IrType.S32), columns = k.Scalar("columns", IrType.S32);
        (Value, Value) tile = k.Shared(IrType.F32, 32 * 33);
        Value t = b.Special(SpecialRegister.GroupIdxX), tx = b.Binary(Opcode.Rem, t, b.Int(32)), ty = b.Binary(Opcode.Div, t, b.Int(32));
        Value Times(Value v, int c) => b.Binary(Opcode.Mul, v, b.Int(c));
        Value Plus(Value v, Value w) => b.Binary(Opcode.Add, v, w);
        Value column = Plus(Times(b.Special(SpecialRegister.GridIdxX), 32), tx), row = Plus(Times(b.Special(SpecialRegister.GridIdxY), 32), ty);
        for (int i = 0; i < 32; i += 16) k.Store(tile, Plus(Times(Plus(ty, b.Int(i)), 33), tx), k.Load(x, Plus(b.Binary(Opcode.Mul, Plus(row, b.Int(i)), columns), column), IrType.F32));
        b.Emit(Opcode.Barrier, [], []);
        for (int i = 0; i < 32; i += 16) k.Store(y, Plus(b.Binary(Opcode.Mul, Plus(column, b.Int(i)), rows), row), k.Load(tile, Plus(Times(tx, 33), Plus(ty, b.Int(i))), IrType.F32));
        Same("""
            .reqntid 256, 1, 1
            {
            	.shared .align 16 .b8 static_shared[4224];
            	.reg .b32 %r<30>;
            	.reg .b64 %rd<12>;
            	.reg .f32 %f<4>;
            	ld.param.u64 %rd0, [p0_x];
            	cvta.to.global.u64 %rd1, %rd0;
            	ld.param.u64 %rd2, [p2_y];
            	cvta.to.global.u64 %rd3, %rd2;
            	ld.param.s32 %r0, [p4_rows];
            	ld.param.s32 %r1, [p5_columns];
            	mov.u32 %r16, static_shared;
            	mov.u32 %r2, %tid.x;
            	and.b32 %r3, %r2, 31;
            	shr.s32 %r4, %r2, 5;
            	mov.u32 %r5, %ctaid.x;
            	mul.lo.s32 %r6, %r5, 32;
            	add.s32 %r7, %r6, %r3;
            	mov.u32 %r8, %ctaid.y;
            	mul.lo.s32 %r9, %r8, 32;
            	add.s32 %r10, %r9, %r4;
            	mul.lo.s32 %r11, %r10, %r1;
            	add.s32 %r12, %r7, %r11;
            	mul.wide.s32 %rd5, %r12, 4;
            	add.s64 %rd4, %rd1, %rd5;
            	ld.global.f32 %f0, [%rd4];
            	mul.lo.s32 %r13, %r4, 33;
            	add.s32 %r14, %r3, %r13;
            	shl.b32 %r17, %r14, 2;
            	add.s32 %r15, %r16, %r17;
            	st.shared.f32 [%r15], %f0;
            	add.s32 %r18, %r10, 16;
            	mul.lo.s32 %r19, %r18, %r1;
            	add.s32 %r20, %r7, %r19;
            	mul.wide.s32 %rd7, %r20, 4;
            	add.s64 %rd6, %rd1, %rd7;
            	ld.global.f32 %f1, [%rd6];
            	st.shared.f32 [%r15+2112], %f1;
            	bar.sync 0;
            	mul.lo.s32 %r21, %r7, %r0;
            	mul.lo.s32 %r22, %r3, 33;
            	add.s32 %r23, %r22, %r4;
            	shl.b32 %r25, %r23, 2;
            	add.s32 %r24, %r16, %r25;
            	ld.shared.f32 %f2, [%r24];
            	add.s32 %r26, %r10, %r21;
            	mul.wide.s32 %rd9, %r26, 4;
            	add.s64 %rd8, %rd3, %rd9;
            	st.global.f32 [%rd8], %f2;
            	add.s32 %r27, %r7, 16;
            	mul.lo.s32 %r28, %r27, %r0;
            	ld.shared.f32 %f3, [%r24+64];
            	add.s32 %r29, %r10, %r28;
            	mul.wide.s32 %rd11, %r29, 4;
            	add.s64 %rd10, %rd3, %rd11;
            	st.global.f32 [%rd10], %f3;
            	ret;
            }
            """, k);
    }

    [Fact]
    public void A_search_leaves_its_loop_at_the_break()
    {
        var k = new Kernel("search", groupSize: 32);
        Builder b = k.Build;
        (Value, Value) x = k.View("x"), found = k.View("found");
        Value n = k.Scalar("n", IrType.S32), t = b.Special(SpecialRegister.LaneIdx);
        k.If(b.Compare(Opcode.Lt, t, n), () =>
        {
            Value[] r = k.Loop([t], i =>
            {
                Value hit = b.Compare(Opcode.Eq, k.Load(x, i[0], IrType.S32), b.Int(0)), stay = b.Pure(Opcode.Not, IrType.Pred, [hit]);
                k.If(hit, () =>
                {
                    k.Store(found, b.Int(0), i[0]);
                    b.Emit(Opcode.Fence, [], [], op => op.Attr = 1);
                    return [];
                });
                Value next = b.Binary(Opcode.Add, i[0], b.Int(32));
                return (b.Binary(Opcode.And, stay, b.Compare(Opcode.Lt, next, n)), [b.Select(stay, next, i[0])]);
            });
            return [];
        });
        Same("""
            .reqntid 32, 1, 1
            {
            	.reg .pred %p<3>;
            	.reg .b32 %r<3>;
            	.reg .b64 %rd<6>;
            	ld.param.u64 %rd0, [p0_x];
            	cvta.to.global.u64 %rd1, %rd0;
            	ld.param.u64 %rd2, [p2_found];
            	cvta.to.global.u64 %rd3, %rd2;
            	ld.param.s32 %r0, [p4_n];
            	mov.u32 %r1, %laneid;
            	setp.lt.s32 %p0, %r1, %r0;
            	@!%p0 bra $end_3;
            	mul.wide.s32 %rd5, %r1, 4;
            	add.s64 %rd4, %rd1, %rd5;
            $loop_0:
            	ld.global.s32 %r2, [%rd4];
            	setp.eq.s32 %p1, %r2, 0;
            	@%p1 bra $leave_2;
            	add.s32 %r1, %r1, 32;
            	setp.lt.s32 %p2, %r1, %r0;
            	add.s64 %rd4, %rd4, 128;
            	@%p2 bra $loop_0;
            	bra.uni $exit_1;
            $leave_2:
            	st.global.s32 [%rd3], %r1;
            	fence.acq_rel.gpu;
            $exit_1:
            $end_3:
            	ret;
            }
            """, k);
    }

    [Fact]
    public void A_packed_scaling_of_bfloat16()
    {
        var k = new Kernel("scale", groupSize: 128);
        Builder b = k.Build;
        (Value Pointer, Value Length) x = k.View("x");
        Value f = k.Scalar("f", IrType.F32);
        Value i = b.Binary(Opcode.Mul, b.Special(SpecialRegister.GroupIdxX), b.Int(8));
        Value[] words = [.. k.Loads(x, i, IrType.U32, 4, CacheKind.Streaming, stride: 2)];
        for (int w = 0; w < 4; w++)
        {
            Value Scaled(Opcode part) => b.Convert(b.Pure(Opcode.Bitcast, IrType.U16, [b.Convert(b.Binary(Opcode.Mul, b.Pure(part, IrType.F32, [words[w]]), f), IrType.BF16)]), IrType.U32);
            words[w] = b.Binary(Opcode.Or, b.Binary(Opcode.And, Scaled(Opcode.UnpackLow), b.Const(IrType.U32, 0xFFFF)), b.Binary(Opcode.Shl, Scaled(Opcode.UnpackHigh), b.Int(16)));
        }

        b.Emit(Opcode.Store, [], [x.Pointer, i, x.Length, .. words], op => (op.Elem, op.Count, op.Stride) = (IrType.U32, 4, 2));
        Same("""
            .reqntid 128, 1, 1
            {
            	.reg .b32 %r<17>;
            	.reg .b64 %rd<4>;
            	.reg .f32 %f<17>;
            	ld.param.u64 %rd0, [p0_x];
            	cvta.to.global.u64 %rd1, %rd0;
            	ld.param.f32 %f0, [p2_f];
            	mov.u32 %r0, %tid.x;
            	mul.wide.s32 %rd3, %r0, 16;
            	add.s64 %rd2, %rd1, %rd3;
            	ld.global.nc.L1::no_allocate.v4.u32 {%r1, %r2, %r3, %r4}, [%rd2];
            	shl.b32 %r5, %r1, 16;
            	mov.b32 %f1, %r5;
            	mul.rn.f32 %f2, %f1, %f0;
            	and.b32 %r6, %r1, 0xffff0000;
            	mov.b32 %f3, %r6;
            	mul.rn.f32 %f4, %f3, %f0;
            	cvt.rn.bf16x2.f32 %r7, %f4, %f2;
            	shl.b32 %r8, %r2, 16;
            	mov.b32 %f5, %r8;
            	mul.rn.f32 %f6, %f5, %f0;
            	and.b32 %r9, %r2, 0xffff0000;
            	mov.b32 %f7, %r9;
            	mul.rn.f32 %f8, %f7, %f0;
            	cvt.rn.bf16x2.f32 %r10, %f8, %f6;
            	shl.b32 %r11, %r3, 16;
            	mov.b32 %f9, %r11;
            	mul.rn.f32 %f10, %f9, %f0;
            	and.b32 %r12, %r3, 0xffff0000;
            	mov.b32 %f11, %r12;
            	mul.rn.f32 %f12, %f11, %f0;
            	cvt.rn.bf16x2.f32 %r13, %f12, %f10;
            	shl.b32 %r14, %r4, 16;
            	mov.b32 %f13, %r14;
            	mul.rn.f32 %f14, %f13, %f0;
            	and.b32 %r15, %r4, 0xffff0000;
            	mov.b32 %f15, %r15;
            	mul.rn.f32 %f16, %f15, %f0;
            	cvt.rn.bf16x2.f32 %r16, %f16, %f14;
            	st.global.v4.u32 [%rd2], {%r7, %r10, %r13, %r16};
            	ret;
            }
            """, k);
    }
}
