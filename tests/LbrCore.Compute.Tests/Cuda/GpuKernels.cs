using System.Text;

namespace LbrCore.Compute.Tests.Cuda;

/// <summary>PTX written by hand for a real GPU, with the parameters of <see cref="TestKernels"/>.</summary>
internal static class GpuKernels
{
    private const string Parameters = "(.param .u64 x, .param .u64 n, .param .f32 value, .param .u32 mode)";

    /// <summary>x[i] += value for all i.</summary>
    internal static KernelVariant Add() => Kernel(".version 7.0\n.target sm_80\n", "");

    /// <summary>The same, as a dependent of the kernel before it.</summary>
    internal static KernelVariant AddDependent() => Kernel(
        ".version 7.8\n// minimum: sm_80\n.target sm_90\n", "griddepcontrol.launch_dependents; // optional: sm_90\ngriddepcontrol.wait; // optional: sm_90\n");

    /// <summary>An instruction that does not exist, in line 8.</summary>
    internal static KernelVariant Broken() => Variant(
        $".version 7.0\n.target sm_80\n.address_size 64\n.visible .entry add_scalar{Parameters}\n{{\n.reg .f32 %f<4>;\n// Add.cs:12\nadd.bogus %f1, %f2;\nret;\n}}\n", 0);

    /// <summary>Stores to address 16.</summary>
    internal static KernelVariant Wild() => Variant(
        $".version 7.0\n.target sm_80\n.address_size 64\n.visible .entry add_scalar{Parameters}\n{{\n.reg .b64 %rd<2>;\nmov.u64 %rd1, 16;\nst.global.u64 [%rd1], %rd1;\nret;\n}}\n", 0);

    /// <summary>x[i] = last word of the dynamic shared memory, which thread 0 of the group wrote; mode is its byte offset.</summary>
    internal static KernelVariant LastSharedWord() => Variant(
        ".version 7.0\n.target sm_80\n.address_size 64\n.extern .shared .align 128 .b8 dyn[];\n.visible .entry add_scalar" + Parameters + """

        {
        .reg .pred %p<2>;
        .reg .b32 %r<8>;
        .reg .b64 %rd<4>;
        .reg .f32 %f<4>;
        ld.param.u32 %r1, [mode];
        mov.u32 %r2, dyn;
        add.u32 %r3, %r2, %r1;
        mov.u32 %r4, %tid.x;
        setp.ne.u32 %p1, %r4, 0;
        @%p1 bra WRITTEN;
        ld.param.f32 %f1, [value];
        st.shared.f32 [%r3], %f1;
        WRITTEN:
        bar.sync 0;
        ld.shared.f32 %f2, [%r3];
        ld.param.u64 %rd1, [x];
        cvta.to.global.u64 %rd2, %rd1;
        mul.wide.u32 %rd3, %r4, 4;
        add.s64 %rd2, %rd2, %rd3;
        st.global.f32 [%rd2], %f2;
        ret;
        }

        """, 0);

    private static KernelVariant Kernel(string header, string start) => Variant(
        header + ".address_size 64\n.visible .entry add_scalar" + Parameters + """

        {
        .reg .pred %p<2>;
        .reg .b32 %r<8>;
        .reg .b64 %rd<8>;
        .reg .f32 %f<4>;

        """ + start + """
        ld.param.u64 %rd1, [x];
        ld.param.u64 %rd2, [n];
        ld.param.f32 %f1, [value];
        mov.u32 %r1, %ctaid.x;
        mov.u32 %r2, %ntid.x;
        mov.u32 %r3, %tid.x;
        mad.lo.u32 %r4, %r1, %r2, %r3;
        cvt.u64.u32 %rd3, %r4;
        setp.ge.u64 %p1, %rd3, %rd2;
        @%p1 bra DONE;
        cvta.to.global.u64 %rd4, %rd1;
        mul.wide.u32 %rd5, %r4, 4;
        add.s64 %rd6, %rd4, %rd5;
        ld.global.f32 %f2, [%rd6];
        add.f32 %f3, %f2, %f1;
        st.global.f32 [%rd6], %f3;
        DONE:
        ret;
        }

        """, 128);

    private static KernelVariant Variant(string ptx, int groupSize) => new()
    {
        Name = "add_scalar",
        Kernel = "Add.Scalar",
        SourceFile = "Add.cs",
        SourceLine = 10,
        GroupSize = groupSize,
        Parameters = TestKernels.AddScalar().Parameters,
        Ptx = () => Encoding.UTF8.GetBytes(ptx),
    };
}
