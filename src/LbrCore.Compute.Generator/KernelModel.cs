using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace LbrCore.Compute.Generator;

/// <summary>
/// What the pipeline remembers of a kernel: texts and numbers only, compared by value, so that an edit elsewhere leaves the outputs cached.
/// </summary>
internal sealed record KernelModel(string HintName, string Source, string CatalogEntry, EquatableList<DiagnosticModel> Diagnostics);

/// <summary>A diagnostic without symbols or syntax.</summary>
internal sealed record DiagnosticModel(string Id, EquatableList<string> Arguments, string File, int Start, int Length, int StartLine, int StartColumn, int EndLine, int EndColumn)
{
    public static DiagnosticModel From(DiagnosticDescriptor descriptor, Location? location, object[] arguments)
    {
        FileLinePositionSpan span = location?.GetLineSpan() ?? default;
        return new DiagnosticModel(descriptor.Id, new EquatableList<string>(arguments.Select(a => a.ToString() ?? "")), location?.SourceTree?.FilePath ?? span.Path ?? "", location?.SourceSpan.Start ?? 0, location?.SourceSpan.Length ?? 0,
            span.StartLinePosition.Line, span.StartLinePosition.Character, span.EndLinePosition.Line, span.EndLinePosition.Character);
    }

    /// <summary>The diagnostic in its place; that is a place of the compilation where it still has the file.</summary>
    public Diagnostic ToDiagnostic(DiagnosticDescriptor descriptor, Compilation compilation)
    {
        var span = new TextSpan(Start, Length);
        SyntaxTree? tree = compilation.SyntaxTrees.FirstOrDefault(t => t.FilePath == File && span.End <= t.Length);
        Location location = tree != null ? Location.Create(tree, span)
            : File.Length == 0 ? Location.None
            : Location.Create(File, span, new LinePositionSpan(new LinePosition(StartLine, StartColumn), new LinePosition(EndLine, EndColumn)));
        return Diagnostic.Create(descriptor, location, [.. Arguments.Items.Cast<object>()]);
    }
}

/// <summary>A list compared element by element.</summary>
internal sealed class EquatableList<T>(IEnumerable<T> items) : IEquatable<EquatableList<T>>
    where T : IEquatable<T>
{
    public T[] Items { get; } = [.. items];

    public bool Equals(EquatableList<T>? other) => other != null && Items.SequenceEqual(other.Items);

    public override bool Equals(object? obj) => Equals(obj as EquatableList<T>);

    public override int GetHashCode() => Items.Aggregate(17, (h, x) => unchecked((h * 31) + x.GetHashCode()));
}
