using System.Collections.Generic;
using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// Properties: fields in disguise, members of the vocabulary, or methods to be inlined.
internal sealed partial class Lowering
{
    /// <summary>What an object initializer, a with expression or a pattern means by its implicit receiver, innermost last.</summary>
    readonly Stack<Place> _receivers = new();

    Datum Property(IPropertyReferenceOperation p)
    {
        if (IsViewIndexer(p)) return Read(Element(p));
        if (Symbols.InVocabulary(p.Property.ContainingType) && IntrinsicProperty(p) is { } known) return known;
        if (p.Instance == null && Shape.ScalarType(Substitute(p.ConstrainedToType ?? p.Property.ContainingType)) is { } number && NumberConstant(number, SimpleName(p.Property)) is { } constant)
            return new Datum(ShapeOf(p.Type!, p.Syntax), [constant]);
        if (ShapeFieldOf(p) is { } field) return Read(Member(PlaceOf(p.Instance!), field));
        (IMethodSymbol getter, Place? receiver) = Accessor(p, p.Property.GetMethod);
        return Inline(getter, receiver, ArgumentsOf(p), p.Syntax) ?? throw Unsupported(p);
    }

    /// <summary>A property where it is written or has a member taken: its receiver and index are evaluated once.</summary>
    Place PropertyPlaceOf(IPropertyReferenceOperation p)
    {
        if (IsViewIndexer(p)) return Element(p);
        if (ShapeFieldOf(p) is { } field) return Member(PlaceOf(p.Instance!), field);
        if (p.Instance?.Type is { } packed && Symbols.IsVocabularyType(packed, "Packed") && p.Property.IsIndexer)
        {
            Place place = PlaceOf(p.Instance);
            Value index = ScalarExpression(p.Arguments[0].Value);
            Shape element = PackedElement(packed, p.Syntax);
            return new PropertyPlace(element, () => GetPacked(Read(place), index, p.Syntax), v => SetPacked(place, index, v.Value, p.Syntax));
        }

        if (p.Property.SetMethod is not { IsStatic: false } set || p.Property.OriginalDefinition.DeclaringSyntaxReferences.Length == 0) return new ValuePlace(Property(p));
        (IMethodSymbol setter, Place? receiver) = Accessor(p, set);
        Place[] arguments = ArgumentsOf(p);
        return new PropertyPlace(ShapeOf(p.Type!, p.Syntax),
            () => Inline(Accessor(p, p.Property.GetMethod).Method, receiver, arguments, p.Syntax) ?? throw Unsupported(p),
            v => Inline(setter, receiver, [.. arguments, new ValuePlace(v)], p.Syntax));
    }

    Place[] ArgumentsOf(IPropertyReferenceOperation p)
    {
        var arguments = new Place[p.Property.Parameters.Length];
        foreach (IArgumentOperation a in p.Arguments) arguments[a.Parameter!.Ordinal] = new ValuePlace(Expression(a.Value));
        return arguments;
    }

    /// <summary>The accessor to inline, and its receiver.</summary>
    (IMethodSymbol Method, Place? Receiver) Accessor(IPropertyReferenceOperation p, IMethodSymbol? accessor)
    {
        string name = p.Property.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat);
        if (accessor == null) throw Unsupported(p);
        if (accessor.IsStatic)
        {
            if (IsStaticVirtual(accessor) && p.ConstrainedToType is { } constrained) accessor = Implementation(constrained, accessor, p.Syntax);
            if (IsAutoProperty(p.Property)) throw new KernelException(Diagnostics.MutableStatic, p.Syntax.GetLocation(), name);
        }
        else if (p.Instance?.Type is ITypeParameterSymbol receiverType)
        {
            accessor = Implementation(receiverType, accessor, p.Syntax);
        }
        else if (p.Instance?.Type is { IsReferenceType: true } or { TypeKind: TypeKind.Interface })
        {
            throw p.Instance.Type.TypeKind == TypeKind.Interface ? new KernelException(Diagnostics.VirtualCall, p.Syntax.GetLocation(), name) : UnsupportedType(p.Instance.Type, p.Syntax.GetLocation());
        }

        if (accessor.OriginalDefinition.DeclaringSyntaxReferences.Length == 0) throw new KernelException(Diagnostics.NoSource, p.Syntax.GetLocation(), name);
        return (accessor, p.Instance == null || accessor.IsStatic ? null : Receiver(p.Instance, accessor));
    }

    /// <summary>The field behind a property that is nothing else: an auto-property, or a field-like property of a vocabulary struct.</summary>
    string? ShapeFieldOf(IPropertyReferenceOperation property)
    {
        if (property.Instance?.Type is not { IsValueType: true } type || property.Arguments.Length > 0) return null;
        IPropertySymbol definition = property.Property.OriginalDefinition;
        if (Symbols.InVocabulary(definition.ContainingType) && definition.ContainingType.Name is "Index2D" or "Index3D") return definition.Name;
        bool auto = type is not ITypeParameterSymbol && IsAutoProperty(definition) && new[] { definition.GetMethod, definition.SetMethod }.All(a => a == null || IsAutoAccessor(a));
        return auto && ShapeOf(type, property.Syntax).Fields.Any(f => f.Name == definition.Name) ? definition.Name : null;
    }

    static bool IsAutoProperty(IPropertySymbol property) =>
        property.OriginalDefinition is var definition && definition.ContainingType.GetMembers().OfType<IFieldSymbol>().Any(f => SymbolEqualityComparer.Default.Equals(f.AssociatedSymbol, definition));

    /// <summary>An accessor without a body of its own; that of a positional record is declared by the parameter.</summary>
    static bool IsAutoAccessor(IMethodSymbol accessor)
    {
        if (accessor.OriginalDefinition.AssociatedSymbol is not IPropertySymbol property || !IsAutoProperty(property)) return false;
        return accessor.OriginalDefinition.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() switch
        {
            AccessorDeclarationSyntax a => a.Body == null && a.ExpressionBody == null,
            ArrowExpressionClauseSyntax => false,
            _ => true,
        };
    }

    /// <summary>The name without the interface that an explicit implementation carries in front.</summary>
    static string SimpleName(ISymbol symbol) => symbol.Name.Substring(symbol.Name.LastIndexOf('.') + 1);

    /// <summary>The constants that the number types have as static properties.</summary>
    Value? NumberConstant(IrType t, string name)
    {
        if (t is IrType.F16 or IrType.BF16)
        {
            bool half = t == IrType.F16;
            int? bits = name switch
            {
                "Zero" or "AdditiveIdentity" => 0,
                "One" or "MultiplicativeIdentity" => half ? 0x3C00 : 0x3F80,
                "MaxValue" => half ? 0x7BFF : 0x7F7F,
                "MinValue" => half ? 0xFBFF : 0xFF7F,
                "Epsilon" => 1,
                "PositiveInfinity" => half ? 0x7C00 : 0x7F80,
                "NegativeInfinity" => half ? 0xFC00 : 0xFF80,
                "NaN" => half ? 0xFE00 : 0x7FC0,
                "NegativeZero" => 0x8000,
                "NegativeOne" => half ? 0xBC00 : 0xBF80,
                "E" when half => 0x4170,
                "Pi" when half => 0x4248,
                "Tau" when half => 0x4648,
                _ => null,
            };
            return bits is { } b ? _b.Const(t, (ulong)b) : null;
        }

        long? integer = name switch { "Zero" or "AdditiveIdentity" => 0, "One" or "MultiplicativeIdentity" => 1, "NegativeOne" when t.IsFloat() || t.IsSigned() => -1, _ => null };
        if (integer is { } i && t != IrType.Pred) return ConvertTo(_b.Long(i), t);
        if (t.IsFloat())
        {
            double? real = name switch
            {
                "MaxValue" => t == IrType.F32 ? float.MaxValue : double.MaxValue,
                "MinValue" => t == IrType.F32 ? float.MinValue : double.MinValue,
                "Epsilon" => t == IrType.F32 ? float.Epsilon : double.Epsilon,
                "NaN" => double.NaN,
                "PositiveInfinity" => double.PositiveInfinity,
                "NegativeInfinity" => double.NegativeInfinity,
                "NegativeZero" => -0.0,
                "E" => System.Math.E,
                "Pi" => System.Math.PI,
                "Tau" => 2 * System.Math.PI,
                _ => null,
            };
            return real is { } r ? ConstantOf(r, t) : null;
        }

        int width = t.Size() * 8;
        return (name, t.IsInteger(), t.IsSigned()) switch
        {
            ("MaxValue", true, true) => _b.Const(t, (1UL << (width - 1)) - 1),
            ("MinValue", true, true) => _b.Const(t, 1UL << (width - 1)),
            ("MaxValue", true, false) => _b.Const(t, ulong.MaxValue),
            ("MinValue", true, false) => _b.Const(t, 0),
            _ => null,
        };
    }
}
