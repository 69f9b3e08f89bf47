using System;
using System.Collections.Generic;
using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;

namespace LbrCore.Compute.Generator.FrontEnd;

/// <summary>A scalar inside a value of some C# type: its IR type and its byte offset in memory.</summary>
internal readonly record struct Leaf(IrType Type, int Offset);

/// <summary>
/// How a C# type is taken apart: the list of its scalar leaves in declaration order. A view is a pointer and a length; a struct is the leaves of its
/// fields at the offsets of C#'s sequential layout.
/// </summary>
internal sealed class Shape
{
    public ITypeSymbol Symbol { get; private set; } = null!;

    public Leaf[] Leaves { get; private set; } = [];

    /// <summary>Field name to the first leaf and the shape of the field; empty for scalars.</summary>
    public IReadOnlyList<(string Name, int First, Shape Shape)> Fields { get; private set; } = [];

    /// <summary>Bytes in memory.</summary>
    public int Size { get; private set; }

    public int Alignment { get; private set; } = 1;

    /// <summary>Element type when this is an ArrayView.</summary>
    public ITypeSymbol? ViewElement { get; private set; }

    public bool IsView => ViewElement != null;

    public bool IsScalar => Leaves.Length == 1 && Fields.Count == 0 && !IsView;

    /// <summary>True for the vocabulary's own vectors, which are read and written as one wide access.</summary>
    public bool IsVector { get; private set; }

    /// <summary>
    /// Whether the offsets of the leaves are those in memory: .NET orders the fields of a tuple as it likes, unless all have one size, and those of a struct
    /// that holds a tuple.
    /// </summary>
    public bool HasLayout { get; private set; } = true;

    /// <summary>Takes a type apart.</summary>
    /// <param name="type">The type, without type parameters.</param>
    /// <param name="unsupported">Makes the exception for a type that kernels do not know; the last argument says why, where the type alone does not.</param>
    /// <param name="at">Where the type is used.</param>
    /// <param name="depth">How deep in a struct it stands.</param>
    public static Shape Of(ITypeSymbol type, Func<ITypeSymbol, Location?, string, Exception> unsupported, Location? at, int depth = 0)
    {
        if (ScalarType(type) is { } scalar) return new Shape { Symbol = type, Leaves = [new Leaf(scalar, 0)], Size = scalar.Size(), Alignment = scalar.Size() };
        if (type is not INamedTypeSymbol named || type.TypeKind != TypeKind.Struct || depth > 8) throw unsupported(type, at, "");
        string name = named.OriginalDefinition.Name;
        if (Symbols.InVocabulary(named))
        {
            switch (name)
            {
                case "ArrayView":
                    // On the host it is address, length and a flag; the device takes the first two.
                    return new Shape { Symbol = type, Leaves = [new Leaf(IrType.PtrGlobal, 0), new Leaf(IrType.S64, 8)], Size = 24, Alignment = 8, ViewElement = named.TypeArguments[0] };
                case "Packed":
                    return Composite(type, [.. Enumerable.Range(0, 4).Select(i => ("Word" + i, Word(type, IrType.U32)))], vector: true);
                case "Index2D" or "Index3D":
                    return Composite(type, [.. (name == "Index2D" ? "XY" : "XYZ").Select(c => (c.ToString(), Word(type, IrType.S32)))], vector: false);
                case "BFloat16x2" or "Half2":
                    return Composite(type, [("Bits", Word(type, IrType.U32))], vector: true);
            }
        }

        if (named.IsTupleType)
        {
            Shape tuple = Composite(type, [.. named.TupleElements.Select(f => ((f.CorrespondingTupleField ?? f).Name, Of(f.Type, unsupported, at, depth + 1)))], vector: false);
            tuple.HasLayout &= tuple.Fields.All(f => f.Shape.IsScalar && f.Shape.Size == tuple.Fields[0].Shape.Size) && tuple.Fields.Count < 8;
            return tuple;
        }

        if (named.SpecialType != SpecialType.None || named.IsRefLikeType || (named.ContainingNamespace is { } ns && ns.ToDisplayString() is "System" or "System.Numerics")) throw unsupported(type, at, "");
        if (named.DeclaringSyntaxReferences.Length == 0 && !Symbols.InVocabulary(named)) throw unsupported(type, at, " because its layout is decided in another project: declare it in the project of the kernel");
        if (Symbols.Reason(named) is { } reason) throw unsupported(type, at, reason);
        var fields = named.GetMembers().OfType<IFieldSymbol>().Where(f => !f.IsStatic).ToArray();
        bool vector = Symbols.InVocabulary(named) && name is "Float2" or "Float4" or "Int2" or "Int4" or "UInt2" or "UInt4";
        return Composite(type, [.. fields.Select(f => (FieldName(f), Of(f.Type, unsupported, at, depth + 1)))], vector);
    }

    /// <summary>The IR type of a C# scalar, enums by their underlying type; null for anything else.</summary>
    public static IrType? ScalarType(ITypeSymbol type)
    {
        if (type is INamedTypeSymbol { TypeKind: TypeKind.Enum, EnumUnderlyingType: { } underlying }) type = underlying;
        switch (type.SpecialType)
        {
            case SpecialType.System_Boolean: return IrType.Pred;
            case SpecialType.System_SByte: return IrType.S8;
            case SpecialType.System_Byte: return IrType.U8;
            case SpecialType.System_Int16: return IrType.S16;
            case SpecialType.System_UInt16 or SpecialType.System_Char: return IrType.U16;
            case SpecialType.System_Int32: return IrType.S32;
            case SpecialType.System_UInt32: return IrType.U32;
            case SpecialType.System_Int64 or SpecialType.System_IntPtr: return IrType.S64;
            case SpecialType.System_UInt64 or SpecialType.System_UIntPtr: return IrType.U64;
            case SpecialType.System_Single: return IrType.F32;
            case SpecialType.System_Double: return IrType.F64;
        }

        if (type.Name == "Half" && type.ContainingNamespace is { Name: "System", ContainingNamespace.IsGlobalNamespace: true }) return IrType.F16;
        if (type.Name == "BFloat16" && Symbols.InVocabulary(type)) return IrType.BF16;
        if (type.Name == "Index1D" && Symbols.InVocabulary(type)) return IrType.S32;
        return null;
    }

    /// <summary>An auto-property's backing field goes by the name of the property.</summary>
    public static string FieldName(IFieldSymbol f) => f.AssociatedSymbol?.Name ?? (f.CorrespondingTupleField ?? f).Name;

    static Shape Word(ITypeSymbol type, IrType t) => new() { Symbol = type, Leaves = [new Leaf(t, 0)], Size = t.Size(), Alignment = t.Size() };

    static Shape Composite(ITypeSymbol type, (string Name, Shape Shape)[] fields, bool vector)
    {
        var leaves = new List<Leaf>();
        var table = new List<(string, int, Shape)>();
        int size = 0, alignment = 1;
        foreach ((string name, Shape shape) in fields)
        {
            size = (size + shape.Alignment - 1) / shape.Alignment * shape.Alignment;
            table.Add((name, leaves.Count, shape));
            foreach (Leaf leaf in shape.Leaves) leaves.Add(new Leaf(leaf.Type, leaf.Offset + size));
            size += shape.Size;
            alignment = Math.Max(alignment, shape.Alignment);
        }

        size = Math.Max(1, (size + alignment - 1) / alignment * alignment);
        return new Shape { Symbol = type, Leaves = [.. leaves], Fields = table, Size = size, Alignment = alignment, IsVector = vector, HasLayout = fields.All(f => f.Shape.HasLayout && !f.Shape.Symbol.IsTupleType) };
    }
}
