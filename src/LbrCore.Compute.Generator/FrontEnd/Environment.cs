using System.Collections.Generic;
using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;

namespace LbrCore.Compute.Generator.FrontEnd;

/// <summary>What is known inside one inlined method: its variables, type arguments and exits.</summary>
internal sealed class Frame(IMethodSymbol? method, Frame? parent)
{
    public IMethodSymbol? Method => method;

    /// <summary>The enclosing frame of a local function, whose variables it sees.</summary>
    public Frame? Parent => parent;

    public Dictionary<ISymbol, Place> Places { get; } = new(SymbolEqualityComparer.Default);

    /// <summary>Where each ref local was bound: only there may it be bound anew.</summary>
    public Dictionary<ISymbol, Region> Regions { get; } = new(SymbolEqualityComparer.Default);

    public Dictionary<ITypeParameterSymbol, ITypeSymbol> Types { get; } = new(SymbolEqualityComparer.Default);

    /// <summary>The receiver of an instance method of a struct.</summary>
    public Place? This { get; set; }

    /// <summary>Slot of the flag that is set once the method has returned.</summary>
    public int Returned { get; set; }

    public SlotPlace? Result { get; set; }

    /// <summary>Flags of the enclosing loops and switches, innermost last.</summary>
    public List<JumpTarget> Jumps { get; } = [];

    public Place? Find(ISymbol symbol)
    {
        for (Frame? f = this; f != null; f = f.Parent)
            if (f.Places.TryGetValue(symbol, out Place? p)) return p;
        return null;
    }
}

/// <summary>A loop or switch that break (and, for loops, continue) can leave; the slots hold truth values.</summary>
internal sealed record JumpTarget(bool IsLoop, int Broke, int Continued);

/// <summary>The current value of every slot. Copied at branches, merged after them.</summary>
internal sealed class SlotMap
{
    Dictionary<int, Value> _values = [];

    public Value this[int slot]
    {
        get => _values[slot];
        set => _values[slot] = value;
    }

    public bool Contains(int slot) => _values.ContainsKey(slot);

    /// <summary>The slots in the order of their declaration: what is generated follows it, so it must not depend on what went out of scope.</summary>
    public IEnumerable<int> Slots => _values.Keys.OrderBy(s => s);

    /// <summary>Forgets variables that have gone out of scope, so that branches need not copy and compare them.</summary>
    public void Drop(int from, int to)
    {
        for (int slot = from; slot < to; slot++) _values.Remove(slot);
    }

    public SlotMap Clone() => new() { _values = new Dictionary<int, Value>(_values) };
}
