using System.Text;
using LbrCore.Cli.Kernels;
using LbrCore.Compute;
using Xunit;

namespace LbrCore.Cli.Tests.Kernels;

public class VerifiedManifestTests
{
    private static readonly HashSet<string> s_none = [];

    [Fact]
    public void A_variant_is_verified_while_its_ptx_stays_the_same()
    {
        KernelVariant first = Variants.Of("copy", "one"), edited = Variants.Of("copy", "two");
        var manifest = new VerifiedManifest([Entry(first)], []);
        Assert.Equal(VerifiedState.Verified, manifest.StateOf(first));
        Assert.Equal(VerifiedState.Changed, manifest.StateOf(edited));
        Assert.Equal(VerifiedState.Missing, manifest.StateOf(Variants.Of("fill")));
    }

    [Theory]
    [InlineData("linear_tiled", "linear_tiled", VerifiedState.Unverified)]
    [InlineData("linear_tiled", "linear_*", VerifiedState.Unverified)]
    [InlineData("linear_tiled", "*", VerifiedState.Unverified)]
    [InlineData("linear_tiled", "linear", VerifiedState.Missing)]
    public void Unverified_variants_are_listed_by_name_or_pattern(string name, string listed, object expected) =>
        Assert.Equal((VerifiedState)expected, new VerifiedManifest([], [listed]).StateOf(Variants.Of(name)));

    [Fact]
    public void A_run_verifies_what_passed_and_lists_everything_else_by_name()
    {
        KernelVariant passed = Variants.Of("a_passed"), failed = Variants.Of("b_failed"), notRun = Variants.Of("c_not_run"), kept = Variants.Of("d_kept"), changed = Variants.Of("e_changed", "new");
        var manifest = new VerifiedManifest([Entry(failed), Entry(kept), Entry(Variants.Of("e_changed", "old")), Entry(Variants.Of("f_gone"))], ["*"]);
        manifest.Update([passed, failed, notRun, kept, changed], new Dictionary<string, VerifiedKernel> { ["a_passed"] = Entry(passed).Value }, new HashSet<string> { "b_failed" });
        Assert.Equal(["a_passed", "d_kept", "e_changed"], manifest.Verified.Keys);
        Assert.Equal(["b_failed", "c_not_run", "e_changed"], manifest.Unverified);
        Assert.Equal(VerifiedState.Unverified, manifest.StateOf(changed));
    }

    [Fact]
    public void A_full_run_that_passes_leaves_nothing_unverified()
    {
        KernelVariant variant = Variants.Of("copy");
        var manifest = new VerifiedManifest([], ["*"]);
        manifest.Update([variant], new Dictionary<string, VerifiedKernel> { ["copy"] = Entry(variant).Value }, s_none);
        Assert.Empty(manifest.Unverified);
    }

    [Fact]
    public void A_manifest_survives_the_file_and_is_written_in_order()
    {
        var manifest = new VerifiedManifest([Entry(Variants.Of("b")), Entry(Variants.Of("a"))], ["d", "c"]);
        string text = ManifestFile.ToJson(manifest);
        VerifiedManifest read = Read(text);
        Assert.Equal(manifest.Verified, read.Verified);
        Assert.Equal(["c", "d"], read.Unverified);
        Assert.Equal(text, ManifestFile.ToJson(read));
        Assert.True(text.IndexOf("\"a\"", StringComparison.Ordinal) < text.IndexOf("\"b\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"format\":2}")]
    [InlineData("{\"format\":9,\"unverified\":[],\"verified\":{}}")]
    [InlineData("{\"format\":2,\"unverified\":[null],\"verified\":{}}")]
    [InlineData("{\"format\":2,\"unverified\":[],\"verified\":{\"copy\":{\"ptx\":1}}}")]
    [InlineData("{\"format\":2,\"unverified\":[],\"verified\":{\"copy\":7}}")]
    public void What_is_no_manifest_is_refused(string text) => Assert.Throws<InvalidDataException>(() => Read(text));

    private static VerifiedManifest Read(string text)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return ManifestFile.Read(stream, "the text");
    }

    private static KeyValuePair<string, VerifiedKernel> Entry(KernelVariant variant) => KeyValuePair.Create(variant.Name, new VerifiedKernel
    {
        Ptx = PtxHash.Of(variant),
        Device = "a GPU",
        Driver = "13.0",
        Date = "2026-01-31",
        Cases = 12,
        Error = 1.5e-7,
        OfBound = 0.25,
        Registers = 40,
        LocalBytes = 0,
        SharedBytes = 512,
    });
}
