using System;
using System.Collections.Generic;
using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// Views, register arrays, and what is read from and written to them.
internal sealed partial class Lowering
{
    static bool IsViewIndexer(IPropertyReferenceOperation p) =>
        p.Property.IsIndexer && Symbols.IsView(p.Instance?.Type);

    Place Element(IPropertyReferenceOperation p)
    {
        Datum view = Expression(p.Instance!);
        Value index = ScalarExpression(p.Arguments[0].Value);
        return ElementOf(view, index, p.Syntax);
    }

    Place ElementOf(Datum view, Value index, SyntaxNode at)
    {
        if (view.Registers is not { } r)
        {
            Shape stored = MemoryShape(view.Shape.ViewElement!, at);
            return new MemoryPlace(stored, view.Leaves[0], index, view.Leaves[1], stored.Size, 0);
        }

        Shape element = r.Element;
        if (r.Memory != null) return new LocalPlace(element, r, _b.Binary(Opcode.Add, ConvertTo(index, IrType.S32), r.RunTime?.Start ?? _b.Int(r.Start)), 0);
        if (index.ConstInt is { } i)
        {
            if (i < 0 || i >= r.Length) throw new KernelException(Diagnostics.ViewInRegisters, at.GetLocation(), $"Index {i} is outside the {r.Length} elements of '{r.Name}'");
            return new SlotPlace(element, r.First + ((r.Start + (int)i) * element.Leaves.Length));
        }

        throw InMemory(r);
    }

    /// <summary>A run-time index: on the GPU first try to unroll the loop around it, else let the array live in local memory; then start again.</summary>
    RestartException InMemory(RegisterArray r)
    {
        if (_machine == Machine.Ptx)
            foreach (LoopSite site in _loops)
                if (!site.Unrolled && site.ConstantTrip && _facts.Unroll(site.Syntax, r.Syntax)) return new RestartException();
        _facts.GiveUp(r.Syntax);
        return new RestartException();
    }

    Datum AllocateLocal(IInvocationOperation call)
    {
        Shape view = ShapeOf(call.TargetMethod.ReturnType, call.Syntax);
        Shape element = ShapeOf(view.ViewElement!, call.Syntax);
        int length = ConstantArgument(call, 0, "the length of LocalMemory.Allocate");
        if (length is < 1 or > 4096) throw new KernelException(Diagnostics.ViewInRegisters, call.Syntax.GetLocation(), $"LocalMemory.Allocate takes 1 to 4096 elements, not {length}");
        string name = call.Syntax.FirstAncestorOrSelf<Microsoft.CodeAnalysis.CSharp.Syntax.VariableDeclaratorSyntax>()?.Identifier.Text ?? "LocalMemory.Allocate";
        if (_facts.IsLocal(call.Syntax))
        {
            if (!_options.AllowLocalMemory) _warnings.Add((Diagnostics.LocalMemory, call.Syntax.GetLocation(), [name]));
            Value[] pointers = [.. element.Leaves.Select(leaf => _b.Emit(Opcode.LocalAlloc, [IrType.PtrLocal], [], op => (op.Elem, op.Count, op.Stride) = (Stored(leaf.Type), length, leaf.Type.Size()))[0])];
            return new Datum(view, []) { Registers = new RegisterArray(element, -1, length, call.Syntax, name) { Memory = pointers, Allocated = length } };
        }

        int first = _nextSlot;
        for (int i = 0; i < length; i++)
            foreach (Leaf leaf in element.Leaves) NewSlot(_b.Const(leaf.Type, 0));
        return new Datum(view, []) { Registers = new RegisterArray(element, first, length, call.Syntax, name) { Allocated = length } };
    }

    Datum AllocateShared(IInvocationOperation call)
    {
        Shape view = ShapeOf(call.TargetMethod.ReturnType, call.Syntax);
        Shape element = MemoryShape(view.ViewElement!, call.Syntax);
        if (_loops.Any(l => !l.Unrolled)) throw new KernelException(Diagnostics.SharedUnderCondition, call.Syntax.GetLocation());
        int length = ConstantArgument(call, 0, "the length of SharedMemory.Allocate");
        int alignment = call.Arguments.Length > 1 ? ConstantArgument(call, 1, "the alignment of SharedMemory.Allocate") : 16;
        if (length < 1 || alignment is < 1 or > 1024 || (alignment & (alignment - 1)) != 0) throw new KernelException(Diagnostics.ViewInRegisters, call.Syntax.GetLocation(), $"SharedMemory.Allocate takes a positive length and an alignment that is a power of two up to 1024, not {length} and {alignment}");
        alignment = Math.Max(alignment, 16);
        int offset = (_kernel.StaticSharedBytes + alignment - 1) / alignment * alignment;
        long bytes = (long)length * element.Size;
        if (offset + bytes > 49152) throw new KernelException(Diagnostics.SharedTooLarge, call.Syntax.GetLocation(), offset + bytes);
        _kernel.StaticSharedBytes = offset + (int)bytes;
        _kernel.StaticSharedAlignment = Math.Max(_kernel.StaticSharedAlignment, alignment);
        Value pointer = _b.Emit(Opcode.SharedAlloc, [IrType.PtrShared], [], op => (op.Bits, op.Attr, op.Offset) = ((ulong)bytes, alignment, offset))[0];
        return new Datum(view, [pointer, _b.Long(length)]);
    }

    Datum DynamicShared(IInvocationOperation call)
    {
        Shape view = ShapeOf(call.TargetMethod.ReturnType, call.Syntax);
        Value pointer = _b.Emit(Opcode.DynamicShared, [IrType.PtrShared], [])[0];
        Value bytes = _b.Emit(Opcode.DynamicSharedSize, [IrType.S64], [])[0];
        return new Datum(view, [pointer, _b.Binary(Opcode.Div, bytes, _b.Long(MemoryShape(view.ViewElement!, call.Syntax).Size))]);
    }

    int ConstantArgument(IInvocationOperation call, int ordinal, string what)
    {
        IArgumentOperation argument = call.Arguments.First(a => a.Parameter!.Ordinal == ordinal);
        if (ScalarExpression(argument.Value).ConstInt is not { } value) throw NeedConstant(argument.Syntax, what);
        return (int)value;
    }

    // ---- members of ArrayView

    Datum? ViewMember(string name, Datum view, Datum[] a, IInvocationOperation call)
    {
        Shape element = ShapeOf(view.Shape.ViewElement!, call.Syntax);
        CacheKind Hint(int i) => i < a.Length ? (CacheKind)(a[i].Value.ConstInt ?? throw NeedConstant(call.Syntax, "a cache hint")) : CacheKind.Default;
        CacheKind StoreHint(int i) => Hint(i) is not CacheKind.ReadOnly and var kind ? kind : throw new KernelException(Diagnostics.ViewInRegisters, call.Syntax.GetLocation(), "A store cannot be CacheHint.ReadOnly; use Default, Streaming, KeepInL2 or Volatile");
        switch (name)
        {
            case "SubView":
                return SubView(view, a, element, call.Syntax);
            case "Cast":
                Shape target = ShapeOf(call.TargetMethod.ReturnType, call.Syntax);
                Shape to = MemoryShape(target.ViewElement!, call.Syntax);
                element = MemoryShape(view.Shape.ViewElement!, call.Syntax);
                if (view.Registers != null) throw new KernelException(Diagnostics.ViewInRegisters, call.Syntax.GetLocation(), "LocalMemory cannot be cast; it is an array of registers");
                Value length = element.Size == to.Size ? view.Leaves[1]
                    : element.Size % to.Size == 0 ? _b.Binary(Opcode.Mul, view.Leaves[1], _b.Long(element.Size / to.Size))
                    : _b.Binary(Opcode.Div, _b.Binary(Opcode.Mul, view.Leaves[1], _b.Long(element.Size)), _b.Long(to.Size));
                return new Datum(target, [view.Leaves[0], length]);
            case "Load":
                return Read(Hinted(ElementOf(view, a[0].Value, call.Syntax), Hint(1)));
            case "Store":
                Write(Hinted(ElementOf(view, a[0].Value, call.Syntax), StoreHint(2)), a[1], call.Syntax);
                return null;
            case "LoadPacked":
                return Read(Hinted(PackedPlace(view, a[0].Value, element, ShapeOf(call.TargetMethod.ReturnType, call.Syntax), call.Syntax), Hint(1)));
            case "StorePacked":
                Write(Hinted(PackedPlace(view, a[0].Value, element, a[1].Shape, call.Syntax), StoreHint(2)), a[1], call.Syntax);
                return null;
            default:
                throw Unsupported(call);
        }
    }

    static Place Hinted(Place place, CacheKind kind) => place is MemoryPlace m ? m with { Cache = m.Pointer.Type == IrType.PtrGlobal ? kind : CacheKind.Default } : place;

    Place PackedPlace(Datum view, Value index, Shape element, Shape packed, SyntaxNode at)
    {
        if (view.Registers != null) throw new KernelException(Diagnostics.ViewInRegisters, at.GetLocation(), "LocalMemory has no packed access; index its elements");
        PackedElement(packed.Symbol, at);
        return new MemoryPlace(packed, view.Leaves[0], index, view.Leaves[1], element.Size, 0) { Wide = true };
    }

    Datum SubView(Datum view, Datum[] a, Shape element, SyntaxNode at)
    {
        if (view.Registers is { Memory: not null } m && (m.RunTime != null || a.Any(d => d.Value.ConstInt == null)))
        {
            (Value start, Value length) whole = m.RunTime ?? (_b.Int(m.Start), _b.Long(m.Length));
            Value first = _b.Binary(Opcode.Add, whole.start, ConvertTo(a[0].Value, IrType.S32));
            Value count = a.Length > 1 ? ConvertTo(a[1].Value, IrType.S64) : _b.Binary(Opcode.Sub, whole.length, ConvertTo(a[0].Value, IrType.S64));
            return view with { Registers = m with { RunTime = (first, count) } };
        }

        if (view.Registers is { } r)
        {
            if (a[0].Value.ConstInt is not { } start || (a.Length > 1 && a[1].Value.ConstInt == null)) throw InMemory(r);
            int length = a.Length > 1 ? (int)a[1].Value.ConstInt!.Value : r.Length - (int)start;
            if (start < 0 || length < 0 || start + length > r.Length) throw new KernelException(Diagnostics.ViewInRegisters, at.GetLocation(), $"The part [{start}, {start + length}) is outside the {r.Length} elements of '{r.Name}'");
            return view with { Registers = r with { Start = r.Start + (int)start, Length = length } };
        }

        Value offset = a[0].Value;
        element = MemoryShape(element.Symbol, at);
        Value pointer = offset.ConstInt == 0 ? view.Leaves[0] : _b.Emit(Opcode.PtrOffset, [view.Leaves[0].Type], [view.Leaves[0], offset], op => op.Stride = element.Size)[0];
        Value rest = _b.Binary(Opcode.Sub, view.Leaves[1], ConvertTo(offset, IrType.S64));
        Value taken = a.Length > 1 ? ConvertTo(a[1].Value, IrType.S64) : rest;
        if (_machine == Machine.Lanes)
        {
            // The CPU checks its accesses against this length, so it must not reach beyond the whole.
            if (a.Length > 1) taken = _b.Binary(Opcode.Min, taken, rest);
            if (offset.ConstInt is not >= 0) taken = _b.Select(_b.Compare(Opcode.Ge, offset, _b.Const(offset.Type, 0)), taken, _b.Long(0));
        }

        return new Datum(view.Shape, [pointer, taken]);
    }

    // ---- loads and stores

    /// <summary>A truth value is one byte in memory.</summary>
    static IrType Stored(IrType t) => t == IrType.Pred ? IrType.U8 : t;

    Value FromStored(Value v, IrType t) => t == IrType.Pred ? _b.Compare(Opcode.Ne, _b.Convert(v, IrType.S32), _b.Int(0)) : v;

    Value ToStored(Value v) => v.Type == IrType.Pred ? _b.Convert(_b.Select(v, _b.Int(1), _b.Int(0)), IrType.U8) : v;

    Datum Load(MemoryPlace m)
    {
        var values = new List<Value>();
        foreach ((int first, int count) in Groups(m))
        {
            Leaf leaf = m.Shape.Leaves[first];
            Value[] loaded = _b.Emit(Opcode.Load, [.. Enumerable.Repeat(Stored(leaf.Type), count)], [m.Pointer, m.Index, m.Length], op =>
            {
                (op.Elem, op.Count, op.Stride, op.Offset, op.Attr) = (Stored(leaf.Type), count, m.Stride, m.Offset + leaf.Offset, (int)m.Cache);
            });
            foreach (Value v in loaded) values.Add(FromStored(v, leaf.Type));
        }

        return new Datum(m.Shape, [.. values]);
    }

    void Store(MemoryPlace m, Datum value)
    {
        foreach ((int first, int count) in Groups(m))
        {
            Leaf leaf = m.Shape.Leaves[first];
            Value[] stored = [.. value.Leaves.Skip(first).Take(count).Select(ToStored)];
            _b.Emit(Opcode.Store, [], [m.Pointer, m.Index, m.Length, .. stored], op =>
            {
                (op.Elem, op.Count, op.Stride, op.Offset, op.Attr) = (Stored(leaf.Type), count, m.Stride, m.Offset + leaf.Offset, (int)m.Cache);
            });
        }
    }

    Datum Load(LocalPlace l) => new(l.Shape, [.. l.Shape.Leaves.Select((leaf, i) => FromStored(
        _b.Emit(Opcode.Load, [Stored(leaf.Type)], [l.Array.Memory![l.FirstLeaf + i], l.Index, _b.Long(l.Array.Allocated)], op => (op.Elem, op.Stride) = (Stored(leaf.Type), Stored(leaf.Type).Size()))[0], leaf.Type))]);

    void Store(LocalPlace l, Datum value)
    {
        for (int i = 0; i < l.Shape.Leaves.Length; i++)
        {
            IrType t = Stored(l.Shape.Leaves[i].Type);
            _b.Emit(Opcode.Store, [], [l.Array.Memory![l.FirstLeaf + i], l.Index, _b.Long(l.Array.Allocated), ToStored(value.Leaves[i])], op => (op.Elem, op.Stride) = (t, t.Size()));
        }
    }

    /// <summary>
    /// Leaves that go in one access: all of a vocabulary vector that is itself the element of its view, whose alignment is then known; one by one otherwise.
    /// </summary>
    static IEnumerable<(int First, int Count)> Groups(MemoryPlace m) =>
        m.Shape.IsVector && m.Shape.Leaves.Length > 1 && (m.Wide || (m.Offset == 0 && m.Stride == m.Shape.Size)) ? [(0, m.Shape.Leaves.Length)] : Enumerable.Range(0, m.Shape.Leaves.Length).Select(i => (i, 1));
}
