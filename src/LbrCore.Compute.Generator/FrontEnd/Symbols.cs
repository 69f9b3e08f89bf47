using System.Collections.Generic;
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

    /// <summary>True for async methods and iterators, which stop half-way.</summary>
    public static bool Suspends(IMethodSymbol method)
    {
        if (method.IsAsync) return true;
        SyntaxNode? syntax = method.ReturnsVoid ? null : method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax();
        return syntax != null && syntax.DescendantNodes(n => n is not LocalFunctionStatementSyntax || n == syntax).Any(n => n is YieldStatementSyntax);
    }

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
            bool captured = declaration.Members.Any(m => names.Except(Declared(m)).ToArray() is { Length: > 0 } free && Uses(m, free));
            if (captured) return true;
        }

        return false;
    }

    /// <summary>Names that a member declares itself.</summary>
    static IEnumerable<string> Declared(SyntaxNode member) => member.DescendantNodes().Select(n => n switch
    {
        ParameterSyntax p => p.Identifier.ValueText,
        VariableDeclaratorSyntax v => v.Identifier.ValueText,
        SingleVariableDesignationSyntax d => d.Identifier.ValueText,
        _ => "",
    });

    static bool Uses(MemberDeclarationSyntax member, string[] names)
    {
        // The initializers of fields and properties run in the constructor and capture nothing.
        IEnumerable<SyntaxNode> nodes = member switch
        {
            FieldDeclarationSyntax => [],
            PropertyDeclarationSyntax p => p.DescendantNodes(n => n != p.Initializer),
            _ => member.DescendantNodes(),
        };
        return nodes.OfType<IdentifierNameSyntax>().Any(i => names.Contains(i.Identifier.ValueText) && (i.Parent is not MemberAccessExpressionSyntax access || access.Expression == i));
    }
}
