using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using LbrCore.Compute.Generator.FrontEnd;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LbrCore.Compute.Generator.Emit;

/// <summary>One [Variant]: its type arguments, its constants, and the names made of them.</summary>
internal sealed record VariantDeclaration(ITypeSymbol[] Types, object?[] Constants, int GroupSize, string EntryName, string Specialization);

/// <summary>What programs run a kernel for: the values of the vocabulary's enum of this name.</summary>
internal enum KernelUse
{
    Model,
    Training,
    Storage,
}

/// <summary>A kernel method with what its attributes say, checked.</summary>
internal sealed class KernelDeclaration
{
    KernelDeclaration(IMethodSymbol method) => Method = method;

    public IMethodSymbol Method { get; }

    public int GroupSize { get; private set; }

    public int MinGroupsPerMultiprocessor { get; private set; }

    public int MaxRegisters { get; private set; }

    public int UnrollLimit { get; private set; } = 64;

    public bool AllowLocalMemory { get; private set; }

    public KernelUse Use { get; private set; }

    public string? Contract { get; private set; }

    public IReadOnlyList<VariantDeclaration> Variants { get; private set; } = [];

    public ImmutableHashSet<int> ConstParameters { get; private set; } = [];

    /// <summary>The kernel as messages name it: RmsNorm.Forward.</summary>
    public string DisplayName => Method.ContainingType.Name + "." + Method.Name;

    /// <summary>The private class that holds the variants.</summary>
    public string HolderName => Method.Name + "_Variants";

    /// <summary>The parts of a parameter in the argument block of a variant.</summary>
    public Shape ShapeOf(IParameterSymbol parameter, VariantDeclaration variant) =>
        Shape.Of(Substitute(parameter.Type, variant), static (t, at, reason) => new KernelException(Diagnostics.UnsupportedType, at, t.ToDisplayString(), reason), parameter.Locations.FirstOrDefault());

    /// <summary>A type of the kernel's signature in a variant.</summary>
    public static ITypeSymbol Substitute(ITypeSymbol type, VariantDeclaration variant) => type switch
    {
        ITypeParameterSymbol t => variant.Types[t.Ordinal],
        INamedTypeSymbol { IsGenericType: true } n => n.OriginalDefinition.Construct([.. n.TypeArguments.Select(a => Substitute(a, variant))]),
        _ => type,
    };

    /// <summary>An expression for the list of variants that the assembly's catalog may use; empty when the class is private.</summary>
    public string CatalogEntry
    {
        get
        {
            for (INamedTypeSymbol? t = Method.ContainingType; t != null; t = t.ContainingType)
                if (t.DeclaredAccessibility is Accessibility.Private or Accessibility.Protected || t.IsFileLocal) return "";
            return Method.DeclaredAccessibility is Accessibility.Private or Accessibility.Protected ? ""
                : Method.ContainingType.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat) + "." + Method.Name + "Variants";
        }
    }

    public KernelOptions OptionsOf(VariantDeclaration v) =>
        new(v.EntryName, v.GroupSize > 0 ? v.GroupSize : GroupSize, MinGroupsPerMultiprocessor, MaxRegisters, UnrollLimit, AllowLocalMemory, ConstParameters);

    public static KernelDeclaration Read(IMethodSymbol method, AttributeData kernel)
    {
        Location at = method.Locations[0];
        var d = new KernelDeclaration(method);
        foreach (KeyValuePair<string, TypedConstant> a in kernel.NamedArguments)
        {
            switch (a.Key)
            {
                case "GroupSize": d.GroupSize = (int)a.Value.Value!; break;
                case "MinGroupsPerMultiprocessor": d.MinGroupsPerMultiprocessor = (int)a.Value.Value!; break;
                case "MaxRegisters": d.MaxRegisters = (int)a.Value.Value!; break;
                case "UnrollLimit": d.UnrollLimit = (int)a.Value.Value!; break;
                case "Use": d.Use = (KernelUse)(int)a.Value.Value!; break;
                case "AllowLocalMemory": d.AllowLocalMemory = (bool)a.Value.Value!; break;
                case "Contract": d.Contract = (string?)a.Value.Value; break;
            }
        }

        d.CheckSignature(at);
        d.ConstParameters = [.. method.Parameters.Where(p => p.GetAttributes().Any(x => x.AttributeClass is { Name: "ConstAttribute" } c && Symbols.InVocabulary(c))).Select(p => p.Ordinal)];
        foreach (IParameterSymbol p in method.Parameters.Where(p => d.ConstParameters.Contains(p.Ordinal)))
            if (!IsConstType(p.Type)) throw Signature(p.Locations[0], $"The [Const] parameter '{p.Name}' must be an integer, a bool or an enum, not '{p.Type.ToDisplayString()}'");
        d.Variants = [.. d.ReadVariants(at)];
        return d;
    }

    static bool IsConstType(ITypeSymbol type) => type.TypeKind == TypeKind.Enum
        || type.SpecialType is SpecialType.System_Boolean or SpecialType.System_SByte or SpecialType.System_Byte or SpecialType.System_Int16 or SpecialType.System_UInt16 or SpecialType.System_Int32 or SpecialType.System_UInt32 or SpecialType.System_Int64 or SpecialType.System_UInt64;

    void CheckSignature(Location at)
    {
        if (!Method.IsStatic || !Method.ReturnsVoid) throw Signature(at, $"The kernel '{Method.Name}' must be a static method that returns void");
        CheckNumber(at, "GroupSize", GroupSize, 1024, "0 to choose it at launch");
        CheckNumber(at, "MinGroupsPerMultiprocessor", MinGroupsPerMultiprocessor, 32, "0 to leave it to the compiler");
        CheckNumber(at, "MaxRegisters", MaxRegisters, 255, "0 to leave it to the compiler");
        CheckNumber(at, "UnrollLimit", UnrollLimit, 1024, "0 for no unrolling but where it is needed");
        foreach (IParameterSymbol p in Method.Parameters)
            if (p.RefKind != RefKind.None) throw new KernelException(Diagnostics.ByRefParameter, p.Locations[0], p.Name);
        for (INamedTypeSymbol? t = Method.ContainingType; t != null; t = t.ContainingType)
        {
            if (t.TypeParameters.Length > 0) throw Signature(at, $"The class '{t.Name}' of the kernel '{Method.Name}' is generic; give the type parameter to the method");
            if (t.TypeKind is not (TypeKind.Class or TypeKind.Struct)) throw Signature(at, $"The kernel '{Method.Name}' stands in the interface '{t.Name}'; move it to a static partial class");
            if (t.IsFileLocal) throw Signature(at, $"The class '{t.Name}' is local to its file, so that the launchers of '{Method.Name}' cannot be added to it; make it internal");
            if (!t.DeclaringSyntaxReferences.Any(r => r.GetSyntax() is TypeDeclarationSyntax s && s.Modifiers.Any(m => m.Text == "partial"))) throw Signature(at, $"The class '{t.Name}' must be partial, so that the launchers of '{Method.Name}' can be added to it");
        }

        if (Method.ContainingType.GetMembers(Method.Name).Length > 1) throw Signature(at, $"The kernel '{Method.Name}' is overloaded; give each kernel of a class its own name");
        if (Contract != null && !Method.ContainingType.GetMembers(Contract).OfType<IMethodSymbol>().Any(IsContract))
            throw Signature(at, $"The contract method '{Contract}' of '{Method.Name}' must be a static method of the class that takes a LaunchContract and then the parameters of the kernel");
    }

    void CheckNumber(Location at, string name, int value, int most, string zero)
    {
        if (value < 0 || value > most) throw Signature(at, $"{name} of '{Method.Name}' is {value}; it must be 1 to {most}, or {zero}");
    }

    bool IsContract(IMethodSymbol m) =>
        m.IsStatic && m.Parameters.Length == Method.Parameters.Length + 1 && Symbols.IsVocabularyType(m.Parameters[0].Type, "LaunchContract") && m.TypeParameters.Length is var n && (n == 0 || n == Method.TypeParameters.Length);

    IEnumerable<VariantDeclaration> ReadVariants(Location at)
    {
        AttributeData[] attributes = [.. Method.GetAttributes().Where(a => a.AttributeClass is { Name: "VariantAttribute" } c && Symbols.InVocabulary(c))];
        int expected = Method.TypeParameters.Length + ConstParameters.Count;
        if (attributes.Length == 0)
        {
            if (expected > 0) throw new KernelException(Diagnostics.InvalidVariant, at, $"The kernel '{Method.Name}' has type parameters or [Const] parameters; declare its specialisations, for example [Variant({Example()})]");
            yield return Name([], [], 0);
            yield break;
        }

        IParameterSymbol[] constant = [.. Method.Parameters.Where(p => ConstParameters.Contains(p.Ordinal))];
        var seen = new HashSet<string>();
        foreach (AttributeData a in attributes)
        {
            Location where = a.ApplicationSyntaxReference?.GetSyntax().GetLocation() ?? at;
            KernelException Invalid(string message) => new(Diagnostics.InvalidVariant, where, message);
            if (a.ConstructorArguments.Length == 0) throw new SourceErrorException();
            ImmutableArray<TypedConstant> values = a.ConstructorArguments[0] is { Kind: TypedConstantKind.Array, IsNull: false } given ? given.Values : throw Invalid($"[Variant] of '{Method.Name}' is given null and needs {expected} values: {Example()}");
            if (values.Length != expected) throw Invalid($"[Variant] of '{Method.Name}' has {values.Length} values and needs {expected}: {Example()}");
            var types = new List<ITypeSymbol>();
            var constants = new List<object?>();
            for (int i = 0; i < expected; i++)
            {
                if (values[i].Kind == TypedConstantKind.Error) throw new SourceErrorException();
                if (i < Method.TypeParameters.Length)
                    types.Add(TypeArgument(Method.TypeParameters[i], values[i], out string? why) ?? throw Invalid($"Value {i + 1} of [Variant] of '{Method.Name}' must be {why}"));
                else
                    constants.Add(ConstantFor(constant[i - Method.TypeParameters.Length], values[i]) ?? throw Invalid($"Value {i + 1} of [Variant] of '{Method.Name}' must be a constant of type '{constant[i - Method.TypeParameters.Length].Type.ToDisplayString()}' for the parameter '{constant[i - Method.TypeParameters.Length].Name}', not {values[i].ToCSharpString()}"));
            }

            int groupSize = a.NamedArguments.Where(n => n.Key == "GroupSize").Select(n => (int)n.Value.Value!).FirstOrDefault();
            if (groupSize is < 0 or > 1024) throw Invalid($"GroupSize of a [Variant] of '{Method.Name}' is {groupSize}; it must be 1 to 1024, or 0 for that of the kernel");
            VariantDeclaration v = Name(types, constants, groupSize);
            if (!seen.Add(v.EntryName)) throw Invalid($"[Variant({v.Specialization})] of '{Method.Name}' is declared twice");
            yield return v;
        }
    }

    /// <summary>A type argument that satisfies the constraints of its parameter.</summary>
    static ITypeSymbol? TypeArgument(ITypeParameterSymbol parameter, TypedConstant value, out string? why)
    {
        why = $"typeof(...) for the type parameter {parameter.Name}, not {value.ToCSharpString()}";
        if (value.Kind != TypedConstantKind.Type || value.Value is not ITypeSymbol type) return null;
        if (type.TypeKind == TypeKind.Error) throw new SourceErrorException();
        why = $"a complete value type for the type parameter {parameter.Name}, not '{type.ToDisplayString()}'";
        if (!type.IsUnmanagedType || type.IsRefLikeType || type.SpecialType == SpecialType.System_Void || type is IPointerTypeSymbol or INamedTypeSymbol { IsUnboundGenericType: true }) return null;
        foreach (ITypeSymbol constraint in parameter.ConstraintTypes)
        {
            // Which members a constraint over the parameter itself needs is the compiler's business; that the type has it at all is asked here.
            why = $"a type that implements '{constraint.ToDisplayString()}' for the type parameter {parameter.Name}; '{type.ToDisplayString()}' does not";
            if (constraint.TypeKind == TypeKind.Interface && !type.AllInterfaces.Any(f => SymbolEqualityComparer.Default.Equals(f.OriginalDefinition, constraint.OriginalDefinition))) return null;
        }

        why = null;
        return type;
    }

    /// <summary>The value of a [Const] parameter in that parameter's type; null where it does not fit.</summary>
    static object? ConstantFor(IParameterSymbol parameter, TypedConstant value)
    {
        if (parameter.Type.TypeKind == TypeKind.Enum) return value.Kind == TypedConstantKind.Enum && SymbolEqualityComparer.Default.Equals(value.Type, parameter.Type) ? value.Value : null;
        if (value.Kind != TypedConstantKind.Primitive || value.Value is null or string or char or float or double) return null;
        if (parameter.Type.SpecialType == SpecialType.System_Boolean || value.Value is bool) return parameter.Type.SpecialType == SpecialType.System_Boolean ? value.Value as bool? : null;
        decimal number = System.Convert.ToDecimal(value.Value, System.Globalization.CultureInfo.InvariantCulture);
        (decimal low, decimal high) = parameter.Type.SpecialType switch
        {
            SpecialType.System_SByte => (sbyte.MinValue, sbyte.MaxValue),
            SpecialType.System_Byte => (byte.MinValue, byte.MaxValue),
            SpecialType.System_Int16 => (short.MinValue, short.MaxValue),
            SpecialType.System_UInt16 => (ushort.MinValue, ushort.MaxValue),
            SpecialType.System_Int32 => (int.MinValue, int.MaxValue),
            SpecialType.System_UInt32 => (uint.MinValue, uint.MaxValue),
            SpecialType.System_Int64 => (long.MinValue, long.MaxValue),
            _ => ((decimal)ulong.MinValue, (decimal)ulong.MaxValue),
        };
        return number >= low && number <= high ? value.Value : null;
    }

    string Example() => string.Join(", ", Method.TypeParameters.Select(t => $"typeof({t.Name})").Concat(Method.Parameters.Where(p => ConstParameters.Contains(p.Ordinal)).Select(p => p.Name)));

    VariantDeclaration Name(IReadOnlyList<ITypeSymbol> types, IReadOnlyList<object?> constants, int groupSize)
    {
        IParameterSymbol[] parameters = [.. Method.Parameters.Where(p => ConstParameters.Contains(p.Ordinal))];
        string entry = string.Join("_", Nesting().Append(Method.Name).Concat(types.Select(Short)).Concat(constants.Select(c => System.Convert.ToString(c, System.Globalization.CultureInfo.InvariantCulture)!.Replace('-', 'm')))).ToLowerInvariant();
        string specialization = string.Join(", ", types.Select((t, i) => $"{Method.TypeParameters[i].Name}={t.Name}").Concat(constants.Select((c, i) => $"{parameters[i].Name}={c}")));
        return new VariantDeclaration([.. types], [.. constants], groupSize, Ascii(entry), specialization);
    }

    /// <summary>The names of the classes that hold the kernel, outermost first.</summary>
    IEnumerable<string> Nesting()
    {
        var names = new List<string>();
        for (INamedTypeSymbol? t = Method.ContainingType; t != null; t = t.ContainingType) names.Insert(0, t.Name);
        return names;
    }

    /// <summary>PTX knows ASCII names only; other characters become their code point, so that names stay distinct.</summary>
    static string Ascii(string name) =>
        string.Concat(name.Select(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '_' ? c.ToString() : "u" + ((int)c).ToString("x4", System.Globalization.CultureInfo.InvariantCulture)));

    static string Short(ITypeSymbol t) => t.TypeKind != TypeKind.Enum && Shape.ScalarType(t) is { } s && t.Name != "Char" ? s.ToString() : t.Name;

    static KernelException Signature(Location at, string message) => new(Diagnostics.InvalidKernelSignature, at, message);
}
