using LbrCore.Cli.Kernels;
using LbrCore.Compute;
using Xunit;

namespace LbrCore.Cli.Tests.Kernels;

/// <summary>Holds <c>kernels/verified.json</c> to its word.</summary>
public class PtxUnchangedTests
{
    private static readonly VerifiedManifest s_manifest = ManifestFile.BuiltIn();

    [Fact]
    public void Every_variant_has_the_ptx_that_a_gpu_verified_or_is_listed_as_unverified()
    {
        string[] wrong =
        [
            .. Catalog.All.Select(variant => (variant.Name, State: s_manifest.StateOf(variant)))
                .Where(variant => variant.State is VerifiedState.Changed or VerifiedState.Missing)
                .Select(variant => $"{variant.Name} ({variant.State})"),
        ];
        Assert.True(wrong.Length == 0, $"Run 'lbr kernels verify' on a GPU, or list in kernels/verified.json under \"unverified\": {string.Join(", ", wrong)}");
    }

    [Fact]
    public void The_manifest_names_only_variants_that_exist()
    {
        HashSet<string> existing = [.. Catalog.All.Select(variant => variant.Name)];
        Assert.DoesNotContain(s_manifest.Verified.Keys, name => !existing.Contains(name));
        Assert.DoesNotContain(s_manifest.Unverified, name => !name.Contains('*') && !existing.Contains(name));
    }

    [Fact]
    public void A_verified_variant_kept_its_bound_and_its_local_memory()
    {
        foreach (KernelVariant variant in Catalog.All)
        {
            if (s_manifest.StateOf(variant) != VerifiedState.Verified) continue;
            VerifiedKernel seen = s_manifest.Verified[variant.Name];
            Assert.True(seen.Cases > 0 && seen.OfBound <= 1, variant.Name);
            Assert.True(seen.LocalBytes <= variant.LocalBytesExpected, $"{variant.Name}: {seen.LocalBytes} bytes of local memory, {variant.LocalBytesExpected} expected");
        }
    }

    [Fact]
    public void Names_of_variants_are_unique() => Assert.Equal(Catalog.All.Count, Catalog.All.Select(variant => variant.Name).Distinct().Count());
}
