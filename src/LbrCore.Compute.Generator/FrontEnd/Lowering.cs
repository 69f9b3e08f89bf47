using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.IO;
using System.Linq;
using System.Threading;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

/// <summary>For which machine a kernel is lowered: the GPU wants loops unrolled into registers, the CPU wants compact loops.</summary>
internal enum Machine
{
    Ptx,
    Lanes,
}

/// <summary>
/// Turns one specialisation of a kernel method into IR by partial evaluation of Roslyn's operation tree: variables become SSA values, structs and register
/// arrays fall apart into scalars, calls are inlined, loops with constant bounds are unrolled, early exits become structured conditions.
/// </summary>
internal sealed partial class Lowering
{
    const int OperationLimit = 1_000_000;

    readonly Compilation _compilation;
    readonly Machine _machine;
    readonly KernelOptions _options;
    readonly Facts _facts;
    readonly CancellationToken _cancel;
    readonly IrKernel _kernel = new();
    readonly Builder _b;
    readonly Dictionary<ITypeSymbol, Shape> _shapes = new(SymbolEqualityComparer.Default);
    readonly List<(DiagnosticDescriptor, Location?, object[])> _warnings;
    readonly Stack<IMethodSymbol> _active = new();
    readonly Stack<LoopSite> _loops = new();
    readonly Dictionary<SyntaxTree, SemanticModel> _models = [];
    SlotMap _slots = new();
    Frame _frame = null!;
    int _nextSlot;

    /// <summary>A loop being lowered: its syntax, whether this instance is unrolled, and whether its trip count is constant.</summary>
    sealed record LoopSite(SyntaxNode Syntax, bool Unrolled, bool ConstantTrip);

    Lowering(Compilation compilation, Machine machine, KernelOptions options, Facts facts, List<(DiagnosticDescriptor, Location?, object[])> warnings, CancellationToken cancel)
    {
        (_compilation, _machine, _options, _facts, _warnings, _cancel) = (compilation, machine, options, facts, warnings, cancel);
        _b = new Builder(_kernel.Body);
    }

    /// <summary>Lowers one variant; warnings are added to the list, a mistake throws <see cref="KernelException"/>.</summary>
    public static IrKernel Lower(Compilation compilation, Machine machine, KernelOptions options, IMethodSymbol method, ITypeSymbol[] typeArguments, object?[] constants,
        List<(DiagnosticDescriptor, Location?, object[])> warnings, CancellationToken cancel)
    {
        var facts = new Facts();
        for (int attempt = 0; attempt < 200; attempt++)
        {
            var found = new List<(DiagnosticDescriptor, Location?, object[])>();
            try
            {
                var lowering = new Lowering(compilation, machine, options, facts, found, cancel);
                IrKernel kernel = lowering.Run(method, typeArguments, constants);
                if (machine == Machine.Ptx) warnings.AddRange(found);
                return kernel;
            }
            catch (RestartException)
            {
                // The facts have grown; they are finitely many.
            }
        }

        throw new InvalidOperationException("the lowering did not settle");
    }

    IrKernel Run(IMethodSymbol method, ITypeSymbol[] typeArguments, object?[] constants)
    {
        _kernel.Name = _options.EntryName;
        _kernel.GroupSize = _options.GroupSize;
        _kernel.MinGroupsPerMultiprocessor = _options.MinGroupsPerMultiprocessor;
        _kernel.MaxRegisters = _options.MaxRegisters;
        FileLinePositionSpan position = method.Locations[0].GetLineSpan();
        _kernel.Source = new SourceLine(Path.GetFileName(position.Path), position.StartLinePosition.Line + 1);
        _frame = new Frame(method, null);
        for (int i = 0; i < typeArguments.Length; i++) _frame.Types[method.TypeParameters[i]] = typeArguments[i];
        _frame.Returned = NewSlot(_b.Bool(false));
        int next = 0;
        foreach (IParameterSymbol p in method.Parameters)
        {
            Shape shape = ShapeOf(p.Type, p.Locations.FirstOrDefault());
            if (!shape.HasLayout) throw Unsupported(shape.Symbol, p.Locations.FirstOrDefault(), " as a parameter, because .NET may reorder its fields");
            var values = new List<Value>();
            if (_options.ConstParameters.Contains(p.Ordinal))
            {
                values.Add(ConstantOf(constants[next++], shape.Leaves[0].Type));
            }
            else
            {
                for (int i = 0; i < shape.Leaves.Length; i++)
                {
                    string name = shape.IsView ? i == 0 ? p.Name : p.Name + "Length" : shape.IsScalar ? p.Name : $"{p.Name}{i}";
                    var v = new Value(shape.Leaves[i].Type) { Name = name };
                    _kernel.Parameters.Add(new IrParameter(name, v, shape.IsView && i == 0, shape.IsView && i == 1));
                    values.Add(v);
                }
            }

            _frame.Places[p] = NewVariable(new Datum(shape, [.. values]));
        }

        _active.Push(method);
        Body(method, method.Locations[0]);
        _kernel.LocalBytes = LocalBytes(_kernel.Body);
        if (_kernel.StaticSharedBytes > 49152) throw new KernelException(Diagnostics.SharedTooLarge, method.Locations[0], _kernel.StaticSharedBytes);
        Verifier.Verify(_kernel);
        ConvergenceCheck.Check(_kernel);
        return _kernel;
    }

    static int LocalBytes(Region region) =>
        region.Ops.Sum(op => (op.Code == Opcode.LocalAlloc ? op.Count * op.Elem.Size() : 0) + op.Regions.Sum(LocalBytes));

    /// <summary>Lowers the body of a method of this compilation into the current frame.</summary>
    void Body(IMethodSymbol method, Location? at)
    {
        _cancel.ThrowIfCancellationRequested();
        IMethodSymbol definition = method.OriginalDefinition;
        SyntaxReference? reference = (definition.PartialImplementationPart ?? definition).DeclaringSyntaxReferences.FirstOrDefault();
        if (reference == null) throw new KernelException(Diagnostics.NoSource, at, method.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat));
        SyntaxNode syntax = reference.GetSyntax(_cancel);
        if (Symbols.Suspends(definition)) throw new KernelException(Diagnostics.LambdaAsync, at, method.Name);
        try
        {
            Body(definition, ModelOf(syntax.SyntaxTree).GetOperation(syntax, _cancel), at);
        }
        catch (Exception e) when (e is not (KernelException or RestartException or SourceErrorException or OperationCanceledException) && HasErrors(syntax))
        {
            throw new SourceErrorException();
        }
    }

    void Body(IMethodSymbol method, IOperation? operation, Location? at)
    {
        switch (operation)
        {
            case IMethodBodyOperation body:
                Statement(body.BlockBody ?? body.ExpressionBody);
                break;
            case IConstructorBodyOperation constructor:
                if (constructor.Initializer != null) Statement(constructor.Initializer);
                else FieldInitializers(method.ContainingType);
                Statement(constructor.BlockBody ?? constructor.ExpressionBody);
                break;
            case null when method.MethodKind == MethodKind.Constructor:
                PrimaryConstructor(method);
                break;
            case ILocalFunctionOperation local:
                Statement(local.Body ?? local.IgnoredBody);
                break;
            case IBlockOperation block:
                // Accessors and expression-bodied properties.
                Statement(block);
                break;
            default:
                throw new KernelException(Diagnostics.NoSource, at, method.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat));
        }
    }

    /// <summary>Whether the compiler itself finds mistakes in a method; then what the generator trips over is not its own defect.</summary>
    bool HasErrors(SyntaxNode syntax) => ModelOf(syntax.SyntaxTree).GetDiagnostics(syntax.Span, _cancel).Any(d => d.Severity == DiagnosticSeverity.Error);

    SemanticModel ModelOf(SyntaxTree tree)
    {
        if (!_models.TryGetValue(tree, out SemanticModel? model)) _models[tree] = model = _compilation.GetSemanticModel(tree);
        return model;
    }

    // ---- slots and variables

    int NewSlot(Value value)
    {
        _slots[_nextSlot] = value;
        return _nextSlot++;
    }

    SlotPlace NewVariable(Datum initial)
    {
        if (initial.Registers is { } r) return new SlotPlace(initial.Shape, -1) { Registers = r };
        int first = _nextSlot;
        foreach (Value v in initial.Leaves) NewSlot(v);
        return new SlotPlace(initial.Shape, first);
    }

    Datum Read(Place place)
    {
        switch (place)
        {
            case SlotPlace { Registers: { } r } s:
                return new Datum(s.Shape, []) { Registers = r };
            case SlotPlace s:
                return new Datum(s.Shape, [.. Enumerable.Range(s.First, s.Shape.Leaves.Length).Select(i => _slots[i])]);
            case ValuePlace v:
                return v.Datum;
            case PropertyPlace p:
                return p.Get();
            case MemoryPlace m:
                return Load(m);
            case LocalPlace l:
                return Load(l);
            default:
                throw new InvalidOperationException(place.ToString());
        }
    }

    void Write(Place place, Datum value, SyntaxNode? at)
    {
        switch (place)
        {
            case SlotPlace { Registers: not null }:
                throw new KernelException(Diagnostics.ViewInRegisters, at?.GetLocation(), "A variable that holds LocalMemory cannot be assigned again; declare another variable for the other array");
            case SlotPlace s:
                if (value.Registers != null) throw new KernelException(Diagnostics.ViewInRegisters, at?.GetLocation(), "LocalMemory can only initialise a new variable or be passed to a method; it is an array of registers and has no address");
                for (int i = 0; i < s.Shape.Leaves.Length; i++) _slots[s.First + i] = value.Leaves[i];
                break;
            case PropertyPlace p:
                p.Set(value);
                break;
            case MemoryPlace m:
                Store(m, value);
                break;
            case LocalPlace l:
                Store(l, value);
                break;
            default:
                throw new KernelException(Diagnostics.PartialWrite, at?.GetLocation(), at == null ? "value" : OneLine(at));
        }
    }

    /// <summary>A field of a place, found by name.</summary>
    static Place Member(Place place, string name)
    {
        (string _, int first, Shape shape) = place.Shape.Fields.First(f => f.Name == name);
        return place switch
        {
            SlotPlace s => new SlotPlace(shape, s.First + first),
            MemoryPlace m when shape.Leaves.Length == 0 => m with { Shape = shape },
            MemoryPlace m => m with { Shape = shape, Offset = m.Offset + place.Shape.Leaves[first].Offset - shape.Leaves[0].Offset },
            LocalPlace l => l with { Shape = shape, FirstLeaf = l.FirstLeaf + first },
            ValuePlace v => new ValuePlace(v.Datum.Part(first, shape)),
            PropertyPlace p => new ValuePlace(p.Get().Part(first, shape)),
            _ => throw new InvalidOperationException(),
        };
    }

    // ---- types

    ITypeSymbol Substitute(ITypeSymbol type)
    {
        switch (type)
        {
            case ITypeParameterSymbol p:
                for (Frame? f = _frame; f != null; f = f.Parent)
                    if (f.Types.TryGetValue(p, out ITypeSymbol? t)) return t;
                return type;
            case INamedTypeSymbol { IsTupleType: true } tuple:
                ImmutableArray<ITypeSymbol> elements = [.. tuple.TupleElements.Select(e => Substitute(e.Type))];
                return elements.Zip(tuple.TupleElements, (x, e) => SymbolEqualityComparer.Default.Equals(x, e.Type)).All(same => same) ? type : _compilation.CreateTupleTypeSymbol(elements, [.. tuple.TupleElements.Select(e => (string?)e.Name)]);
            case INamedTypeSymbol { IsGenericType: true } named:
                ITypeSymbol[] arguments = [.. named.TypeArguments.Select(Substitute)];
                return arguments.SequenceEqual(named.TypeArguments, SymbolEqualityComparer.Default) ? type : named.OriginalDefinition.Construct(arguments);
            default:
                return type;
        }
    }

    Shape ShapeOf(ITypeSymbol type, Location? at)
    {
        ITypeSymbol t = Substitute(type);
        if (_shapes.TryGetValue(t, out Shape? known)) return known;
        Shape shape = Shape.Of(t, Unsupported, at);
        _shapes[t] = shape;
        return shape;
    }

    Shape ShapeOf(ITypeSymbol type, SyntaxNode at) => ShapeOf(type, at.GetLocation());

    static Exception UnsupportedType(ITypeSymbol type, Location? at) => Unsupported(type, at, "");

    static Exception Unsupported(ITypeSymbol type, Location? at, string reason) => type switch
    {
        { TypeKind: TypeKind.Error } => new SourceErrorException(),
        _ when type.SpecialType == SpecialType.System_String => new KernelException(Diagnostics.StringUsed, at),
        IArrayTypeSymbol => new KernelException(Diagnostics.NotAKernelArray, at, type.ToDisplayString()),
        INamedTypeSymbol { Name: "Span" or "ReadOnlySpan" or "Memory" } => new KernelException(Diagnostics.NotAKernelArray, at, type.ToDisplayString()),
        { TypeKind: TypeKind.Delegate } => new KernelException(Diagnostics.DelegateUsed, at),
        { IsReferenceType: true } => new KernelException(Diagnostics.ReferenceType, at, type.ToDisplayString()),
        _ => new KernelException(Diagnostics.UnsupportedType, at, type.ToDisplayString(), reason),
    };

    IrType ScalarOf(ITypeSymbol type, SyntaxNode at)
    {
        Shape s = ShapeOf(type, at);
        return s.IsScalar ? s.Leaves[0].Type : throw Unsupported(Substitute(type), at.GetLocation(), " as a single number");
    }

    Value ConstantOf(object? value, IrType type)
    {
        ulong bits = value switch
        {
            float f => type == IrType.F64 ? Constants.FromDouble(f) : Constants.FromFloat(f),
            double d => type == IrType.F32 ? Constants.FromFloat((float)d) : Constants.FromDouble(d),
            bool b => b ? 1UL : 0UL,
            ulong u => u,
            char c => c,
            null => 0,
            IConvertible c => (ulong)c.ToInt64(System.Globalization.CultureInfo.InvariantCulture),
            _ => throw new InvalidOperationException($"constant {value}"),
        };
        return _b.Const(type, bits);
    }

    Datum Zero(Shape shape) => new(shape, [.. shape.Leaves.Select(l => _b.Const(l.Type, 0))]);

    Shape Scalar(SpecialType type) => ShapeOf(_compilation.GetSpecialType(type), Location.None);

    Datum Number(Value v) => new(
        v.Type switch
        {
            IrType.Pred => Scalar(SpecialType.System_Boolean),
            IrType.S32 => Scalar(SpecialType.System_Int32),
            IrType.U32 => Scalar(SpecialType.System_UInt32),
            IrType.S64 => Scalar(SpecialType.System_Int64),
            IrType.U64 => Scalar(SpecialType.System_UInt64),
            IrType.F32 => Scalar(SpecialType.System_Single),
            IrType.F64 => Scalar(SpecialType.System_Double),
            IrType.S16 => Scalar(SpecialType.System_Int16),
            IrType.U16 => Scalar(SpecialType.System_UInt16),
            IrType.S8 => Scalar(SpecialType.System_SByte),
            IrType.U8 => Scalar(SpecialType.System_Byte),
            _ => throw new InvalidOperationException(v.Type.ToString()),
        },
        [v]);

    void At(SyntaxNode syntax)
    {
        FileLinePositionSpan span = syntax.GetLocation().GetLineSpan();
        _b.Source = new SourceLine(Path.GetFileName(span.Path), span.StartLinePosition.Line + 1);
        _b.Origin = syntax;
    }
}

/// <summary>What the attributes of a kernel ask for, for one variant.</summary>
internal sealed record KernelOptions(string EntryName, int GroupSize, int MinGroupsPerMultiprocessor, int MaxRegisters, int UnrollLimit, bool AllowLocalMemory, ImmutableHashSet<int> ConstParameters);
