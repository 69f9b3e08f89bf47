using System.Runtime.InteropServices;
using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.KernelTests.Interpreter;

// Memory: global memory by its real addresses, shared and local memory by offsets.
internal sealed unsafe partial class GroupInterpreter
{
    void Memory(Op op, int lane)
    {
        ulong[][] operands = Operands(op);
        ulong X(int i) => operands[i][lane];
        switch (op.Code)
        {
            case Opcode.SharedAlloc:
                Of(op.Result)[lane] = (ulong)op.Offset;
                break;
            case Opcode.DynamicShared:
                Of(op.Result)[lane] = (ulong)_dynamicStart;
                break;
            case Opcode.DynamicSharedSize:
                Of(op.Result)[lane] = (ulong)_dynamicBytes;
                break;
            case Opcode.LocalAlloc:
                Of(op.Result)[lane] = (ulong)_localOffsets[op];
                Array.Clear(_local[lane], _localOffsets[op], op.Count * op.Elem.Size());
                break;
            case Opcode.PtrOffset:
                Of(op.Result)[lane] = Scalars.Wrap(op.Result.Type, X(0) + (X(1) * (ulong)(long)op.Stride));
                break;
            case Opcode.Load:
                for (int i = 0; i < op.Count; i++) Of(op.Results[i])[lane] = 0;
                byte* source = Address(op, 0, op.Stride, op.Offset, op.Count * op.Elem.Size(), lane);
                for (int i = 0; i < op.Count; i++) Of(op.Results[i])[lane] = Get(source + (i * op.Elem.Size()), op.Elem);
                break;
            case Opcode.Store:
                byte* target = Address(op, 0, op.Stride, op.Offset, op.Count * op.Elem.Size(), lane);
                for (int i = 0; i < op.Count; i++) Put(target + (i * op.Elem.Size()), op.Elem, X(3 + i));
                break;
            case Opcode.LoadRow:
                Of(op.Result)[lane] = Get(Address(op, 0, op.Stride, 0, op.Stride, lane, lane % 32), op.Elem);
                break;
            case Opcode.StoreRow:
                Put(Address(op, 0, op.Stride, 0, op.Stride, lane, lane % 32), op.Elem, X(4));
                break;
            case Opcode.Atomic:
                byte* cell = Address(op, 0, op.Stride, op.Offset, op.Elem.Size(), lane);
                ulong old = Get(cell, op.Elem);
                Put(cell, op.Elem, Combine((AtomicKind)op.Attr, op.Elem, old, X(3), op.Operands.Length > 4 ? X(4) : 0));
                Of(op.Result)[lane] = old;
                break;
            case Opcode.AsyncCopy:
                byte* to = Address(op, 0, op.Stride, 0, (int)op.Bits, lane);
                if (X(6) == 0) NativeMemory.Clear(to, (nuint)op.Bits);
                else NativeMemory.Copy(Address(op, 3, op.Stride, 0, (int)op.Bits, lane), to, (nuint)op.Bits);
                break;
        }
    }

    /// <summary>The checked address of operands first (pointer), first + 1 (index, to which <paramref name="further"/> is added), first + 2 (length).</summary>
    byte* Address(Op op, int first, long stride, long offset, int bytes, int lane, int further = 0)
    {
        ulong[][] operands = Operands(op);
        ulong pointer = operands[first][lane];
        long index = (long)operands[first + 1][lane] + further, length = (long)operands[first + 2][lane];
        if (_checkLengths && (index < 0 || offset < 0 || (index * stride) + offset + bytes > length * stride))
            throw new InvalidOperationException($"{op.Code} at {op.Source.File}:{op.Source.Line}: index {index} (+{offset} bytes) is outside a view of {length} elements of {stride} bytes");
        ulong address = pointer + (ulong)((index * stride) + offset);
        IrType space = op.Operands[first].Type;
        if (space != IrType.PtrGlobal) address = (uint)address;
        int alignment = op.Code == Opcode.LoadMatrix ? 16 : bytes;
        if (address % (ulong)alignment != 0) throw new InvalidOperationException($"{op.Code} at {op.Source.File}:{op.Source.Line}: address {address} is no multiple of {alignment}");
        if (space == IrType.PtrGlobal) return _global.At(address, bytes);
        byte[] memory = space == IrType.PtrShared ? _shared : _local[lane];
        if (address + (ulong)bytes > (ulong)memory.Length) throw new InvalidOperationException($"{op.Code} at {op.Source.File}:{op.Source.Line}: {bytes} bytes at {address} of {memory.Length} in {space}");
        return (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0) + address;
    }

    static ulong Get(byte* p, IrType t) => t.Size() switch
    {
        1 => Scalars.Wrap(t, *p),
        2 => Scalars.Wrap(t, *(ushort*)p),
        4 => Scalars.Wrap(t, *(uint*)p),
        _ => *(ulong*)p,
    };

    static void Put(byte* p, IrType t, ulong v)
    {
        switch (t.Size())
        {
            case 1: *p = (byte)v; break;
            case 2: *(ushort*)p = (ushort)v; break;
            case 4: *(uint*)p = (uint)v; break;
            default: *(ulong*)p = v; break;
        }
    }

    static ulong Combine(AtomicKind kind, IrType t, ulong old, ulong value, ulong comparand) => kind switch
    {
        AtomicKind.Add when t == IrType.F32 => Scalars.Bits(Scalars.F(old) + Scalars.F(value)),
        AtomicKind.Add when t == IrType.F64 => Scalars.Bits(Scalars.D(old) + Scalars.D(value)),
        AtomicKind.Add => Scalars.Wrap(t, old + value),
        AtomicKind.Min => t.IsSigned() ? (ulong)Math.Min((long)old, (long)value) : Math.Min(old, value),
        AtomicKind.Max => t.IsSigned() ? (ulong)Math.Max((long)old, (long)value) : Math.Max(old, value),
        AtomicKind.And => old & value,
        AtomicKind.Or => old | value,
        AtomicKind.Xor => old ^ value,
        AtomicKind.Exchange => value,
        _ => old == comparand ? value : old,
    };
}
