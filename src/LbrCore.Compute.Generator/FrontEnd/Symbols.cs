using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LbrCore.Compute.Generator.FrontEnd;

/// <summary>Questions about symbols.</summary>
internal static class Symbols
{
    /// <summary>True for a type that LbrCore.Compute declares in its root namespace.</summary>
    public static bool InVocabulary(ISymbol symbol) =>
        symbol.ContainingNamespace is { Name: "Compute", ContainingNamespace: { Name: "LbrCore", ContainingNamespace.IsGlobalNamespace: true } };

    /// <summary>True for the vocabulary type of a name, whatever its type arguments.</summary>
    public static bool IsVocabularyType(ITypeSymbol type, string name) => type.Name == name && InVocabulary(type);

    public static bool IsView(ITypeSymbol? type) => type != null && IsVocabularyType(type, "ArrayView");

    /// <summary>Why a struct cannot be taken apart field by field, or null when it can.</summary>
    public static string? Reason(INamedTypeSymbol type)
    {
        foreach (AttributeData a in type.GetAttributes())
        {
            switch (a.AttributeClass?.Name)
            {
                case "StructLayoutAttribute" when a.ConstructorArguments.Length > 0 && System.Convert.ToInt32(a.ConstructorArguments[0].Value, System.Globalization.CultureInfo.InvariantCulture) != 0:
                    return " because its layout is not sequential";
                case "StructLayoutAttribute" when !InVocabulary(type) && a.NamedArguments.Any(n => n.Key is "Pack" or "Size" && n.Value.Value is int and not 0):
                    return " because its layout is packed or padded";
                case "InlineArrayAttribute":
                    return " because it is an inline array";
            }
        }

        return CapturesParameters(type.OriginalDefinition) ? " because its methods use parameters of its primary constructor, which become hidden fields" : null;
    }

    /// <summary>A parameter of a primary constructor that a method uses lives on in a field that has no name.</summary>
    static bool CapturesParameters(INamedTypeSymbol type)
    {
        if (type.IsRecord) return false;
        foreach (SyntaxReference reference in type.DeclaringSyntaxReferences)
        {
            if (reference.GetSyntax() is not TypeDeclarationSyntax { ParameterList: { } list } declaration) continue;
            string[] names = [.. list.Parameters.Select(p => p.Identifier.ValueText).Where(n => type.GetMembers(n).Length == 0)];
            bool captured = declaration.Members.SelectMany(m => m.DescendantNodes(n => n is not EqualsValueClauseSyntax || n.Parent is not (VariableDeclaratorSyntax or PropertyDeclarationSyntax) || n.FirstAncestorOrSelf<MethodDeclarationSyntax>() != null))
                .OfType<IdentifierNameSyntax>().Any(i => i.Parent is not MemberAccessExpressionSyntax access || access.Expression == i ? names.Contains(i.Identifier.ValueText) : false);
            if (captured) return true;
        }

        return false;
    }
}
