using System.Reflection;
using LbrCore.Compute.Generator.Emit;
using LbrCore.Compute.Generator.FrontEnd;
using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Passes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace LbrCore.Compute.KernelTests.Interpreter;

/// <summary>The sources of this project's kernels, compiled once more at test time, and lowered to IR on request.</summary>
internal static class KernelSources
{
    const string GlobalUsings = "global using global::System; global using global::System.Collections.Generic; global using global::System.Linq; global using global::System.Threading;";

    static readonly Lazy<(CSharpCompilation Compilation, Dictionary<string, (IMethodSymbol Method, KernelDeclaration Declaration)> Kernels)> s_compiled = new(Compile);

    /// <summary>The references of this process: the framework and the projects that the tests use.</summary>
    public static IReadOnlyList<MetadataReference> References { get; } =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Where(IsReferenced).Select(path => MetadataReference.CreateFromFile(path))];

    /// <summary>The IR of a kernel by the name of its PTX entry.</summary>
    public static IrKernel Lower(string entry, IrStage stage)
    {
        (IMethodSymbol method, KernelDeclaration declaration) = s_compiled.Value.Kernels[entry];
        VariantDeclaration variant = declaration.Variants.First(v => v.EntryName == entry);
        return Lower(s_compiled.Value.Compilation, method, declaration, variant, stage);
    }

    /// <summary>The IR of a variant of a kernel.</summary>
    public static IrKernel Lower(Compilation compilation, IMethodSymbol method, KernelDeclaration declaration, VariantDeclaration variant, IrStage stage)
    {
        Machine machine = stage is IrStage.Ptx or IrStage.PtxPasses ? Machine.Ptx : Machine.Lanes;
        IrKernel kernel = Lowering.Lower(compilation, machine, declaration.OptionsOf(variant), method, variant.Types, variant.Constants, [], default);
        if (stage == IrStage.PtxPasses) Pipeline.ForPtx(kernel);
        if (stage == IrStage.LanesPasses) Pipeline.ForLanes(kernel);
        return kernel;
    }

    /// <summary>The device library and the kernels, as the compiler of this project saw them.</summary>
    static (CSharpCompilation, Dictionary<string, (IMethodSymbol, KernelDeclaration)>) Compile()
    {
        var parse = new CSharpParseOptions(LanguageVersion.Preview);
        IEnumerable<SyntaxTree> sources = Resources(typeof(KernelSources).Assembly).Concat(Resources(typeof(Lowering).Assembly)).Select(r => CSharpSyntaxTree.ParseText(r.Text, parse, r.Name));
        var compilation = CSharpCompilation.Create("Kernels", sources.Append(CSharpSyntaxTree.ParseText(GlobalUsings, parse)), References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
        var kernels = new Dictionary<string, (IMethodSymbol, KernelDeclaration)>();
        foreach (IMethodSymbol method in compilation.GetSymbolsWithName(_ => true, SymbolFilter.Member).OfType<IMethodSymbol>())
        {
            if (method.GetAttributes().FirstOrDefault(a => a.AttributeClass?.Name == "KernelAttribute") is not { } attribute) continue;
            KernelDeclaration declaration = KernelDeclaration.Read(method, attribute);
            foreach (VariantDeclaration v in declaration.Variants) kernels.Add(v.EntryName, (method, declaration));
        }

        return (compilation, kernels);
    }

    static IEnumerable<(string Name, string Text)> Resources(Assembly assembly)
    {
        foreach (string name in assembly.GetManifestResourceNames().Where(n => n.EndsWith(".cs", StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return (name, reader.ReadToEnd());
        }
    }

    static bool IsReferenced(string path) => Path.GetFileName(path) is var name
        && (name.StartsWith("System.", StringComparison.Ordinal) || name is "mscorlib.dll" or "netstandard.dll" or "LbrCore.Compute.dll" or "Microsoft.CSharp.dll" or "System.Private.CoreLib.dll");
}
