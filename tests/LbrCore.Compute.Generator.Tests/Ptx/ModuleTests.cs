using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Ptx;
using LbrCore.Compute.Generator.Tests.IR;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.Ptx;

/// <summary>The frame around the instructions: versions, limits, parameters, raw PTX.</summary>
public class ModuleTests
{
    [Fact]
    public void Limits_stand_behind_the_parameters()
    {
        var k = new Kernel("limited", groupSize: 64);
        (k.Ir.MinGroupsPerMultiprocessor, k.Ir.MaxRegisters) = (2, 96);
        Assert.Contains(".visible .entry limited()\n.reqntid 64, 1, 1\n.minnctapersm 2\n.maxnreg 96\n{\n", PtxPrinter.Print(k.Ir).Text);
        Assert.Contains("\n.maxntid 1024, 1, 1\n", PtxPrinter.Print(new Kernel(groupSize: 0).Ir).Text);
    }

    [Fact]
    public void Parameters_have_one_slot_each_and_narrow_ones_four_bytes()
    {
        var k = new Kernel();
        foreach (IrType t in (IrType[])[IrType.Pred, IrType.S8, IrType.U16, IrType.BF16, IrType.F64, IrType.U64]) k.Scalar("max", t);
        Value b = k.Ir.Parameters[1].Value;
        k.Build.Emit(Opcode.Neg, [IrType.S32], [k.Build.Convert(b, IrType.S32)]);
        string text = PtxPrinter.Print(k.Ir).Text;
        Assert.Contains("(\n\t.param .u32 p0_max,\n\t.param .u32 p1_max,\n\t.param .u32 p2_max,\n\t.param .b16 p3_max,\n\t.param .f64 p4_max,\n\t.param .u64 p5_max\n)\n", text);
        Assert.Contains("ld.param.s8 %r0, [p1_max];", text);
        Assert.DoesNotContain("[p0_max]", text);
    }

    [Fact]
    public void Dependent_launches_are_optional_lines_for_sm_90()
    {
        var k = new Kernel();
        k.Build.Emit(Opcode.GridDependencySynchronize, [], []);
        k.Build.Emit(Opcode.GridTriggerLaunchCompletion, [], []);
        PtxModule m = PtxPrinter.Print(k.Ir);
        Assert.StartsWith(".version 7.8\n// minimum: sm_80\n.target sm_90\n", m.Text);
        Assert.Contains("\tgriddepcontrol.wait; // optional: sm_90\n\tgriddepcontrol.launch_dependents; // optional: sm_90\n", m.Text);
        Assert.Equal(80, m.MinimumCapability);
    }

    [Theory]
    [InlineData("mov.b32 %0, %1;", "7.0", "sm_80", 80, false)]
    [InlineData("{ stmatrix.sync.aligned.m8n8.x1.shared.b16 [%1], {%0}; }", "7.8", "sm_90", 90, false)]
    [InlineData("wgmma.fence.sync.aligned; mov.b32 %0, %1;", "8.0", "sm_90a", 90, true)]
    [InlineData("ld.global.L1::evict_last.b32 %0, [%1];", "7.4", "sm_80", 80, false)]
    [InlineData("elect.sync %0|%1, 0xffffffff;", "8.0", "sm_90", 90, false)]
    public void Raw_PTX_raises_the_version_as_far_as_it_needs(string template, string version, string target, int capability, bool specific)
    {
        var k = new Kernel();
        Value n = k.Scalar("n", IrType.U32);
        k.Build.Emit(Opcode.Ptx, [IrType.U32], [n], op => op.Text = template);
        PtxModule m = PtxPrinter.Print(k.Ir);
        Assert.StartsWith($".version {version}\n.target {target}\n", m.Text);
        Assert.Equal(capability, m.MinimumCapability);
        Assert.Equal(specific, m.ArchitectureSpecific);
    }

    [Fact]
    public void Raw_PTX_names_outputs_then_inputs_and_ties_read_write_operands()
    {
        var k = new Kernel();
        Value a = k.Scalar("a", IrType.F32), n = k.Scalar("n", IrType.S32);
        Value[] r = k.Build.Emit(Opcode.Ptx, [IrType.F32, IrType.S32], [k.Build.Int(5), a], op => op.Text = "@tie 0 3\nfma.rn.f32 %0, %0, %0, %0;\n  mov.u32 %1, %laneid; // %2");
        k.Store(k.View("x"), k.Build.Int(0), r[0], a);
        Assert.NotNull(n);
        Assert.Equal(["mov.b32 %r0, 5;", "mov.f32 %f1, %f0;", "fma.rn.f32 %f1, %f1, %f1, %f1;", "mov.u32 %r1, %laneid; // %r0", "st.global.v2.f32 [%rd1], {%f1, %f0};"], InstructionTests.Body(k));
    }

    [Fact]
    public void A_placeholder_without_an_operand_is_an_error()
    {
        var k = new Kernel();
        k.Build.Emit(Opcode.Ptx, [], [], op => op.Text = "mov.b32 %0, 1;");
        Assert.Contains("%0", Assert.Throws<InvalidIrException>(() => PtxPrinter.Print(k.Ir)).Message);
    }

    [Fact]
    public void An_output_of_raw_PTX_does_not_share_a_register_with_an_input()
    {
        var k = new Kernel();
        Value n = k.Scalar("n", IrType.U32);
        Value[] r = k.Loop([n], a => (k.Build.Compare(Opcode.Lt, a[0], n), k.Build.Emit(Opcode.Ptx, [IrType.U32], [a[0]], op => op.Text = "mov.b32 %0, 0; add.u32 %0, %0, %1;")));
        k.Store(k.View("x"), k.Build.Int(0), r[0]);
        string line = Assert.Single(InstructionTests.Body(k), l => l.Contains("add.u32"));
        Assert.Equal("mov.b32 %r2, 0; add.u32 %r2, %r2, %r1;", line);
    }
}
