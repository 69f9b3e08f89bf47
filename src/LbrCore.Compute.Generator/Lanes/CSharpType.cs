using System.Globalization;
using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Lanes;

/// <summary>How IR types and constants are written in C#: a value that is the same in the whole warp is a plain scalar, any other one a struct of 32 lanes.</summary>
internal static class CSharpType
{
    /// <summary>The lane struct of a type. Narrow integers and sixteen-bit floats live in 32-bit lanes.</summary>
    public static string Lanes(IrType type) => type switch
    {
        IrType.Pred => "Mask",
        IrType.S8 or IrType.S16 or IrType.S32 => "I32",
        IrType.U8 or IrType.U16 or IrType.U32 or IrType.F16 or IrType.BF16 => "U32",
        IrType.F32 => "F32",
        IrType.U64 => "U64",
        IrType.F64 => "F64",
        _ => "I64",
    };

    /// <summary>The C# type of a value that all lanes share.</summary>
    public static string Scalar(IrType type) => type switch
    {
        IrType.Pred => "bool",
        IrType.S8 or IrType.S16 or IrType.S32 => "int",
        IrType.U8 or IrType.U16 or IrType.U32 or IrType.F16 or IrType.BF16 => "uint",
        IrType.F32 => "float",
        IrType.S64 => "long",
        IrType.U64 => "ulong",
        IrType.F64 => "double",
        _ => "byte*",
    };

    /// <summary>The element of a lane struct as <c>Vector512</c> names it in conversions.</summary>
    public static string VectorSuffix(IrType type) => Lanes(type) switch
    {
        "I32" or "Mask" => "Int32",
        "U32" => "UInt32",
        "F32" => "Single",
        "U64" => "UInt64",
        "F64" => "Double",
        _ => "Int64",
    };

    /// <summary>The element type of the vectors inside a lane struct.</summary>
    public static string VectorElement(IrType type) => Lanes(type) switch
    {
        "I32" or "Mask" => "int",
        "U32" => "uint",
        "F32" => "float",
        "U64" => "ulong",
        "F64" => "double",
        _ => "long",
    };

    /// <summary>Whether lanes of a type are 64 bits wide, in four vectors instead of two.</summary>
    public static bool IsWide(IrType type) => Lanes(type) is "I64" or "U64" or "F64";

    /// <summary>How memory functions name an element: <c>LoadF32</c>, <c>StoreU16</c>.</summary>
    public static string Element(IrType type) => type switch
    {
        IrType.Pred => "U8",
        IrType.F16 or IrType.BF16 => "U16",
        _ => type.ToString(),
    };

    /// <summary>A constant as a C# expression of the scalar type.</summary>
    public static string Literal(IrType type, ulong bits)
    {
        switch (type)
        {
            case IrType.Pred:
                return bits != 0 ? "true" : "false";
            case IrType.F32:
                return Float(Constants.ToFloat(bits), bits);
            case IrType.F64:
                return Double(Constants.ToDouble(bits), bits);
            case IrType.S64:
                return (long)bits == long.MinValue ? "long.MinValue" : ((long)bits).ToString(CultureInfo.InvariantCulture) + "L";
            case IrType.U64:
                return Unsigned(bits) + "ul";
            case IrType.S8 or IrType.S16 or IrType.S32:
                return (int)bits == int.MinValue ? "int.MinValue" : ((int)bits).ToString(CultureInfo.InvariantCulture);
            default:
                return Unsigned(bits) + "u";
        }
    }

    static string Unsigned(ulong bits) => bits > 0xffff ? "0x" + bits.ToString("x", CultureInfo.InvariantCulture) : bits.ToString(CultureInfo.InvariantCulture);

    static string Float(float x, ulong bits)
    {
        if (float.IsNaN(x)) return bits == 0xffc00000UL ? "float.NaN" : $"Lanes.AsF32(0x{bits:x8}u)";
        if (float.IsInfinity(x)) return x > 0 ? "float.PositiveInfinity" : "float.NegativeInfinity";
        if (x == 0) return bits == 0 ? "0f" : "-0f";
        string shortest = x.ToString("R", CultureInfo.InvariantCulture);
        // Some runtimes' shortest form does not read back to the same number.
        if (float.Parse(shortest, CultureInfo.InvariantCulture) != x) shortest = x.ToString("G9", CultureInfo.InvariantCulture);
        return shortest + "f";
    }

    static string Double(double x, ulong bits)
    {
        if (double.IsNaN(x)) return bits == 0xfff8000000000000UL ? "double.NaN" : $"Lanes.AsF64(0x{bits:x16}ul)";
        if (double.IsInfinity(x)) return x > 0 ? "double.PositiveInfinity" : "double.NegativeInfinity";
        if (x == 0) return bits == 0 ? "0.0" : "-0.0";
        string shortest = x.ToString("R", CultureInfo.InvariantCulture);
        if (double.Parse(shortest, CultureInfo.InvariantCulture) != x) shortest = x.ToString("G17", CultureInfo.InvariantCulture);
        return shortest.IndexOfAny(['.', 'E', 'e']) < 0 ? shortest + ".0" : shortest;
    }
}
