using System.Collections.Generic;

namespace LbrCore.Compute.Generator.IR;

/// <summary>An SSA value: result of an op, argument of a loop region, or kernel parameter. Immutable but for its identity in the tree.</summary>
internal sealed class Value(IrType type)
{
    /// <summary>The type.</summary>
    public IrType Type { get; } = type;
    /// <summary>The op whose result this is; null for region arguments and parameters.</summary>
    public Op? Definition { get; internal set; }
    /// <summary>A readable name where the source had one (a local, a parameter), else null.</summary>
    public string? Name { get; set; }

    /// <summary>True when this is a <see cref="Opcode.Const"/>.</summary>
    public bool IsConst => Definition is { Code: Opcode.Const };
    /// <summary>Raw bits of a constant.</summary>
    public ulong ConstBits => Definition!.Bits;
    /// <summary>A constant integer, sign-extended for signed types; null otherwise.</summary>
    public long? ConstInt => IsConst && (Type.IsInteger() || Type == IrType.Pred) ? (long)ConstBits : null;
}

/// <summary>One operation. Plain data, so that passes can clone and rewrite it.</summary>
internal sealed class Op(Opcode code, Value[] operands, Value[] results)
{
    /// <summary>What it does.</summary>
    public Opcode Code { get; } = code;
    /// <summary>Operands; passes may replace elements.</summary>
    public Value[] Operands { get; set; } = operands;
    /// <summary>Results; each one's <see cref="Value.Definition"/> is this op.</summary>
    public Value[] Results { get; set; } = results;
    /// <summary>Regions of If (then, else) and Loop (body); empty otherwise.</summary>
    public Region[] Regions { get; set; } = [];
    /// <summary>Small enumeration or number; meaning by opcode.</summary>
    public int Attr { get; set; }
    /// <summary>Constant bits or byte counts; meaning by opcode.</summary>
    public ulong Bits { get; set; }
    /// <summary>Element type of memory operations.</summary>
    public IrType Elem { get; set; }
    /// <summary>Number of elements of memory operations.</summary>
    public int Count { get; set; } = 1;
    /// <summary>Bytes per index unit of memory operations; see <see cref="Opcode.Load"/>.</summary>
    public int Stride { get; set; }
    /// <summary>Constant byte offset of memory operations; see <see cref="Opcode.Load"/>.</summary>
    public long Offset { get; set; }
    /// <summary>Template of <see cref="Opcode.Ptx"/>.</summary>
    public string? Text { get; set; }
    /// <summary>Line in the kernel's source (1-based) and the file it is in; 0 when unknown.</summary>
    public SourceLine Source { get; set; }

    /// <summary>The syntax this came from, for diagnostics; no pass looks at it.</summary>
    public object? Origin { get; set; }

    /// <summary>The single result.</summary>
    public Value Result => Results[0];
}

/// <summary>Where an op came from.</summary>
internal readonly record struct SourceLine(string? File, int Line);

/// <summary>A list of ops with arguments (loops only) and the values it yields.</summary>
internal sealed class Region
{
    /// <summary>Values bound on entry (loop-carried values).</summary>
    public List<Value> Arguments { get; } = [];
    /// <summary>The ops in order.</summary>
    public List<Op> Ops { get; } = [];
    /// <summary>What the region hands on; see <see cref="Opcode.If"/> and <see cref="Opcode.Loop"/>.</summary>
    public List<Value> Yield { get; } = [];
}

/// <summary>A kernel parameter slot (8 bytes in the argument block).</summary>
internal sealed record IrParameter(string Name, Value Value, bool IsViewPointer, bool IsViewLength);

/// <summary>One specialised kernel, ready for passes and printers.</summary>
internal sealed class IrKernel
{
    /// <summary>PTX entry name.</summary>
    public string Name { get; set; } = "";
    /// <summary>Parameter slots in order of the argument block.</summary>
    public List<IrParameter> Parameters { get; } = [];
    /// <summary>The body; no arguments, yields nothing.</summary>
    public Region Body { get; } = new();
    /// <summary>Fixed group size, or 0.</summary>
    public int GroupSize { get; set; }
    /// <summary>.minnctapersm, or 0.</summary>
    public int MinGroupsPerMultiprocessor { get; set; }
    /// <summary>.maxnreg, or 0.</summary>
    public int MaxRegisters { get; set; }
    /// <summary>Bytes of static shared memory.</summary>
    public int StaticSharedBytes { get; set; }
    /// <summary>Largest alignment that static shared memory needs.</summary>
    public int StaticSharedAlignment { get; set; } = 16;
    /// <summary>Bytes of local memory that the source asks for knowingly (register arrays with run-time indices).</summary>
    public int LocalBytes { get; set; }
    /// <summary>File name (no folder) and line of the kernel method.</summary>
    public SourceLine Source { get; set; }
}
