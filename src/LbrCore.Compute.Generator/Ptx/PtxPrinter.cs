using System.Text;
using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Ptx;

/// <summary>Prints a verified kernel as a complete PTX module with one entry.</summary>
internal static class PtxPrinter
{
    /// <summary>Name of the block of static shared memory.</summary>
    public const string StaticShared = "static_shared";
    /// <summary>Name of the dynamic shared memory.</summary>
    public const string DynamicShared = "dynamic_shared";

    /// <summary>Verifies and prints. Lengths of views are not read unless the kernel computes with them; parameters that nothing reads are not loaded.</summary>
    public static PtxModule Print(IrKernel kernel)
    {
        Verifier.Verify(kernel);
        var requirements = new PtxRequirements();
        var registers = new RegisterFile();
        var emitter = new PtxEmitter(kernel, registers, requirements);
        emitter.EmitKernel();

        var text = new StringBuilder();
        text.Append(requirements.Header());
        if (kernel.Source.Line > 0) text.Append("// ").Append(kernel.Name).Append(": ").Append(PtxText.Ascii(kernel.Source.File)).Append(':').Append(Literals.Number(kernel.Source.Line)).Append('\n');
        if (emitter.UsesDynamicShared) text.Append(".extern .shared .align ").Append(emitter.NeedsSwizzledShared ? "1024" : "128").Append(" .b8 ").Append(DynamicShared).Append("[];\n");
        text.Append(".visible .entry ").Append(kernel.Name).Append('(');
        for (int i = 0; i < kernel.Parameters.Count; i++)
            text.Append(i > 0 ? ",\n\t" : "\n\t").Append(".param .").Append(ParameterType(kernel.Parameters[i].Value.Type)).Append(' ').Append(ParameterName(kernel, i));
        text.Append(kernel.Parameters.Count > 0 ? "\n)\n" : ")\n");

        // A fixed size also tells ptxas what the size registers hold; without one the largest legal group must still find its registers.
        text.Append(kernel.GroupSize > 0 ? $".reqntid {Literals.Number(kernel.GroupSize)}, 1, 1\n" : ".maxntid 1024, 1, 1\n");
        if (kernel.MinGroupsPerMultiprocessor > 0) text.Append(".minnctapersm ").Append(Literals.Number(kernel.MinGroupsPerMultiprocessor)).Append('\n');
        if (kernel.MaxRegisters > 0) text.Append(".maxnreg ").Append(Literals.Number(kernel.MaxRegisters)).Append('\n');

        text.Append("{\n");
        if (kernel.StaticSharedBytes > 0)
            text.Append($"\t.shared .align {Literals.Number(kernel.StaticSharedAlignment)} .b8 {StaticShared}[{Literals.Number(kernel.StaticSharedBytes)}];\n");
        text.Append(emitter.LocalDeclarations);
        registers.Declare(text);
        text.Append(emitter.Body).Append("\tret;\n}\n");
        return new PtxModule(text.ToString(), requirements.MinimumCapability, requirements.ArchitectureSpecific, emitter.LocalBytes);
    }

    /// <summary>Name of a parameter slot. The number keeps it unique and apart from PTX's reserved words.</summary>
    public static string ParameterName(IrKernel kernel, int slot) => "p" + Literals.Number(slot) + "_" + Literals.Identifier(kernel.Parameters[slot].Name);

    static string ParameterType(IrType t) => t switch
    {
        IrType.F16 or IrType.BF16 => "b16",
        IrType.Pred or IrType.S8 or IrType.U8 or IrType.S16 or IrType.U16 => "u32",
        _ => Literals.Arithmetic(t),
    };
}
