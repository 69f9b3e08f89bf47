using System;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;

namespace LbrCore.Compute.Generator.FrontEnd;

/// <summary>A value of a C# type, taken apart into its leaves.</summary>
internal sealed record Datum(Shape Shape, Value[] Leaves)
{
    /// <summary>The single leaf of a scalar.</summary>
    public Value Value => Leaves.Length == 1 ? Leaves[0] : throw new InvalidOperationException($"'{Shape.Symbol}' is not a scalar");

    /// <summary>Set on the value of a view that is an array in registers; such a view has no address.</summary>
    public RegisterArray? Registers { get; init; }

    /// <summary>The part of a composite that starts at a leaf.</summary>
    public Datum Part(int first, Shape shape) => new(shape, Leaves.AsSpan(first, shape.Leaves.Length).ToArray());
}

/// <summary>
/// An array of LocalMemory.Allocate. It lives in variables (slots first, first + 1, ... leaf by leaf, element by element), or, when an earlier attempt met an
/// index that is not constant, in local memory with one allocation per leaf.
/// </summary>
internal sealed record RegisterArray(Shape Element, int First, int Length, SyntaxNode Syntax, string Name)
{
    /// <summary>Where a part of the array taken by SubView starts.</summary>
    public int Start { get; init; }

    /// <summary>One pointer per leaf when the array lives in local memory.</summary>
    public Value[]? Memory { get; init; }

    /// <summary>Where a part of an array in local memory starts, as known at run time (S32), and how long it is (S64).</summary>
    public (Value Start, Value Length)? RunTime { get; init; }

    /// <summary>Elements of the whole allocation, whatever part of it this is.</summary>
    public int Allocated { get; init; }
}

/// <summary>Something that can be read and written: a variable, a part of one, or memory.</summary>
internal abstract record Place(Shape Shape);

/// <summary>A variable, or a part of one: leaves in consecutive slots.</summary>
internal sealed record SlotPlace(Shape Shape, int First) : Place(Shape)
{
    /// <summary>The variable is bound for good to a register array.</summary>
    public RegisterArray? Registers { get; init; }
}

/// <summary>An element of a view, or a field of one.</summary>
internal sealed record MemoryPlace(Shape Shape, Value Pointer, Value Index, Value Length, int Stride, int Offset) : Place(Shape)
{
    public CacheKind Cache { get; init; }

    /// <summary>One access of sixteen bytes, which the source asks for and answers for.</summary>
    public bool Wide { get; init; }
}

/// <summary>An element, or part of one, of an array in local memory.</summary>
internal sealed record LocalPlace(Shape Shape, RegisterArray Array, Value Index, int FirstLeaf) : Place(Shape);

/// <summary>A property with accessors of its own, or an element of a packed value: read and written by methods; its receiver and index are already evaluated.</summary>
internal sealed record PropertyPlace(Shape Shape, Func<Datum> Get, Action<Datum> Set) : Place(Shape);

/// <summary>A value that cannot be written (a property result, a call result) used where a place is asked for.</summary>
internal sealed record ValuePlace(Datum Datum) : Place(Datum.Shape);
