using LbrCore.Compute;

namespace LbrCore.Cli.Tests.Kernels;

/// <summary>The catalog of the kernels themselves: the test assembly has one of its own, with the kernel of the README.</summary>
internal static class Catalog
{
    public static IReadOnlyList<KernelVariant> All => LbrCore.Kernels.KernelCatalog.All;
}
