using System;
using System.Collections.Generic;
using System.Linq;

namespace LbrCore.Compute.Generator.IR;

/// <summary>
/// Appends ops to the current region, folding as it goes. Constants are not shared between regions on purpose: passes hoist and merge them, printers
/// print them in place.
/// </summary>
internal sealed class Builder
{
    readonly Stack<Region> _regions = new();

    /// <summary>Starts in the body of a kernel.</summary>
    public Builder(Region body) => _regions.Push(body);

    /// <summary>The region that receives ops.</summary>
    public Region Current => _regions.Peek();

    /// <summary>Number of ops made so far, in all regions.</summary>
    public int Emitted { get; private set; }

    /// <summary>Source position given to the ops that follow.</summary>
    public SourceLine Source { get; set; }

    /// <summary>Syntax given to the ops that follow.</summary>
    public object? Origin { get; set; }

    /// <summary>Enters a region until the returned scope is disposed.</summary>
    public Scope Enter(Region region)
    {
        _regions.Push(region);
        return new Scope(this);
    }

    /// <summary>Leaves the region entered last.</summary>
    public readonly struct Scope(Builder builder) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose() => builder._regions.Pop();
    }

    /// <summary>A constant from raw bits.</summary>
    public Value Const(IrType type, ulong bits) => Emit(Opcode.Const, [type], [], op => op.Bits = Constants.Wrap(type, bits))[0];

    /// <summary>An int constant.</summary>
    public Value Int(int x) => Const(IrType.S32, (ulong)(long)x);

    /// <summary>A long constant.</summary>
    public Value Long(long x) => Const(IrType.S64, (ulong)x);

    /// <summary>A float constant.</summary>
    public Value Float(float x) => Const(IrType.F32, Constants.FromFloat(x));

    /// <summary>A truth constant.</summary>
    public Value Bool(bool x) => Const(IrType.Pred, x ? 1UL : 0UL);

    /// <summary>A special register.</summary>
    public Value Special(SpecialRegister which) => Emit(Opcode.Special, [IrType.S32], [], op => op.Attr = (int)which)[0];

    /// <summary>An operation with one result and no side effect, folded where possible.</summary>
    public Value Pure(Opcode code, IrType type, Value[] operands, int attr = 0) =>
        Folder.Fold(code, type, operands, attr, Const) ?? Emit(code, [type], operands, op => op.Attr = attr)[0];

    /// <summary>A binary operation on values of one type (shifts: count is S32).</summary>
    public Value Binary(Opcode code, Value x, Value y) => Pure(code, x.Type, [x, y]);

    /// <summary>A comparison.</summary>
    public Value Compare(Opcode code, Value x, Value y) => Pure(code, IrType.Pred, [x, y]);

    /// <summary>A C# cast.</summary>
    public Value Convert(Value x, IrType to) => Pure(Opcode.Convert, to, [x]);

    /// <summary>c ? a : b.</summary>
    public Value Select(Value c, Value a, Value b) => Pure(Opcode.Select, a.Type, [c, a, b]);

    /// <summary>Any op; returns its results.</summary>
    public Value[] Emit(Opcode code, IrType[] results, Value[] operands, Action<Op>? set = null)
    {
        var op = new Op(code, operands, [.. results.Select(t => new Value(t))]) { Source = Source, Origin = Origin };
        foreach (Value r in op.Results) r.Definition = op;
        set?.Invoke(op);
        Current.Ops.Add(op);
        Emitted++;
        return op.Results;
    }

    /// <summary>An If whose regions are already built; their yields fix the results.</summary>
    public Value[] If(Value condition, Region then, Region @else) =>
        Emit(Opcode.If, [.. then.Yield.Select(v => v.Type)], [condition], op => op.Regions = [then, @else]);

    /// <summary>A Loop whose body is already built (arguments and yield set).</summary>
    public Value[] Loop(Value[] initial, Region body) =>
        Emit(Opcode.Loop, [.. initial.Select(v => v.Type)], initial, op => op.Regions = [body]);
}
