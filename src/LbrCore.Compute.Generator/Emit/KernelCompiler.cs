using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using System.Threading;
using LbrCore.Compute.Generator.FrontEnd;
using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Lanes;
using LbrCore.Compute.Generator.Passes;
using LbrCore.Compute.Generator.Ptx;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace LbrCore.Compute.Generator.Emit;

/// <summary>One specialisation of a kernel in all its forms.</summary>
internal sealed record CompiledVariant(VariantDeclaration Declaration, IrKernel Kernel, PtxModule Ptx, string Lanes);

/// <summary>From a kernel method to the text of its generated file.</summary>
internal static class KernelCompiler
{
    public static KernelModel Compile(Compilation compilation, IMethodSymbol method, AttributeData attribute, string hint, CancellationToken cancel)
    {
        RequireProject(compilation, method);
        KernelDeclaration declaration = KernelDeclaration.Read(method, attribute);
        var warnings = new List<(DiagnosticDescriptor, Location?, object[])>();
        var variants = new List<CompiledVariant>();
        foreach (VariantDeclaration v in declaration.Variants)
        {
            KernelOptions options = declaration.OptionsOf(v);
            IrKernel ptx = Lowering.Lower(compilation, Machine.Ptx, options, method, v.Types, v.Constants, warnings, cancel);
            Pipeline.ForPtx(ptx);
            IrKernel lanes = Lowering.Lower(compilation, Machine.Lanes, options, method, v.Types, v.Constants, warnings, cancel);
            Pipeline.ForLanes(lanes);
            variants.Add(new CompiledVariant(v, ptx, PtxPrinter.Print(ptx), LanesPrinter.Print(lanes, LanesClassName(v))));
        }

        DiagnosticModel[] reported = [.. warnings.Select(w => DiagnosticModel.From(w.Item1, w.Item2, w.Item3)).Distinct()];
        string source = new LauncherWriter(declaration, variants).Write();
        return new KernelModel(hint, source, declaration.CatalogEntry, new EquatableList<DiagnosticModel>(reported));
    }

    /// <summary>The generated code has pointers, raw strings and collection expressions.</summary>
    static void RequireProject(Compilation compilation, IMethodSymbol method)
    {
        string? missing = compilation is not CSharpCompilation c ? null
            : !c.Options.AllowUnsafe ? "<AllowUnsafeBlocks>true</AllowUnsafeBlocks>"
            : c.LanguageVersion < LanguageVersion.CSharp12 ? "<LangVersion>12.0</LangVersion> or a later one"
            : null;
        if (missing != null) throw new KernelException(Diagnostics.InvalidKernelSignature, method.Locations[0], $"The project of the kernel '{method.Name}' must set {missing}: the generated code needs it");
    }

    public static string LanesClassName(VariantDeclaration v) => v.EntryName + "_lanes";
}
