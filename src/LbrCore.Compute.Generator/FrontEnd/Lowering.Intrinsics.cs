using System;
using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// The vocabulary: which op, or which function of the device library, a member stands for.
internal sealed partial class Lowering
{
    /// <summary>Lowers a call of the vocabulary or of System.Math; false when the method is to be inlined from source.</summary>
    bool Intrinsic(IMethodSymbol method, IInvocationOperation call, out Datum? result)
    {
        result = null;
        INamedTypeSymbol type = method.ContainingType;
        string ns = type.ContainingNamespace?.ToDisplayString() ?? "";
        if (ns is not ("LbrCore.Compute" or "System" or "System.Numerics" or "System.Runtime.CompilerServices")) return false;
        string group = type.Name;
        if (ns == "LbrCore.Compute" && method.DeclaringSyntaxReferences.Length > 0) return false;
        switch (group)
        {
            case "SharedMemory" when method.Name == "Allocate":
                result = AllocateShared(call);
                return true;
            case "SharedMemory":
                result = DynamicShared(call);
                return true;
            case "LocalMemory":
                result = AllocateLocal(call);
                return true;
            case "Ptx":
                PtxDoor(call);
                return true;
            case "Atomic":
                result = AtomicOperation(call);
                return true;
            case "Mma":
                MultiplyAccumulate(call);
                return true;
        }

        if (ns == "System" && group is not ("Math" or "MathF" or "BitConverter" or "Single" or "Double" or "Half" or "Int32" or "UInt32" or "Int64" or "UInt64" or "Int16" or "UInt16" or "SByte" or "Byte" or "Char")) return false;
        if (ns == "System.Numerics" && group != "BitOperations") return false;
        if (ns == "System.Runtime.CompilerServices" && !(group == "Unsafe" && method.Name is "SizeOf" or "BitCast")) return false;
        Place? instance = call.Instance == null ? null : PlaceOf(call.Instance);
        var arguments = new Datum[method.Parameters.Length];
        foreach (IArgumentOperation a in call.Arguments) arguments[a.Parameter!.Ordinal] = Expression(a.Value);
        switch (group)
        {
            case "ArrayView":
                result = ViewMember(method.Name, Read(instance!), arguments, call);
                return true;
            case "Packed":
                result = PackedMember(method.Name, instance!, arguments, call);
                return true;
            case "Grid" or "Group" or "Warp" or "MemoryFence":
                result = Cooperate(group, method.Name, arguments, call);
                return true;
            case "LoadMatrix":
                result = MatrixLoad(method.Name, arguments, call);
                return true;
            case "AsyncCopy":
                CopyAsync(method.Name, arguments, call);
                return true;
            case "WarpGroup":
                OperateWarpGroup(method.Name, arguments, call);
                return true;
            case "BFloat16x2" or "Half2":
                result = PackedPair(group, method.Name, arguments, call);
                return true;
            case "Interop" or "BitConverter" or "Unsafe":
            case "BFloat16" when method.Name == "FromBits":
                result = BitCast(method, arguments, call);
                return true;
            case "Element":
                result = ConvertElement(arguments[0], ShapeOf(method.ReturnType, call.Syntax), call.Syntax);
                return true;
            case "Philox":
                result = Library("DeviceRandom", method.Name == "Next" ? "Philox4x32" : method.Name, arguments, call.Syntax);
                return true;
            default:
                result = Mathematics(group, method, arguments, call);
                return true;
        }
    }

    /// <summary>Element.ToFloat and FromFloat: between float and the element types that hold real numbers.</summary>
    Datum ConvertElement(Datum value, Shape to, SyntaxNode at)
    {
        foreach (Shape shape in new[] { value.Shape, to })
            if (!shape.IsScalar || !(shape.Leaves[0].Type.IsFloat() || shape.Leaves[0].Type is IrType.F16 or IrType.BF16)) throw Unsupported(shape.Symbol, at.GetLocation(), " as a floating-point element, which is float, double, Half or BFloat16");
        return new Datum(to, [ConvertTo(value.Value, to.Leaves[0].Type)]);
    }

    Datum BitCast(IMethodSymbol method, Datum[] a, IInvocationOperation call)
    {
        if (method.Name == "SizeOf") return Number(_b.Int(MemoryShape(method.TypeArguments[0], call.Syntax).Size));
        Shape shape = ShapeOf(method.ReturnType, call.Syntax);
        if (a.Length != 1 || !shape.IsScalar || !a[0].Shape.IsScalar || shape.Size != a[0].Shape.Size) throw Unsupported(call);
        IrType from = a[0].Value.Type, to = shape.Leaves[0].Type;
        return new Datum(shape, [from == IrType.Pred || to == IrType.Pred ? FromStored(_b.Pure(Opcode.Bitcast, Stored(to), [ToStored(a[0].Value)]), to) : _b.Pure(Opcode.Bitcast, to, [a[0].Value])]);
    }

    /// <summary>Calls a function of the device library, which is C# source in the kernels' own compilation.</summary>
    Datum Library(string type, string function, Datum[] a, SyntaxNode at)
    {
        INamedTypeSymbol? holder = _compilation.GetTypeByMetadataName("LbrCore.Compute.DeviceLibrary." + type);
        IMethodSymbol? method = holder?.GetMembers(function).OfType<IMethodSymbol>().FirstOrDefault(m => m.Parameters.Length == a.Length);
        if (method == null) throw new InvalidOperationException($"the device library lacks {type}.{function}");
        return Inline(method, null, [.. a.Select(d => (Place)new ValuePlace(d))], at)!;
    }
}
