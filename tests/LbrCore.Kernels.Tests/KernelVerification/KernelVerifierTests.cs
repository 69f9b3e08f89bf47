using LbrCore.Compute;
using LbrCore.KernelVerification;
using Xunit;

namespace LbrCore.Kernels.Tests.KernelVerification;

/// <summary>The verifier tells right kernels from wrong ones, by kernels that are wrong on purpose.</summary>
public sealed unsafe class KernelVerifierTests(CpuDevices devices) : IClassFixture<CpuDevices>
{
    private const int Length = 100;

    [Fact]
    public void A_right_kernel_passes()
    {
        KernelCaseResult result = Run((x, y) => Square(x, y));
        Assert.True(result.Passed, result.ToString());
        Assert.InRange(result.RelativeError, 0, 1e-7);
    }

    [Fact]
    public void An_output_left_out_is_found() => AssertFails("y was not written at element 99", (x, y) => Square(x, y, count: Length - 1));

    [Fact]
    public void A_write_past_the_end_is_found() => AssertFails("y was written 1 elements past its end", (x, y) =>
    {
        Square(x, y);
        Beyond(y)[Length] = 1;
    });

    [Fact]
    public void A_write_before_the_start_is_found() => AssertFails("y was written 2 elements before its start", (x, y) =>
    {
        Square(x, y);
        new ArrayView<float>(y.Pointer - (2 * sizeof(float)), 2)[0] = 1;
    });

    [Fact]
    public void A_changed_input_is_found() => AssertFails("x is an input, but element 7 was changed", (x, y) =>
    {
        Square(x, y);
        x[7] = 0;
    });

    [Fact]
    public void A_read_past_the_end_shows_in_the_result() => AssertFails("element 99", (x, y) =>
    {
        Square(x, y);
        y[Length - 1] += 1e-30f * Beyond(x)[Length];
    });

    [Fact]
    public void An_error_in_one_element_is_found() => AssertFails("element 5 is", (x, y) =>
    {
        Square(x, y);
        y[5] *= 1.001f;
    });

    [Fact]
    public void A_small_error_in_all_elements_is_found() => AssertFails("relative error", (x, y) =>
    {
        Square(x, y);
        for (int i = 0; i < Length; i++) y[i] *= 1 + 2.4e-7f;
    });

    [Fact]
    public void A_number_that_should_be_finite_is_found() => AssertFails("element 3 is NaN", (x, y) =>
    {
        Square(x, y);
        y[3] = float.NaN;
    });

    [Fact]
    public void A_fault_of_the_kernel_is_a_failure() => AssertFails("index 100", (x, y) => y[Length] = 1);

    private static void Square(ArrayView<float> x, ArrayView<float> y, int count = Length)
    {
        for (int i = 0; i < count; i++) y[i] = x[i] * x[i];
    }

    private static ArrayView<float> Beyond(ArrayView<float> view) => new(view.Pointer, view.Length + 1);

    private void AssertFails(string reason, Action<ArrayView<float>, ArrayView<float>> kernel)
    {
        KernelCaseResult result = Run(kernel);
        Assert.False(result.Passed);
        Assert.Contains(reason, result.ToString());
    }

    // A kernel of one thread that does what it is told.
    private KernelCaseResult Run(Action<ArrayView<float>, ArrayView<float>> kernel)
    {
        var variant = new KernelVariant
        {
            Name = "square",
            Kernel = "Test.Square",
            GroupSize = 1,
            Parameters = [new KernelParameter("x", "ArrayView<float>", 2, 0), new KernelParameter("y", "ArrayView<float>", 2, 2)],
            Scalar = slots => kernel(KernelSlots.View<float>(slots, 0), KernelSlots.View<float>(slots, 2)),
        };
        return KernelVerifier.Run(devices.Scalar, new KernelCase(variant, $"length={Length}", trial =>
        {
            float[] x = [.. Enumerable.Range(1, Length).Select(i => 0.1f * i)];
            double[] exact = Array.ConvertAll(x, v => (double)v * v), plain = Array.ConvertAll(x, v => (double)(v * v));
            ArrayView<float> input = trial.Input("x", x), output = trial.Output<float>("y", exact, plain);
            Span<ulong> slots = stackalloc ulong[4];
            var arguments = new KernelArguments(slots);
            arguments.Add(input);
            arguments.Add(output);
            trial.Stream.Launch(variant, new LaunchConfig(1), slots);
        }));
    }
}
