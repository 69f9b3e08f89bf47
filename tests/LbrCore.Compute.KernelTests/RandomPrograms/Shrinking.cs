using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LbrCore.Compute.KernelTests.RandomPrograms;

/// <summary>Makes a failing program small: statements go, and expressions give way to their parts, as long as it fails.</summary>
internal static class Shrinking
{
    public static string Shrink(string program, Func<string, bool> fails)
    {
        bool smaller = true;
        while (smaller)
        {
            smaller = false;
            foreach (string candidate in Candidates(program))
            {
                if (candidate.Length >= program.Length || !fails(candidate)) continue;
                (program, smaller) = (candidate, true);
                break;
            }
        }

        return program;
    }

    static IEnumerable<string> Candidates(string program)
    {
        SyntaxNode root = CSharpSyntaxTree.ParseText("class C {" + program + "}").GetRoot();
        string Text(SyntaxNode changed)
        {
            string text = changed.ToFullString();
            return text[(text.IndexOf('{', StringComparison.Ordinal) + 1)..text.LastIndexOf('}')];
        }

        foreach (SyntaxNode node in root.DescendantNodes().OrderByDescending(n => n.FullSpan.Length))
        {
            switch (node)
            {
                case MethodDeclarationSyntax { AttributeLists.Count: 0 }:
                    yield return Text(root.RemoveNode(node, SyntaxRemoveOptions.KeepNoTrivia)!);
                    break;
                case StatementSyntax statement when statement.Parent is BlockSyntax:
                    yield return Text(root.RemoveNode(statement, SyntaxRemoveOptions.KeepNoTrivia)!);
                    break;
                case SwitchSectionSyntax section:
                    yield return Text(root.RemoveNode(section, SyntaxRemoveOptions.KeepNoTrivia)!);
                    break;
                case ExpressionSyntax e when e is not TypeSyntax:
                    foreach (ExpressionSyntax part in e.ChildNodes().OfType<ExpressionSyntax>().Where(p => p is not TypeSyntax or IdentifierNameSyntax)) yield return Text(root.ReplaceNode(e, part.WithTriviaFrom(e)));
                    break;
            }
        }
    }
}
