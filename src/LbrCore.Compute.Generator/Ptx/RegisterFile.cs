using System.Text;
using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Ptx;

/// <summary>The kinds of PTX virtual register that the printer declares.</summary>
internal enum RegisterClass : byte
{
    /// <summary><c>%p</c>, <c>.pred</c>.</summary>
    Predicate,
    /// <summary><c>%h</c>, <c>.b16</c>: raw bits of half and bfloat16.</summary>
    Half,
    /// <summary><c>%r</c>, <c>.b32</c>: integers up to 32 bits (the narrow ones kept sign- or zero-extended) and shared addresses.</summary>
    Word,
    /// <summary><c>%rd</c>, <c>.b64</c>: 64-bit integers, global and local addresses.</summary>
    DoubleWord,
    /// <summary><c>%f</c>, <c>.f32</c>.</summary>
    Single,
    /// <summary><c>%fd</c>, <c>.f64</c>.</summary>
    Double,
}

/// <summary>Hands out virtual registers by class and declares them. ptxas does the real allocation.</summary>
internal sealed class RegisterFile
{
    static readonly string[] _prefixes = ["%p", "%h", "%r", "%rd", "%f", "%fd"];
    static readonly string[] _types = [".pred", ".b16", ".b32", ".b64", ".f32", ".f64"];

    readonly int[] _next = [0, 0, 0, 0, 0, 0];

    /// <summary>A register that nothing else uses.</summary>
    public string New(RegisterClass c) => _prefixes[(int)c] + _next[(int)c]++;

    /// <summary>The register class that holds values of a type.</summary>
    public static RegisterClass ClassOf(IrType t) => t switch
    {
        IrType.Pred => RegisterClass.Predicate,
        IrType.F16 or IrType.BF16 => RegisterClass.Half,
        IrType.F32 => RegisterClass.Single,
        IrType.F64 => RegisterClass.Double,
        IrType.S64 or IrType.U64 or IrType.PtrGlobal or IrType.PtrLocal => RegisterClass.DoubleWord,
        _ => RegisterClass.Word,
    };

    /// <summary>The type of a plain move between registers of a class.</summary>
    public static string MoveType(RegisterClass c) => c switch
    {
        RegisterClass.Predicate => "pred",
        RegisterClass.Half => "b16",
        RegisterClass.Word => "b32",
        RegisterClass.DoubleWord => "b64",
        RegisterClass.Single => "f32",
        _ => "f64",
    };

    /// <summary>The <c>.reg</c> declarations of everything handed out.</summary>
    public void Declare(StringBuilder text)
    {
        for (int i = 0; i < _next.Length; i++)
            if (_next[i] > 0) text.Append("\t.reg ").Append(_types[i]).Append(' ').Append(_prefixes[i]).Append('<').Append(_next[i]).Append(">;\n");
    }
}
