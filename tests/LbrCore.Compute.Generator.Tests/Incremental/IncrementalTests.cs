using LbrCore.Compute.Generator.Tests.FrontEnd;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.Incremental;

/// <summary>What an edit makes the generator do again: only what it changes.</summary>
public class IncrementalTests
{
    const string Kernels = """
        public static partial class Sums
        {
            [Kernel]
            public static void Add(ArrayView<int> a, int n) => a[Group.IdxX] += Helper.Next(n);

            [Kernel]
            [Variant(typeof(float)), Variant(typeof(Half))]
            public static void Copy<T>(ArrayView<T> a, ArrayView<T> b) where T : unmanaged => b[Group.IdxX] = a[Group.IdxX];
        }
        """;

    const string Helper = "static class Helper { public static int Next(int x) => x + 1; }";

    static readonly CSharpCompilation s_start = GeneratorRun.Compilation(("Kernels.cs", Kernels), ("Helper.cs", Helper), ("Other.cs", "class Other { }"));

    [Fact]
    public void A_comment_elsewhere_leaves_every_output_cached()
    {
        GeneratorRunResult result = After(Edit(s_start, "Other.cs", "// a comment\nclass Other { /* and one more */ }"));
        Assert.All(Reasons(result.TrackedSteps["Kernels"]), r => Assert.Contains(r, new[] { IncrementalStepRunReason.Cached, IncrementalStepRunReason.Unchanged }));
        Assert.NotEmpty(result.TrackedOutputSteps);
        Assert.All(result.TrackedOutputSteps.SelectMany(s => Reasons(s.Value)), r => Assert.Equal(IncrementalStepRunReason.Cached, r));
    }

    [Fact]
    public void A_comment_behind_the_kernel_leaves_every_output_cached()
    {
        GeneratorRunResult result = After(Edit(s_start, "Kernels.cs", Kernels + "\n// The end.\n"));
        Assert.All(result.TrackedOutputSteps.SelectMany(s => Reasons(s.Value)), r => Assert.Equal(IncrementalStepRunReason.Cached, r));
    }

    [Fact]
    public void A_helper_edited_in_another_file_is_seen_by_its_kernel_only()
    {
        GeneratorRunResult before = First(), after = After(Edit(s_start, "Helper.cs", Helper.Replace("x + 1", "x * 77", StringComparison.Ordinal)));
        Assert.NotEqual(Text(before, "Sums.Add.g.cs"), Text(after, "Sums.Add.g.cs"));
        Assert.Contains("77", Text(after, "Sums.Add.g.cs"), StringComparison.Ordinal);
        Assert.Equal(Text(before, "Sums.Copy.g.cs"), Text(after, "Sums.Copy.g.cs"));
        Assert.Equal(Text(before, "KernelCatalog.g.cs"), Text(after, "KernelCatalog.g.cs"));
        Assert.Equal([IncrementalStepRunReason.Modified, IncrementalStepRunReason.Unchanged], Reasons(after.TrackedSteps["Kernels"]).Order());
    }

    [Fact]
    public void A_mistake_that_is_mended_goes_and_one_that_is_made_comes()
    {
        CSharpCompilation broken = Edit(s_start, "Helper.cs", Helper.Replace("x + 1", "Next(x)", StringComparison.Ordinal));
        GeneratorDriver driver = GeneratorRun.Driver(track: true).RunGenerators(s_start);
        Assert.Empty(driver.GetRunResult().Diagnostics);
        driver = driver.RunGenerators(broken);
        Assert.Equal(["LBR0008"], driver.GetRunResult().Diagnostics.Select(d => d.Id));
        Assert.DoesNotContain(driver.GetRunResult().Results[0].GeneratedSources, s => s.HintName == "Sums.Add.g.cs");
        driver = driver.RunGenerators(s_start);
        Assert.Empty(driver.GetRunResult().Diagnostics);
        Assert.Equal(Text(First(), "Sums.Add.g.cs"), Text(driver.GetRunResult().Results[0], "Sums.Add.g.cs"));
    }

    [Fact]
    public void A_warning_moves_with_its_line_and_the_sources_stay_cached()
    {
        const string source = "static partial class W { [Kernel] public static void Run(ArrayView<int> a, int n) { ArrayView<int> x = LocalMemory.Allocate<int>(4); x[n & 3] = 1; a[0] = x[0]; } }";
        CSharpCompilation start = GeneratorRun.Compilation(("Kernels.cs", source), ("Other.cs", ""));
        GeneratorDriver driver = GeneratorRun.Driver(track: true).RunGenerators(start);
        driver = driver.RunGenerators(Edit(start, "Other.cs", "// a comment"));
        Assert.Equal(0, Assert.Single(driver.GetRunResult().Diagnostics).Location.GetLineSpan().StartLinePosition.Line);
        driver = driver.RunGenerators(Edit(start, "Kernels.cs", "\n\n" + source));
        Assert.Equal(2, Assert.Single(driver.GetRunResult().Diagnostics).Location.GetLineSpan().StartLinePosition.Line);
    }

    [Fact]
    public void Two_runs_give_the_same_bytes_in_the_same_order()
    {
        static string[] All(GeneratorRunResult r) => [.. r.GeneratedSources.Select(s => s.HintName + "\n" + s.SourceText)];
        string[] first = All(First());
        Assert.Equal(first, All(First()));
        Assert.Equal(["KernelCatalog.g.cs", "Sums.Add.g.cs", "Sums.Copy.g.cs"], First().GeneratedSources.Select(s => s.HintName).Where(h => !h.StartsWith("DeviceLibrary", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

        // The order of the files must not matter to what is in them.
        CSharpCompilation reversed = s_start.RemoveAllSyntaxTrees().AddSyntaxTrees(s_start.SyntaxTrees.Reverse());
        Assert.Equal(first.Order(StringComparer.Ordinal), All(GeneratorRun.Driver().RunGenerators(reversed).GetRunResult().Results[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_kernel_that_is_deleted_leaves_the_catalog()
    {
        GeneratorRunResult after = After(Edit(s_start, "Kernels.cs", Kernels.Replace("[Kernel]\n    public static void Add", "public static void Add", StringComparison.Ordinal)));
        Assert.DoesNotContain(after.GeneratedSources, s => s.HintName == "Sums.Add.g.cs");
        Assert.DoesNotContain("AddVariants", Text(after, "KernelCatalog.g.cs"), StringComparison.Ordinal);
        Assert.Contains("CopyVariants", Text(after, "KernelCatalog.g.cs"), StringComparison.Ordinal);
    }

    static GeneratorRunResult First() => GeneratorRun.Driver(track: true).RunGenerators(s_start).GetRunResult().Results[0];

    static GeneratorRunResult After(CSharpCompilation edited) => GeneratorRun.Driver(track: true).RunGenerators(s_start).RunGenerators(edited).GetRunResult().Results[0];

    static CSharpCompilation Edit(CSharpCompilation compilation, string file, string text) =>
        compilation.ReplaceSyntaxTree(compilation.SyntaxTrees.Single(t => t.FilePath == file), GeneratorRun.Parse(file, text));

    static IEnumerable<IncrementalStepRunReason> Reasons(IEnumerable<IncrementalGeneratorRunStep> steps) => steps.SelectMany(s => s.Outputs).Select(o => o.Reason);

    static string Text(GeneratorRunResult result, string hint) => result.GeneratedSources.Single(s => s.HintName == hint).SourceText.ToString();
}
