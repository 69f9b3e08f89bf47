using System.Text;
using System.Text.Json;
using LbrCore.Cli.Kernels;
using LbrCore.Compute;
using Xunit;

namespace LbrCore.Cli.Tests.Kernels;

public class KernelCommandsTests
{
    private static KernelVariant Some => Catalog.All[0];

    [Fact]
    public void List_names_every_variant()
    {
        Lbr run = Lbr.Run("kernels", "list");
        Assert.Equal(0, run.ExitCode);
        foreach (KernelVariant variant in Catalog.All) Assert.Contains(variant.Name, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void List_speaks_json()
    {
        using JsonDocument parsed = JsonDocument.Parse(Lbr.Run("kernels", "list", "--json").Output);
        Assert.Equal(Catalog.All.Count, parsed.RootElement.GetArrayLength());
        foreach (JsonElement variant in parsed.RootElement.EnumerateArray()) Assert.Equal(64, variant.GetProperty("ptxHash").GetString()!.Length);
    }

    [Fact]
    public void Show_describes_a_variant_and_its_parameters()
    {
        Lbr run = Lbr.Run("kernels", "show", Some.Name);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains(Some.SourceFile, run.Output, StringComparison.Ordinal);
        foreach (KernelParameter parameter in Some.Parameters) Assert.Contains(parameter.Name, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Show_writes_nothing_but_the_ptx()
    {
        Lbr run = Lbr.Run("kernels", "show", Some.Name, "--ptx");
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith(".version", run.Output, StringComparison.Ordinal);
        Assert.Contains($".visible .entry {Some.Name}(", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("}\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Show_writes_nothing_but_the_lanes_class()
    {
        Lbr run = Lbr.Run("kernels", "show", Some.Name, "--lanes");
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("/// <summary>", run.Output, StringComparison.Ordinal);
        Assert.Contains($" class {Some.Name}_lanes : LanesWarp\n", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("\n}\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_variant_that_runs_on_the_cpu_can_be_shown_as_lanes() =>
        Assert.All(Catalog.All.Where(variant => variant.Lanes is not null), variant => Assert.Contains($"class {variant.Name}_lanes ", Encoding.UTF8.GetString(variant.LanesSource!()), StringComparison.Ordinal));

    [Fact]
    public void Show_of_an_unknown_name_suggests_one()
    {
        Lbr run = Lbr.Run("kernels", "show", Some.Name.Remove(3, 1));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(Some.Name, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Warm_loads_everything_on_the_cpu()
    {
        Lbr run = Lbr.Run("kernels", "warm", "--device", "cpu");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("0 failed", run.Output, StringComparison.Ordinal);
    }
}
