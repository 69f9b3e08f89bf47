using System.Globalization;
using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Ptx;

/// <summary>Spelling of constants and types in PTX.</summary>
internal static class Literals
{
    /// <summary>An immediate operand; floats as their bits, so that no rounding of text comes in between.</summary>
    public static string Immediate(IrType type, ulong bits) => type switch
    {
        IrType.F32 => "0f" + bits.ToString("X8", CultureInfo.InvariantCulture),
        IrType.F64 => "0d" + bits.ToString("X16", CultureInfo.InvariantCulture),
        IrType.F16 or IrType.BF16 => "0x" + bits.ToString("X4", CultureInfo.InvariantCulture),
        IrType.S64 when (long)bits == long.MinValue => "0x8000000000000000",
        _ when type.IsSigned() => ((long)bits).ToString(CultureInfo.InvariantCulture),
        IrType.U32 when bits > 0xFFFF => "0x" + bits.ToString("x8", CultureInfo.InvariantCulture),
        _ when bits > 0xFFFF => "0x" + bits.ToString("x16", CultureInfo.InvariantCulture),
        _ => bits.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>A decimal number.</summary>
    public static string Number(long x) => x.ToString(CultureInfo.InvariantCulture);

    /// <summary>The type suffix of arithmetic on a type; narrow integers are computed on as 32-bit ones of the same sign.</summary>
    public static string Arithmetic(IrType type) => type switch
    {
        IrType.F32 => "f32",
        IrType.F64 => "f64",
        IrType.S64 => "s64",
        IrType.U64 or IrType.PtrGlobal or IrType.PtrLocal => "u64",
        IrType.S8 or IrType.S16 or IrType.S32 => "s32",
        _ => "u32",
    };

    /// <summary>The untyped suffix of the register that holds a type.</summary>
    public static string Bits(IrType type) => RegisterFile.ClassOf(type) switch
    {
        RegisterClass.Predicate => "pred",
        RegisterClass.Half => "b16",
        RegisterClass.Word or RegisterClass.Single => "b32",
        _ => "b64",
    };

    /// <summary>The type suffix of a memory access.</summary>
    public static string Memory(IrType type) => type switch
    {
        IrType.Pred or IrType.U8 => "u8",
        IrType.S8 => "s8",
        IrType.S16 => "s16",
        IrType.U16 => "u16",
        IrType.F16 or IrType.BF16 => "b16",
        IrType.PtrGlobal => "u64",
        _ => Arithmetic(type),
    };

    /// <summary>The state space of a pointer.</summary>
    public static string Space(IrType pointer) => pointer switch
    {
        IrType.PtrGlobal => "global",
        IrType.PtrShared => "shared",
        _ => "local",
    };

    /// <summary>A name from the source as a PTX identifier: other characters than ASCII letters, digits and underscore become underscores.</summary>
    public static string Identifier(string name)
    {
        char[] text = name.ToCharArray();
        for (int i = 0; i < text.Length; i++)
            if (text[i] is not ((>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '_')) text[i] = '_';
        return new string(text);
    }
}
