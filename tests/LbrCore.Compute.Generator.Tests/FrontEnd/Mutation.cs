using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LbrCore.Compute.Generator.Tests.FrontEnd;

/// <summary>Changes a few tokens of a source, often so that it still compiles: names for names, numbers for numbers, operators for operators.</summary>
internal sealed class Mutation(Random random)
{
    static readonly string[] s_literals = ["0", "1", "-1", "31", "2147483647", "0x80000000", "1.5f", "2.0", "0L", "7ul", "'a'", "true", "false", "null", "default", "\"x\"", "float.NaN"];

    static readonly string[] s_operators = ["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", ">>>", "==", "!=", "<", "<=", ">", ">=", "&&", "||"];

    static readonly string[] s_types = ["int", "uint", "long", "ulong", "byte", "sbyte", "short", "ushort", "char", "bool", "float", "double", "decimal", "string", "object", "Half", "BFloat16", "Float4", "var", "nint", "dynamic"];

    static readonly string[] s_anything = ["(", ")", "{", "}", "[", "]", ";", ",", ".", "ref ", "out ", "in ", "return ", "break;", "continue;", "throw ", "new ", "static ", "checked ", "stackalloc ", "this", "typeof(int)", "sizeof(int)", "await ", "yield ", "=>", "?", ":", "!", "~", "++", "--", "is ", "switch ", "with ", "goto x;", "$\"{1}\"", "@", "#if\n", "/*"];

    /// <summary>The mutated source; only the kernel that holds the first change stays a kernel, so that a run is short.</summary>
    public string Mutate(string source)
    {
        SyntaxNode root = CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.Preview)).GetRoot();
        MethodDeclarationSyntax[] kernels = [.. root.DescendantNodes().OfType<MethodDeclarationSyntax>().Where(IsKernel)];
        if (kernels.Length > 1)
        {
            string chosen = kernels[random.Next(kernels.Length)].Identifier.Text;
            root = root.ReplaceNodes(kernels.Where(k => k.Identifier.Text != chosen), (k, _) => k.WithAttributeLists(default).WithLeadingTrivia(SyntaxFactory.Whitespace("\n ")));
            kernels = [.. root.DescendantNodes().OfType<MethodDeclarationSyntax>().Where(IsKernel)];
        }

        SyntaxToken[] tokens = [.. root.DescendantTokens()];
        SyntaxToken[] inside = random.Next(4) == 0 ? tokens : [.. kernels[0].DescendantTokens()];
        var edits = new Dictionary<int, string>();
        for (int i = random.Next(4) == 0 ? 3 : 1; i > 0; i--)
        {
            SyntaxToken token = inside[random.Next(inside.Length)];
            edits[token.SpanStart] = Replacement(token, tokens);
        }

        return string.Concat(tokens.Select(t => t.LeadingTrivia.ToFullString() + (edits.TryGetValue(t.SpanStart, out string? text) ? text : t.Text) + t.TrailingTrivia.ToFullString()));
    }

    static bool IsKernel(MethodDeclarationSyntax m) => m.AttributeLists.SelectMany(l => l.Attributes).Any(a => a.Name.ToString() == "Kernel");

    string Replacement(SyntaxToken token, SyntaxToken[] all)
    {
        switch (random.Next(16))
        {
            case 0: return "";
            case 1: return token.Text + " " + token.Text;
            case 2: return Any(s_anything);
            case 3: return Any(all).Text;
        }

        // A name for another of the same first letter's case: variables for variables, types and members for types and members.
        if (token.IsKind(SyntaxKind.IdentifierToken)) return Any([.. all.Where(t => t.IsKind(SyntaxKind.IdentifierToken) && char.IsUpper(t.Text[0]) == char.IsUpper(token.Text[0]))]).Text;
        if (SyntaxFacts.IsPredefinedType(token.Kind())) return Any(s_types);
        if (token.Parent is LiteralExpressionSyntax) return Any(s_literals);
        if (token.Parent is BinaryExpressionSyntax) return Any(s_operators);
        if (token.Parent is AssignmentExpressionSyntax) return Any(s_operators.Take(11).ToArray()) + "=";
        return Any(all).Text;
    }

    T Any<T>(T[] items) => items[random.Next(items.Length)];
}
