using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Ptx;
using LbrCore.Compute.Generator.Tests.IR;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.Ptx;

/// <summary>Exact text of whole modules, printed without passes.</summary>
public class PrinterGoldenTests
{
    static void Same(string expected, Kernel kernel) => Assert.Equal(expected.ReplaceLineEndings("\n") + "\n", PtxPrinter.Print(kernel.Ir).Text);

    [Fact]
    public void A_guarded_copy_is_predicated_and_loads_only_the_parameters_it_reads()
    {
        var k = new Kernel("copy");
        k.Ir.Source = new("Copy.cs", 9);
        Builder b = k.Build;
        (Value, Value) x = k.View("x"), y = k.View("y");
        Value n = k.Scalar("n", IrType.S32);
        b.Source = new("Copy.cs", 11);
        Value i = b.Binary(Opcode.Add, b.Binary(Opcode.Mul, b.Special(SpecialRegister.GridIdxX), b.Int(128)), b.Special(SpecialRegister.GroupIdxX));
        b.Source = new("Copy.cs", 12);
        k.If(b.Compare(Opcode.Lt, i, n), () =>
        {
            k.Store(y, i, k.Load(x, i, IrType.F32));
            return [];
        });
        Same("""
            .version 7.0
            .target sm_80
            .address_size 64
            // copy: Copy.cs:9
            .visible .entry copy(
            	.param .u64 p0_x,
            	.param .s64 p1_x_length,
            	.param .u64 p2_y,
            	.param .s64 p3_y_length,
            	.param .s32 p4_n
            )
            .reqntid 128, 1, 1
            {
            	.reg .pred %p<1>;
            	.reg .b32 %r<5>;
            	.reg .b64 %rd<8>;
            	.reg .f32 %f<1>;
            	ld.param.u64 %rd0, [p0_x];
            	cvta.to.global.u64 %rd1, %rd0;
            	ld.param.u64 %rd2, [p2_y];
            	cvta.to.global.u64 %rd3, %rd2;
            	ld.param.s32 %r0, [p4_n];
            	// Copy.cs:11
            	mov.u32 %r1, %ctaid.x;
            	mul.lo.s32 %r2, %r1, 128;
            	mov.u32 %r3, %tid.x;
            	add.s32 %r4, %r2, %r3;
            	// Copy.cs:12
            	setp.lt.s32 %p0, %r4, %r0;
            	@%p0 mul.wide.s32 %rd5, %r4, 4;
            	@%p0 add.s64 %rd4, %rd1, %rd5;
            	@%p0 ld.global.f32 %f0, [%rd4];
            	@%p0 mul.wide.s32 %rd7, %r4, 4;
            	@%p0 add.s64 %rd6, %rd3, %rd7;
            	@%p0 st.global.f32 [%rd6], %f0;
            	ret;
            }
            """, k);
    }
}
