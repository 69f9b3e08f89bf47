using Xunit;

namespace LbrCore.Compute.Tests.Kernels;

public sealed class KernelParameterTests
{
    [Fact]
    public void A_list_places_one_parameter_behind_the_other() =>
        Assert.Equal(
            [new KernelParameter("x", "ArrayView<(int, float)>", 2, 0), new KernelParameter("rows", "int", 1, 2), new KernelParameter("sizes", "Sizes", 8, 3), new KernelParameter("last", "bool", 1, 11)],
            KernelParameter.List("x 2 ArrayView<(int, float)>\nrows 1 int\nsizes 8 Sizes\nlast 1 bool"));

    [Fact]
    public void A_kernel_may_have_no_parameters() => Assert.Empty(KernelParameter.List(""));

    [Theory]
    [InlineData("x")]
    [InlineData("x 2")]
    [InlineData("x two int")]
    public void Anything_else_is_refused(string text) => Assert.Throws<FormatException>(() => KernelParameter.List(text));
}
