using LbrCore.Compute.KernelTests.Kernels;
using Xunit;
using static LbrCore.Compute.KernelTests.Kernels.Signatures;

namespace LbrCore.Compute.KernelTests;

/// <summary>The generated launchers: how arguments travel, what is refused.</summary>
public class LauncherTests
{
    static readonly Device s_device = Device.Open("cpu:scalar");

    [Fact]
    public void A_launcher_has_the_kernels_default_values_and_named_arguments()
    {
        using DeviceBuffer<float> x = s_device.Allocate<float>([2f, 4f, 6f]), y = s_device.Allocate<float>(3);
        LaunchScaled<float>(s_device.DefaultStream, new LaunchConfig(1, 3), x, y, n: 3, direction: Direction.Up);
        Assert.Equal([0f, 3f, 6f], y.ToArray());
        LaunchScaled<float>(s_device.DefaultStream, new LaunchConfig(1, 3), x, y, 3, negate: true, factor: 2, settings: new Settings { Kind = 10 });
        Assert.Equal([-11f, -15f, -19f], y.ToArray());
    }

    [Fact]
    public void A_prepared_launch_can_be_repeated()
    {
        using DeviceBuffer<int> r = s_device.Allocate<int>([1, 2, 3, 4]);
        PreparedLaunch launch = Preparedo(s_device, new LaunchConfig(1, 4), r, 2);
        launch.Launch(s_device.DefaultStream);
        launch.Launch(s_device.DefaultStream);
        Assert.Equal([3, 4, 3, 4], r.ToArray());
    }

    [Fact]
    public void A_violated_contract_names_kernel_and_parameter()
    {
        using DeviceBuffer<float> x = s_device.Allocate<float>(3), y = s_device.Allocate<float>(2);
        LaunchContractException e = Assert.Throws<LaunchContractException>(() => LaunchScaled<float>(s_device.DefaultStream, new LaunchConfig(1, 3), x, y, 3));
        Assert.Contains("Signatures.Scaled", e.Message, StringComparison.Ordinal);
        Assert.Contains("y is a view of 2 elements", e.Message, StringComparison.Ordinal);
        Assert.Contains("factor must not be 0", Assert.Throws<LaunchContractException>(() => PrepareScaled<float>(s_device, new LaunchConfig(1, 3), x, x, 3, factor: 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_variant_names_what_was_asked_for_and_what_there_is()
    {
        using DeviceBuffer<float> x = s_device.Allocate<float>(3);
        MissingVariantException e = Assert.Throws<MissingVariantException>(() => LaunchScaled<float>(s_device.DefaultStream, new LaunchConfig(1, 3), x, x, 3, repeat: 200));
        Assert.Contains("T=Single, repeat=200, direction=Up", e.Message, StringComparison.Ordinal);
        Assert.Contains("T=Double, repeat=200, direction=1", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Views_in_structs_and_generic_structs_travel_field_by_field()
    {
        using DeviceBuffer<float> data = s_device.Allocate<float>([1f, 2f, 3f, 4f, 5f, 6f]), r = s_device.Allocate<float>(2);
        LaunchViewInStruct(s_device.DefaultStream, new LaunchConfig(1, 2), new Views.Matrix(data, 2, 3), new Box<float> { Count = 7 }, 1f, r);
        Assert.Equal([7006.5f, 7015.5f], r.ToArray());
        LaunchViewInStruct(s_device.DefaultStream, new LaunchConfig(1, 2), new Views.Matrix(data, 2, 2), new Box<byte> { Count = 8 }, (byte)1, r);
        Assert.Equal([8003f, 8007f], r.ToArray());
    }

    [Fact]
    public void Variants_may_have_a_group_size_each()
    {
        Assert.Equal([32, 64], Holder.InRecordVariants.Select(v => v.GroupSize));
        using DeviceBuffer<long> a = s_device.Allocate<long>(64);
        Assert.Throws<LaunchContractException>(() => Holder.LaunchInRecord<long>(s_device.DefaultStream, new LaunchConfig(1, 32), a, a, 64));
        Holder.LaunchInRecord<long>(s_device.DefaultStream, new LaunchConfig(1), a, a, 64);
    }

    [Fact]
    public void The_catalog_lists_every_kernel_that_is_not_private_once_and_in_order()
    {
        string[] names = [.. KernelCatalog.All.Select(v => v.Name)];
        Assert.Equal(names.Distinct(), names);
        Assert.Contains("unspaced_fill", names);
        Assert.Contains("signatures_inner_deepest_nested", names);
        Assert.DoesNotContain("signatures_private", names);
    }

    [Fact]
    public void A_variant_describes_itself()
    {
        KernelVariant v = ScaledVariant<double>(200, Direction.Down);
        Assert.Equal("signatures_scaled_f64_200_1", v.Name);
        Assert.Equal("Signatures.Scaled", v.Kernel);
        Assert.Equal("T=Double, repeat=200, direction=1", v.Specialization);
        Assert.Equal("Signatures.cs", v.SourceFile);
        Assert.Equal(["x:ArrayView<double>:2:0", "y:ArrayView<double>:2:2", "n:int:1:4", "factor:float:1:5", "negate:bool:1:6", "unused:long:1:7"], v.Parameters.Take(6).Select(p => $"{p.Name}:{p.TypeName}:{p.Slots}:{p.FirstSlot}"));
        Assert.Contains(".visible .entry signatures_scaled_f64_200_1(", System.Text.Encoding.UTF8.GetString(v.Ptx!()), StringComparison.Ordinal);
    }
}
