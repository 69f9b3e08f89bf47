using System.Globalization;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace LbrCore.Compute.Generator.Emit;

/// <summary>Names, types and constants as C# spells them.</summary>
internal static class CSharpText
{
    /// <summary>A type with its namespace, valid in any file.</summary>
    public static string Full(ITypeSymbol type) => type.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);

    /// <summary>A name that may be a keyword.</summary>
    public static string Escape(string name) => "@" + name;

    /// <summary>A string literal.</summary>
    public static string Quote(string text) => SymbolDisplay.FormatLiteral(text, quote: true);

    /// <summary>A constant of a parameter's type, cast to it.</summary>
    public static string Constant(object? value, ITypeSymbol type) => value switch
    {
        null => "default",
        bool b => b ? "true" : "false",
        float.NaN => "float.NaN",
        double.NaN => "double.NaN",
        float.PositiveInfinity or double.PositiveInfinity => "float.PositiveInfinity",
        float.NegativeInfinity or double.NegativeInfinity => "float.NegativeInfinity",
        float f => f.ToString("R", CultureInfo.InvariantCulture) + "f",
        double d => d.ToString("R", CultureInfo.InvariantCulture) + "d",
        char c => "(char)" + ((int)c).ToString(CultureInfo.InvariantCulture),
        _ => $"({Full(type)})({string.Format(CultureInfo.InvariantCulture, "{0}", value)})",
    };

    /// <summary>The C# type of a scalar in an argument block.</summary>
    public static string Scalar(IrType t) => t switch
    {
        IrType.Pred => "bool",
        IrType.S8 => "sbyte",
        IrType.U8 => "byte",
        IrType.S16 => "short",
        IrType.U16 => "ushort",
        IrType.F16 => "global::System.Half",
        IrType.BF16 => "global::LbrCore.Compute.BFloat16",
        IrType.S32 => "int",
        IrType.U32 => "uint",
        IrType.F32 => "float",
        IrType.S64 => "long",
        IrType.F64 => "double",
        _ => "ulong",
    };

    public static string Access(Accessibility a) => a switch
    {
        Accessibility.Public => "public",
        Accessibility.Internal => "internal",
        Accessibility.Protected => "protected",
        Accessibility.ProtectedOrInternal => "protected internal",
        Accessibility.ProtectedAndInternal => "private protected",
        _ => "private",
    };
}
