using LbrCore.Compute.Generator.Tests.FrontEnd;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace LbrCore.Compute.Generator.Tests.Emit;

/// <summary>The catalog stands in a namespace named as the project, whatever that is named.</summary>
public class CatalogNamespaceTests
{
    [Theory]
    [InlineData("Kernels", "Kernels")]
    [InlineData("My.Own-Kernels", "My.Own_Kernels")]
    [InlineData("2d.new", "_2d._new")]
    [InlineData("Saxpy", "Saxpy_")]
    [InlineData("My.Saxpy", "My.Saxpy_")]
    [InlineData("Saxpy.Kernels", "Saxpy_.Kernels")]
    public void Every_project_compiles(string assembly, string expected)
    {
        const string Kernel = "{ [Kernel] public static void Run(ArrayView<int> a) { a[0] = 1; } }";
        CSharpCompilation project = GeneratorRun.Compilation(("Kernel.cs", $"public static partial class Saxpy {Kernel}\nnamespace My {{ public static partial class Saxpy {Kernel} }}")).WithAssemblyName(assembly);
        var run = new GeneratorRun(project);
        Assert.Empty(run.Diagnostics);
        Assert.Empty(run.CompilerErrors);
        Assert.NotNull(run.Output.Assembly.GetTypeByMetadataName(expected + ".KernelCatalog"));
    }
}
