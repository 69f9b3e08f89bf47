using System;
using System.Collections.Generic;
using System.Linq;
using LbrCore.Compute.Generator.FrontEnd;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using static LbrCore.Compute.Generator.Emit.CSharpText;

namespace LbrCore.Compute.Generator.Emit;

/// <summary>Writes the private class that holds a kernel's variants: their descriptions, their PTX, and the calls of the kernel method itself.</summary>
internal sealed class VariantWriter(KernelDeclaration kernel, IReadOnlyList<CompiledVariant> variants, CodeWriter text)
{
    const string Compute = "global::LbrCore.Compute.";

    /// <summary>A preprocessor symbol of the kernels' project: PTX is stored packed, and the SIMD form's C# beside it.</summary>
    const string PackSymbol = "LBR_PACKED_TEXTS";

    readonly IMethodSymbol _method = kernel.Method;
    readonly bool _packed = kernel.Method.DeclaringSyntaxReferences.Any(r => r.SyntaxTree.Options.PreprocessorSymbolNames.Contains(PackSymbol));

    public void Write()
    {
        // Nested, so that kernels and their types may be private.
        text.Line($"private static unsafe class {kernel.HolderName}");
        text.Line("{");
        text.Line($"internal static readonly {Compute}KernelVariant[] All =");
        text.Line("[");
        for (int i = 0; i < variants.Count; i++) Describe(variants[i], i);
        text.Line("];");
        if (_packed)
        {
            text.Raw($"static readonly {Compute}PackedTexts PackedPtx = {Packed(variants.Select(v => v.Ptx.Text.TrimEnd()))};\n");
            text.Raw($"static readonly {Compute}PackedTexts? PackedLanes = {Where("All", Packed(variants.Select(v => v.Lanes.TrimEnd())))};\n");
        }

        for (int i = 0; i < variants.Count; i++)
        {
            CompiledVariant v = variants[i];
            text.Line();
            Scalar(v.Declaration);
            text.Line();
            Ptx(v, i);
        }

        text.Line("}");
    }

    void Describe(CompiledVariant v, int index)
    {
        VariantDeclaration d = v.Declaration;
        text.Line($"new {Compute}KernelVariant");
        text.Line("{");
        text.Line($"Name = \"{d.EntryName}\",");
        text.Line($"Kernel = {Quote(kernel.DisplayName)},");
        text.Line($"Specialization = {Quote(d.Specialization)},");
        text.Line($"SourceFile = {Quote(v.Kernel.Source.File ?? "")},");
        text.Line($"SourceLine = {v.Kernel.Source.Line},");
        text.Line($"GroupSize = {v.Kernel.GroupSize},");
        text.Line($"StaticSharedBytes = {v.Kernel.StaticSharedBytes},");
        text.Line($"MinimumCapability = {v.Ptx.MinimumCapability},");
        text.Line($"UsesArchitectureSpecific = {(v.Ptx.ArchitectureSpecific ? "true" : "false")},");
        text.Line($"LocalBytesExpected = {v.Kernel.LocalBytes},");
        text.Line($"Parameters = {Compute}KernelParameter.List({Quote(string.Join("\n", Parameters(d)))}),");
        text.Line($"Ptx = static () => {d.EntryName}_ptx,");
        if (v.Lanes.Length > 0)
        {
            string lanes = $"static () => new {KernelCompiler.LanesClassName(d)}()";
            text.Line($"Lanes = {LanesWhere(v, lanes)},");
            if (_packed) text.Line($"LanesSource = {Where("All", $"static () => PackedLanes![{index}]")},");
        }

        text.Line($"Scalar = {Where("All", d.EntryName + "_scalar")},");
        text.Line("},");
    }

    /// <summary>The PTX as text, which is how one wants to read it; or packed, in an assembly compiled with <see cref="PackSymbol"/>.</summary>
    void Ptx(CompiledVariant v, int index)
    {
        string ptx = v.Ptx.Text.TrimEnd(), quotes = Quotes(ptx);
        text.Line($"static global::System.ReadOnlySpan<byte> {v.Declaration.EntryName}_ptx =>");
        text.Raw(_packed ? $"PackedPtx[{index}];\n" : $"{quotes}\n{ptx}\n{quotes}u8;\n");
    }

    static string Packed(IEnumerable<string> texts) => $"new {Compute}PackedTexts(static () => [{string.Join(",", TextPacker.Pack([.. texts]))}])";

    /// <summary>A form that a trimmed program may leave out.</summary>
    static string Where(string feature, string form) => $"{Compute}KernelForms.{feature} ? {form} : null";

    string LanesWhere(CompiledVariant v, string lanes) =>
        UsesTensorCores(v.Kernel.Body) || (kernel.Use != KernelUse.Storage && HasHalves(v.Declaration)) ? Where("All", lanes)
        : kernel.Use == KernelUse.Training ? Where("Training", lanes)
        : lanes;

    /// <summary>Whether the variant is one for 16-bit floats, which a small program computes in float32 on a CPU.</summary>
    static bool HasHalves(VariantDeclaration declaration) => declaration.Types.Any(t => t.Name is "Half" or "BFloat16");

    static bool UsesTensorCores(Region region) => region.Ops.Any(op => op.Code is Opcode.Mma or Opcode.WarpGroupMma || op.Regions.Any(UsesTensorCores));

    // As one text: an expression for each would be a third of a small program's code around kernels.
    IEnumerable<string> Parameters(VariantDeclaration d) =>
        from p in _method.Parameters
        where !kernel.ConstParameters.Contains(p.Ordinal)
        select $"{p.Name} {kernel.ShapeOf(p, d).Leaves.Length} {KernelDeclaration.Substitute(p.Type, d).ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)}";

    /// <summary>The kernel method itself, called with the arguments of the slots.</summary>
    void Scalar(VariantDeclaration d)
    {
        text.Line($"static void {d.EntryName}_scalar(ulong* slots)");
        text.Line("{");
        int slot = 0;
        var arguments = new List<string>();
        int constant = 0;
        foreach (IParameterSymbol p in _method.Parameters)
        {
            if (kernel.ConstParameters.Contains(p.Ordinal))
            {
                arguments.Add(Constant(d.Constants[constant++], p.Type));
                continue;
            }

            string name = Full(KernelDeclaration.Substitute(p.Type, d));
            Shape shape = kernel.ShapeOf(p, d);
            if (shape.IsView)
            {
                arguments.Add($"new {name}((nint)slots[{slot}], (long)slots[{slot + 1}])");
            }
            else if (shape.IsScalar)
            {
                arguments.Add($"*({name}*)(slots + {slot})");
            }
            else
            {
                text.Line($"{name} argument{p.Ordinal} = default;");
                for (int i = 0; i < shape.Leaves.Length; i++)
                {
                    string t = CSharpText.Scalar(shape.Leaves[i].Type);
                    text.Line($"*({t}*)((byte*)&argument{p.Ordinal} + {shape.Leaves[i].Offset}) = *({t}*)(slots + {slot + i});");
                }

                arguments.Add($"argument{p.Ordinal}");
            }

            slot += shape.Leaves.Length;
        }

        string types = d.Types.Length == 0 ? "" : "<" + string.Join(", ", d.Types.Select(Full)) + ">";
        text.Line($"{Full(_method.ContainingType)}.{Escape(_method.Name)}{types}({string.Join(", ", arguments)});");
        text.Line("}");
    }

    /// <summary>A run of quotes longer than any in the text (raw PTX may hold some).</summary>
    static string Quotes(string ptx)
    {
        string quotes = "\"\"\"";
        while (ptx.IndexOf(quotes, StringComparison.Ordinal) >= 0) quotes += "\"";
        return quotes;
    }
}
