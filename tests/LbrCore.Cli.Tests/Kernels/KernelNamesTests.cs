using LbrCore.Cli.Kernels;
using LbrCore.Compute;
using Xunit;

namespace LbrCore.Cli.Tests.Kernels;

public class KernelNamesTests
{
    private static readonly KernelVariant[] s_catalog =
    [
        Variants.Of("rmsnorm_forward_f32", kernel: "RmsNorm.Forward"),
        Variants.Of("rmsnorm_forward_bf16", kernel: "RmsNorm.Forward"),
        Variants.Of("softmax_forward_f32", kernel: "Softmax.Forward"),
        Variants.Of("elements_copy_f32", kernel: "Elements.Copy"),
    ];

    [Theory]
    [InlineData("rmsnorm_forward_f32", 1)]
    [InlineData("RMSNorm_Forward_F32", 1)]
    [InlineData("rmsnorm.forward", 2)]
    [InlineData("forward_f32", 2)]
    [InlineData("*_f32", 3)]
    public void A_name_finds_the_variant_the_kernel_or_what_contains_it(string name, int expected) => Assert.Equal(expected, KernelNames.Find(s_catalog, name).Count);

    [Theory]
    [InlineData("rmsnrm", "RmsNorm.Forward")]
    [InlineData("sofmax", "Softmax.Forward")]
    [InlineData("elments_copy", "elements_copy_f32")]
    public void A_mistyped_name_suggests_the_nearest(string name, string nearest)
    {
        UsageException refusal = Assert.Throws<UsageException>(() => KernelNames.Find(s_catalog, name));
        Assert.Contains($"Near it: {nearest}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_filter_is_any_of_its_parts()
    {
        Assert.Equal(["softmax_forward_f32", "elements_copy_f32"], KernelNames.Filter(s_catalog, "copy, soft").Select(variant => variant.Name));
        Assert.Equal(4, KernelNames.Filter(s_catalog, null).Count);
        Assert.Throws<UsageException>(() => KernelNames.Filter(s_catalog, "attention"));
    }
}
