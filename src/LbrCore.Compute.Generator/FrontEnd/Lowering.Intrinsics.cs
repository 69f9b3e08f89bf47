using System;
using System.Collections.Generic;
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
        if (ns is not ("LbrCore.Compute" or "System" or "System.Numerics")) return false;
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

        if (ns == "System" && group is not ("Math" or "MathF" or "BitConverter" or "Single" or "Double" or "Half" or "Int32" or "UInt32" or "Int64" or "UInt64")) return false;
        if (ns == "System.Numerics" && group != "BitOperations") return false;
        Datum? instance = call.Instance == null ? null : Expression(call.Instance);
        var arguments = new Datum[method.Parameters.Length];
        foreach (IArgumentOperation a in call.Arguments) arguments[a.Parameter!.Ordinal] = Expression(a.Value);
        switch (group)
        {
            case "ArrayView":
                result = ViewMember(method.Name, instance!, arguments, call);
                return true;
            case "Packed":
                result = PackedMember(method.Name, call, arguments);
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
            case "BFloat16x2" or "Half2":
                result = PackedPair(group, method.Name, arguments, call);
                return true;
            case "Interop" or "BitConverter":
                result = BitCast(method, arguments, call);
                return true;
            case "Element":
                Shape shape = ShapeOf(method.ReturnType, call.Syntax);
                result = new Datum(shape, [ConvertTo(arguments[0].Value, shape.Leaves[0].Type)]);
                return true;
            case "Philox":
                result = Library("DeviceRandom", method.Name == "Next" ? "Philox4x32" : method.Name, arguments, call);
                return true;
            default:
                result = Mathematics(group, method, arguments, call);
                return true;
        }
    }

    // ---- properties of the vocabulary

    Datum? IntrinsicProperty(IPropertyReferenceOperation p)
    {
        string key = p.Property.ContainingType.Name + "." + p.Property.Name;
        if (p.Instance?.Type is { Name: "ArrayView" })
        {
            Datum view = Expression(p.Instance);
            Value length = view.Registers is { } r ? _b.Long(r.Length) : view.Leaves[1];
            switch (p.Property.Name)
            {
                case "Length": return Number(length);
                case "IntLength": return Number(_b.Convert(length, IrType.S32));
                case "IsValid": return Number(_b.Compare(Opcode.Gt, length, _b.Long(0)));
                default: throw Unsupported(p);
            }
        }

        if (p.Instance?.Type is { Name: "Packed" }) return p.Property.IsIndexer ? GetPacked(Expression(p.Instance), Expression(p.Arguments[0].Value).Value, p.Syntax) : null;
        if (p.Instance?.Type is { Name: "BFloat16x2" or "Half2" } pair && p.Property.Name is "Low" or "High")
            return Number(_b.Pure(p.Property.Name == "Low" ? Opcode.UnpackLow : Opcode.UnpackHigh, IrType.F32, [Expression(p.Instance).Leaves[0]], pair.Name == "Half2" ? 1 : 0));
        switch (key)
        {
            case "Packed.Count":
                return Number(_b.Int(16 / ShapeOf(((INamedTypeSymbol)Substitute(p.Property.ContainingType)).TypeArguments[0], p.Syntax).Size));
            case "Target.IsCuda":
                return Number(_b.Bool(_machine == Machine.Ptx));
            case "Warp.LaneIdx": return Number(_b.Special(SpecialRegister.LaneIdx));
            case "Warp.WarpIdx": return Number(_b.Special(SpecialRegister.WarpIdx));
            case "Grid.GlobalIndex":
                return new Datum(ShapeOf(p.Type!, p.Syntax), [.. Enumerable.Range(0, 3).Select(i => _b.Binary(Opcode.Add, _b.Binary(Opcode.Mul, _b.Special(SpecialRegister.GridIdxX + i), Dimension(i)), GroupIndex(i)))]);
            case "Group.LinearIndex":
                return Number(_options.GroupSize > 0 ? GroupIndex(0)
                    : _b.Binary(Opcode.Add, GroupIndex(0), _b.Binary(Opcode.Mul, Dimension(0), _b.Binary(Opcode.Add, GroupIndex(1), _b.Binary(Opcode.Mul, Dimension(1), GroupIndex(2))))));
            case "Group.Dimension":
                return Number(_b.Binary(Opcode.Mul, Dimension(0), _b.Binary(Opcode.Mul, Dimension(1), Dimension(2))));
        }

        string name = p.Property.Name;
        if (name.Length == 4 && name[3] is 'X' or 'Y' or 'Z')
        {
            int axis = name[3] - 'X';
            switch (p.Property.ContainingType.Name + "." + name.Substring(0, 3))
            {
                case "Grid.Idx": return Number(_b.Special(SpecialRegister.GridIdxX + axis));
                case "Grid.Dim": return Number(_b.Special(SpecialRegister.GridDimX + axis));
                case "Group.Idx": return Number(GroupIndex(axis));
                case "Group.Dim": return Number(Dimension(axis));
            }
        }

        return null;
    }

    /// <summary>A fixed group size is one-dimensional, and a constant.</summary>
    Value Dimension(int axis) => _options.GroupSize > 0 ? _b.Int(axis == 0 ? _options.GroupSize : 1) : _b.Special(SpecialRegister.GroupDimX + axis);

    Value GroupIndex(int axis) => _options.GroupSize > 0 && axis > 0 ? _b.Int(0) : _b.Special(SpecialRegister.GroupIdxX + axis);

    // ---- cooperation of lanes

    Datum? Cooperate(string group, string name, Datum[] a, IInvocationOperation call)
    {
        switch (group + "." + name)
        {
            case "Grid.DependencySynchronize":
                _b.Emit(Opcode.GridDependencySynchronize, [], []);
                return null;
            case "Grid.TriggerLaunchCompletion":
                _b.Emit(Opcode.GridTriggerLaunchCompletion, [], []);
                return null;
            case "Group.Barrier":
                _b.Emit(Opcode.Barrier, [], []);
                return null;
            case "Group.NamedBarrier":
                int id = (int)(a[0].Value.ConstInt ?? throw NeedConstant(call.Syntax, "the id of a named barrier")), threads = (int)(a[1].Value.ConstInt ?? throw NeedConstant(call.Syntax, "the thread count of a named barrier"));
                _b.Emit(Opcode.NamedBarrier, [], [], op => (op.Attr, op.Bits) = (id, (ulong)threads));
                return null;
            case "Group.BarrierAnd":
                return Number(_b.Emit(Opcode.BarrierReduce, [IrType.Pred], [a[0].Value], op => op.Attr = 0)[0]);
            case "Group.BarrierOr":
                return Number(_b.Emit(Opcode.BarrierReduce, [IrType.Pred], [a[0].Value], op => op.Attr = 1)[0]);
            case "Group.BarrierPopCount":
                return Number(_b.Emit(Opcode.BarrierReduce, [IrType.S32], [a[0].Value], op => op.Attr = 2)[0]);
            case "Group.Broadcast":
                return BroadcastInGroup(a[0], a[1].Value, call.Syntax);
            case "Warp.Barrier":
                _b.Emit(Opcode.WarpBarrier, [], []);
                return null;
            case "Warp.Broadcast" or "Warp.Shuffle":
                return ShuffleAll(a[0], a[1].Value, ShuffleKind.Index);
            case "Warp.ShuffleUp":
                return ShuffleAll(a[0], a[1].Value, ShuffleKind.Up);
            case "Warp.ShuffleDown":
                return ShuffleAll(a[0], a[1].Value, ShuffleKind.Down);
            case "Warp.ShuffleXor":
                return ShuffleAll(a[0], a[1].Value, ShuffleKind.Xor);
            case "Warp.Ballot":
                return Number(_b.Emit(Opcode.Ballot, [IrType.U32], [a[0].Value])[0]);
            case "Warp.All":
                return Number(_b.Emit(Opcode.VoteAll, [IrType.Pred], [a[0].Value])[0]);
            case "Warp.Any":
                return Number(_b.Emit(Opcode.VoteAny, [IrType.Pred], [a[0].Value])[0]);
            case "Warp.ReduceAdd" or "Warp.ReduceMax" or "Warp.ReduceMin":
                Value v = a[0].Value;
                for (int m = 16; m > 0; m >>= 1)
                    v = _b.Binary(name == "ReduceAdd" ? Opcode.Add : name == "ReduceMax" ? Opcode.Max : Opcode.Min, v, Shuffle(v, _b.Int(m), ShuffleKind.Xor));
                return a[0] with { Leaves = [v] };
            case "MemoryFence.GroupLevel" or "MemoryFence.DeviceLevel" or "MemoryFence.SystemLevel":
                _b.Emit(Opcode.Fence, [], [], op => op.Attr = name[0] == 'G' ? 0 : name[0] == 'D' ? 1 : 2);
                return null;
            default:
                throw Unsupported(call);
        }
    }

    Datum ShuffleAll(Datum value, Value lane, ShuffleKind kind) => value with { Leaves = [.. value.Leaves.Select(v => Shuffle(v, lane, kind))] };

    Value Shuffle(Value v, Value lane, ShuffleKind kind)
    {
        if (v.Type == IrType.Pred) return FromStored(Shuffle(ToStored(v), lane, kind), IrType.Pred);
        return _b.Emit(Opcode.Shuffle, [v.Type], [v, lane], op => op.Attr = (int)kind)[0];
    }

    /// <summary>One shared slot and two barriers: the lane writes, all read.</summary>
    Datum BroadcastInGroup(Datum value, Value lane, SyntaxNode at)
    {
        int offset = (_kernel.StaticSharedBytes + 15) / 16 * 16;
        _kernel.StaticSharedBytes = offset + Math.Max(8, value.Shape.Size);
        Value pointer = _b.Emit(Opcode.SharedAlloc, [IrType.PtrShared], [], op => (op.Bits, op.Attr, op.Offset) = ((ulong)Math.Max(8, value.Shape.Size), 16, offset))[0];
        var place = new MemoryPlace(value.Shape, pointer, _b.Int(0), _b.Long(1), value.Shape.Size, 0);
        _b.Emit(Opcode.Barrier, [], []);
        Value linear = _options.GroupSize > 0 ? GroupIndex(0)
            : _b.Binary(Opcode.Add, GroupIndex(0), _b.Binary(Opcode.Mul, Dimension(0), _b.Binary(Opcode.Add, GroupIndex(1), _b.Binary(Opcode.Mul, Dimension(1), GroupIndex(2)))));
        Branch(_b.Compare(Opcode.Eq, linear, lane), () => Write(place, value, at), static () => { });
        _b.Emit(Opcode.Barrier, [], []);
        return Load(place);
    }

    Datum AtomicOperation(IInvocationOperation call)
    {
        string name = call.TargetMethod.Name;
        IArgumentOperation Argument(int i) => call.Arguments.First(a => a.Parameter!.Ordinal == i);
        if (PlaceOf(Argument(0).Value) is not MemoryPlace { Shape.IsScalar: true } place) throw new KernelException(Diagnostics.PartialWrite, call.Syntax.GetLocation(), Argument(0).Syntax.ToString());
        AtomicKind kind = (AtomicKind)Enum.Parse(typeof(AtomicKind), name);
        IrType type = place.Shape.Leaves[0].Type;
        Value[] values = kind == AtomicKind.CompareExchange ? [Expression(Argument(2).Value).Value, Expression(Argument(1).Value).Value] : [Expression(Argument(1).Value).Value];
        Value old = _b.Emit(Opcode.Atomic, [type], [place.Pointer, place.Index, place.Length, .. values], op => (op.Elem, op.Stride, op.Offset, op.Attr) = (type, place.Stride, place.Offset, (int)kind))[0];
        return new Datum(place.Shape, [old]);
    }

    // ---- tensor cores and asynchronous copies

    void MultiplyAccumulate(IInvocationOperation call)
    {
        IArgumentOperation Argument(int i) => call.Arguments.First(a => a.Parameter!.Ordinal == i);
        Place d = PlaceOf(Argument(0).Value);
        Datum c = Read(d), a = Expression(Argument(1).Value), b = Expression(Argument(2).Value);
        Value[] r = _b.Emit(Opcode.Mma, [IrType.F32, IrType.F32, IrType.F32, IrType.F32], [.. a.Leaves, .. b.Leaves, .. c.Leaves], op => op.Attr = HalfKind(call.TargetMethod.TypeArguments[0], call.Syntax));
        Write(d, new Datum(c.Shape, r), call.Syntax);
    }

    int HalfKind(ITypeSymbol type, SyntaxNode at) => ScalarOf(type, at) switch
    {
        IrType.BF16 => 0,
        IrType.F16 => 1,
        _ => throw new KernelException(Diagnostics.UnsupportedType, at.GetLocation(), Substitute(type).ToDisplayString()),
    };

    Datum MatrixLoad(string name, Datum[] a, IInvocationOperation call)
    {
        int count = name[1] - '0';
        IrType elem = ScalarOf(a[0].Shape.ViewElement!, call.Syntax);
        if (a[0].Registers != null || a[0].Leaves[0].Type != IrType.PtrShared) throw new KernelException(Diagnostics.ViewInRegisters, call.Syntax.GetLocation(), "LoadMatrix reads from shared memory; pass a view of SharedMemory.Allocate or SharedMemory.GetDynamic");
        Value[] r = _b.Emit(Opcode.LoadMatrix, [.. Enumerable.Repeat(IrType.U32, count)], [a[0].Leaves[0], a[1].Value, a[0].Leaves[1]], op =>
            (op.Elem, op.Count, op.Stride, op.Attr) = (elem, count, elem.Size(), name.EndsWith("Transposed", StringComparison.Ordinal) ? 1 : 0));
        return new Datum(ShapeOf(call.TargetMethod.ReturnType, call.Syntax), r);
    }

    void CopyAsync(string name, Datum[] a, IInvocationOperation call)
    {
        switch (name)
        {
            case "Commit":
                _b.Emit(Opcode.AsyncCommit, [], []);
                return;
            case "Wait":
                int pending = (int)(a[0].Value.ConstInt ?? throw NeedConstant(call.Syntax, "the number of pending groups"));
                _b.Emit(Opcode.AsyncWait, [], [], op => op.Attr = pending);
                return;
        }

        int bytes = int.Parse(name.Substring(4), System.Globalization.CultureInfo.InvariantCulture);
        Shape element = ShapeOf(a[0].Shape.ViewElement!, call.Syntax);
        if (a[0].Registers != null || a[0].Leaves[0].Type != IrType.PtrShared || a[2].Registers != null || a[2].Leaves[0].Type != IrType.PtrGlobal)
            throw new KernelException(Diagnostics.ViewInRegisters, call.Syntax.GetLocation(), "AsyncCopy copies from global memory (an ArrayView parameter) to shared memory");
        Value valid = a.Length > 4 ? a[4].Value : _b.Bool(true);
        _b.Emit(Opcode.AsyncCopy, [], [a[0].Leaves[0], a[1].Value, a[0].Leaves[1], a[2].Leaves[0], a[3].Value, a[2].Leaves[1], valid], op =>
            (op.Bits, op.Elem, op.Stride) = ((ulong)bytes, Stored(element.Leaves[0].Type), element.Size));
    }

    // ---- packed values

    Datum? PackedMember(string name, IInvocationOperation call, Datum[] a)
    {
        switch (name)
        {
            case "GetFloat":
                Datum packed = Expression(call.Instance!);
                Datum element = GetPacked(packed, a[0].Value, call.Syntax);
                if (element.Value.Type is not (IrType.F16 or IrType.BF16)) return Number(ConvertTo(element.Value, IrType.F32));
                int at = (int)a[0].Value.ConstInt!.Value;
                return Number(_b.Pure(at % 2 == 0 ? Opcode.UnpackLow : Opcode.UnpackHigh, IrType.F32, [packed.Leaves[at / 2]], element.Value.Type == IrType.F16 ? 1 : 0));
            case "SetFloat":
                Shape shape = ShapeOf(((INamedTypeSymbol)Substitute(call.TargetMethod.ContainingType)).TypeArguments[0], call.Syntax);
                SetPacked(PlaceOf(call.Instance!), a[0].Value, ConvertTo(a[1].Value, shape.Leaves[0].Type), call.Syntax);
                return null;
            case "GetWord":
                int word = (int)(a[0].Value.ConstInt ?? throw NeedConstant(call.Syntax, "the index of a packed value"));
                return Number(Expression(call.Instance!).Leaves[word]);
            case "SetWord":
                Place place = PlaceOf(call.Instance!);
                Datum all = Read(place);
                Value[] words = [.. all.Leaves];
                words[(int)(a[0].Value.ConstInt ?? throw NeedConstant(call.Syntax, "the index of a packed value"))] = a[1].Value;
                Write(place, all with { Leaves = words }, call.Syntax);
                return null;
            default:
                throw Unsupported(call);
        }
    }

    Datum GetPacked(Datum packed, Value index, SyntaxNode at)
    {
        Shape element = ShapeOf(((INamedTypeSymbol)packed.Shape.Symbol).TypeArguments[0], at);
        int i = (int)(index.ConstInt ?? throw NeedConstant(at, "the index of a packed value"));
        IrType t = element.Leaves[0].Type;
        int size = element.Size;
        if (i < 0 || i >= 16 / size) throw new KernelException(Diagnostics.NotConstant, at.GetLocation(), $"The index of a packed value of {16 / size} elements, here {i},");
        Value v;
        if (size == 8)
        {
            Value low = _b.Convert(packed.Leaves[2 * i], IrType.U64), high = _b.Convert(packed.Leaves[(2 * i) + 1], IrType.U64);
            v = _b.Pure(Opcode.Bitcast, t, [_b.Binary(Opcode.Or, low, _b.Pure(Opcode.Shl, IrType.U64, [high, _b.Int(32)]))]);
        }
        else if (size == 4)
        {
            v = _b.Pure(Opcode.Bitcast, t, [packed.Leaves[i]]);
        }
        else
        {
            int perWord = 4 / size;
            Value word = _b.Pure(Opcode.Shr, IrType.U32, [packed.Leaves[i / perWord], _b.Int(i % perWord * size * 8)]);
            IrType narrow = size == 2 ? IrType.U16 : IrType.U8;
            v = _b.Pure(Opcode.Bitcast, t, [_b.Convert(word, narrow)]);
        }

        return new Datum(element, [v]);
    }

    void SetPacked(Place place, Value index, Value value, SyntaxNode at)
    {
        Datum all = Read(place);
        int i = (int)(index.ConstInt ?? throw NeedConstant(at, "the index of a packed value"));
        int size = value.Type.Size();
        Value[] words = [.. all.Leaves];
        if (size == 8)
        {
            Value bits = _b.Pure(Opcode.Bitcast, IrType.U64, [value]);
            words[2 * i] = _b.Convert(bits, IrType.U32);
            words[(2 * i) + 1] = _b.Convert(_b.Pure(Opcode.Shr, IrType.U64, [bits, _b.Int(32)]), IrType.U32);
        }
        else if (size == 4)
        {
            words[i] = _b.Pure(Opcode.Bitcast, IrType.U32, [value]);
        }
        else
        {
            int perWord = 4 / size, shift = i % perWord * size * 8;
            uint mask = size == 2 ? 0xffffu : 0xffu;
            Value bits = _b.Pure(Opcode.Shl, IrType.U32, [_b.Convert(_b.Pure(Opcode.Bitcast, size == 2 ? IrType.U16 : IrType.U8, [value]), IrType.U32), _b.Int(shift)]);
            Value kept = _b.Binary(Opcode.And, words[i / perWord], _b.Const(IrType.U32, ~(mask << shift)));
            words[i / perWord] = _b.Binary(Opcode.Or, kept, bits);
        }

        Write(place, all with { Leaves = words }, at);
    }

    Datum PackedPair(string group, string name, Datum[] a, IInvocationOperation call)
    {
        int kind = group == "Half2" ? 1 : 0;
        Shape shape = ShapeOf(call.TargetMethod.ReturnType, call.Syntax);
        return name switch
        {
            "FromFloats" => new Datum(shape, [_b.Pure(Opcode.Pack2, IrType.U32, [a[0].Value, a[1].Value], kind)]),
            "Fma" => new Datum(shape, [_b.Pure(Opcode.Fma2, IrType.U32, [a[0].Leaves[0], a[1].Leaves[0], a[2].Leaves[0]], kind)]),
            "Max" => new Datum(shape, [_b.Pure(Opcode.Max2, IrType.U32, [a[0].Leaves[0], a[1].Leaves[0]], kind)]),
            _ => throw Unsupported(call),
        };
    }

    Datum VocabularyOperator(IMethodSymbol method, IBinaryOperation b)
    {
        Datum x = Expression(b.LeftOperand), y = Expression(b.RightOperand);
        if (method.ContainingType.Name is not ("BFloat16x2" or "Half2")) throw Unsupported(b);
        Opcode code = b.OperatorKind switch { BinaryOperatorKind.Add => Opcode.Add2, BinaryOperatorKind.Multiply => Opcode.Mul2, _ => throw Unsupported(b) };
        return new Datum(x.Shape, [_b.Pure(code, IrType.U32, [x.Leaves[0], y.Leaves[0]], method.ContainingType.Name == "Half2" ? 1 : 0)]);
    }

    // ---- bit casts, the device library, raw PTX

    Datum BitCast(IMethodSymbol method, Datum[] a, IInvocationOperation call)
    {
        if (method.Name == "SizeOf") return Number(_b.Int(ShapeOf(method.TypeArguments[0], call.Syntax).Size));
        Shape shape = ShapeOf(method.ReturnType, call.Syntax);
        if (a.Length != 1 || !shape.IsScalar || !a[0].Shape.IsScalar || shape.Size != a[0].Shape.Size) throw Unsupported(call);
        return new Datum(shape, [_b.Pure(Opcode.Bitcast, shape.Leaves[0].Type, [a[0].Value])]);
    }

    /// <summary>Calls a function of the device library, which is C# source in the kernels' own compilation.</summary>
    Datum Library(string type, string function, Datum[] a, IInvocationOperation call)
    {
        INamedTypeSymbol? holder = _compilation.GetTypeByMetadataName("LbrCore.Compute.DeviceLibrary." + type);
        IMethodSymbol? method = holder?.GetMembers(function).OfType<IMethodSymbol>().FirstOrDefault(m => m.Parameters.Length == a.Length);
        if (method == null) throw new InvalidOperationException($"the device library lacks {type}.{function}");
        Datum r = Inline(method, null, [.. a.Select(d => (Place)new ValuePlace(d))], call.Syntax)!;
        return new Datum(ShapeOf(call.TargetMethod.ReturnType, call.Syntax), r.Leaves);
    }

    void PtxDoor(IInvocationOperation call)
    {
        if (_machine != Machine.Ptx) throw new KernelException(Diagnostics.CpuHasNoPtx, call.Syntax.GetLocation());
        IArgumentOperation[] arguments = [.. call.Arguments.OrderBy(a => a.Parameter!.Ordinal)];
        if (arguments[0].Value.ConstantValue is not { HasValue: true, Value: string template }) throw new KernelException(Diagnostics.InvalidPtx, arguments[0].Syntax.GetLocation(), "The template of Ptx.Emit must be a constant string");
        var outputs = new List<Place>();
        var inputs = new List<Value>();
        var renumber = new Dictionary<int, string>();
        for (int i = 1; i < arguments.Length; i++)
        {
            RefKind kind = arguments[i].Parameter!.RefKind;
            if (kind is RefKind.Out or RefKind.Ref)
            {
                Place place = PlaceOf(arguments[i].Value);
                if (place is not SlotPlace { Shape.IsScalar: true }) throw new KernelException(Diagnostics.InvalidPtx, arguments[i].Syntax.GetLocation(), "An output of Ptx.Emit must be a local number; write it to memory afterwards");
                renumber[i - 1] = "o" + outputs.Count + (kind == RefKind.Ref ? "r" : "");
                outputs.Add(place);
            }
        }

        // Outputs come first in the op; a ref operand is an input that the printer ties to its output's register.
        var order = new List<int>();
        for (int i = 1; i < arguments.Length; i++)
        {
            RefKind kind = arguments[i].Parameter!.RefKind;
            if (kind is RefKind.Out) continue;
            Datum d = kind == RefKind.Ref ? Read(PlaceOf(arguments[i].Value)) : Expression(arguments[i].Value);
            if (d.Registers != null || (!d.Shape.IsScalar && !d.Shape.IsView)) throw new KernelException(Diagnostics.InvalidPtx, arguments[i].Syntax.GetLocation(), "An operand of Ptx.Emit must be a number, or a view (its address)");
            if (kind != RefKind.Ref) renumber[i - 1] = "i" + inputs.Count;
            else order.Add(inputs.Count);
            inputs.Add(d.Leaves[0]);
        }

        string text = PtxTemplate.Renumber(template, renumber, outputs.Count, out string? mistake);
        if (mistake != null) throw new KernelException(Diagnostics.InvalidPtx, arguments[0].Syntax.GetLocation(), mistake);
        IrType[] types = [.. outputs.Select(o => o.Shape.Leaves[0].Type)];
        Value[] results = _b.Emit(Opcode.Ptx, types, [.. inputs], op => op.Text = PtxTemplate.Tie(text, outputs.Count, order, renumber));
        for (int i = 0; i < results.Length; i++) Write(outputs[i], new Datum(outputs[i].Shape, [results[i]]), call.Syntax);
    }
}
