using LbrCore.Compute.Generator.FrontEnd;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.FrontEnd;

/// <summary>Every mistake gives its diagnostic, in its place, with words that help, and nothing else.</summary>
public class DiagnosticTests
{
    public static TheoryData<string> Names => [.. DiagnosticCases.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_mistake_is_named_where_it_stands(string name)
    {
        DiagnosticCase c = DiagnosticCases.All[name];
        GeneratorRun run = GeneratorRun.On(c.Source);
        Assert.Null(run.Exception);
        Diagnostic d = Assert.Single(run.Diagnostics.DistinctBy(d => (d.Id, d.Location.GetLineSpan().StartLinePosition)));
        Assert.Equal(c.Id, d.Id);
        string message = d.GetMessage();
        foreach (string word in c.Words) Assert.Contains(word, message, StringComparison.Ordinal);
        Assert.Equal("Kernel.cs", d.Location.GetLineSpan().Path);
        Assert.Equal((Place(c.Source, c.Place), c.Source.Substring(c.Place.Start, c.Place.Length)), (Place(c.Source, d.Location.SourceSpan), c.Source.Substring(d.Location.SourceSpan.Start, d.Location.SourceSpan.Length)));
        Assert.True(d.Location.IsInSource, "a place in the source obeys #pragma");
        Assert.Equal(c.Compiler, run.CompilerErrors.Select(e => e.Id).Distinct());
    }

    static LinePosition Place(string source, TextSpan span) => SourceText.From(source).Lines.GetLinePosition(span.Start);

    [Fact]
    public void Every_diagnostic_has_a_case()
    {
        Assert.Equal(DiagnosticTable.All.Select(d => d.Id).Where(id => id != "LBR0199").Order(), DiagnosticCases.All.Values.Select(c => c.Id).Distinct().Order());
    }

    [Fact]
    public void Every_message_says_what_to_do()
    {
        foreach (DiagnosticDescriptor d in DiagnosticTable.All)
        {
            string text = d.MessageFormat.ToString(System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(text == "{0}" || text.Contains("; ", StringComparison.Ordinal) || text.Contains(", ", StringComparison.Ordinal), $"{d.Id}: {text}");
            Assert.False(text.EndsWith('.'), d.Id);
        }
    }

    [Fact]
    public void A_warning_obeys_pragma_and_the_attribute()
    {
        string body = "ArrayView<int> x = LocalMemory.Allocate<int>(4);\n x[n & 3] = 1; a[i] = x[0];";
        Assert.Equal(["LBR0101"], GeneratorRun.On(GeneratorRun.Kernel(body)).Diagnostics.Select(d => d.Id));
        Assert.Empty(GeneratorRun.On(GeneratorRun.Kernel("\n#pragma warning disable LBR0101\n" + body)).Diagnostics.Where(d => !d.IsSuppressed));
        Assert.Empty(GeneratorRun.On(GeneratorRun.Kernel(body, kernel: "[Kernel(AllowLocalMemory = true)]")).Diagnostics);
    }

    [Fact]
    public void A_project_without_pointers_or_with_an_old_language_is_told_so()
    {
        CSharpCompilation plain = GeneratorRun.Compilation(("Kernel.cs", "static partial class K { [Kernel] public static void Run(int n) { } }"));
        Diagnostic unsafeCode = Assert.Single(new GeneratorRun(plain.WithOptions(plain.Options.WithAllowUnsafe(false))).Diagnostics);
        Assert.Equal("LBR0015", unsafeCode.Id);
        Assert.Contains("AllowUnsafeBlocks", unsafeCode.GetMessage(), StringComparison.Ordinal);
        SyntaxTree[] old = [.. plain.SyntaxTrees.Select(t => CSharpSyntaxTree.ParseText(t.ToString(), new CSharpParseOptions(LanguageVersion.CSharp11), t.FilePath))];
        GeneratorDriver driver = CSharpGeneratorDriver.Create([new KernelGenerator().AsSourceGenerator()], parseOptions: new CSharpParseOptions(LanguageVersion.CSharp11));
        Diagnostic language = Assert.Single(driver.RunGenerators(plain.RemoveAllSyntaxTrees().AddSyntaxTrees(old)).GetRunResult().Diagnostics);
        Assert.Contains("LangVersion", language.GetMessage(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("int x = ; a[i] = x;")]
    [InlineData("a[i] = Missing(n);")]
    [InlineData("Unknown x = default; a[i] = x.Y;")]
    [InlineData("for (int k = 0; k < ; k++) a[k] = 1")]
    [InlineData("switch (n) { case 1: a[i] = 2; }")]
    [InlineData("int x; a[i] = x;")]
    [InlineData("a[i] = f[i];")]
    public void Source_that_does_not_compile_is_left_to_the_compiler(string body)
    {
        GeneratorRun run = GeneratorRun.On(GeneratorRun.Kernel(body));
        Assert.Null(run.Exception);
        Assert.Empty(run.Diagnostics);
        Assert.NotEmpty(run.CompilerErrors);
    }
}
