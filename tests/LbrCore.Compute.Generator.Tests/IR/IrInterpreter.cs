using System.Numerics;
using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Tests.IR;

/// <summary>Memory of a test run: global bytes from address 4096 on, and the group's shared bytes from 0 on.</summary>
internal sealed class TestMemory
{
    public const ulong GlobalBase = 4096;

    public byte[] Global { get; } = new byte[4096];

    public byte[] Shared { get; } = new byte[1024];

    public ulong Read(bool shared, ulong address, int bytes)
    {
        byte[] m = shared ? Shared : Global;
        int at = checked((int)(shared ? address : address - GlobalBase));
        ulong v = 0;
        for (int i = 0; i < bytes; i++) v |= (ulong)m[at + i] << (8 * i);
        return v;
    }

    public void Write(bool shared, ulong address, int bytes, ulong value)
    {
        byte[] m = shared ? Shared : Global;
        int at = checked((int)(shared ? address : address - GlobalBase));
        for (int i = 0; i < bytes; i++) m[at + i] = (byte)(value >> (8 * i));
    }
}

/// <summary>
/// Runs one lane of a kernel directly on the IR, as the opcodes' rules say: the reference for passes and for the printed text. Integers are kept sign- or
/// zero-extended in 64 bits, floats as their bits.
/// </summary>
internal sealed class IrInterpreter(IrKernel kernel, TestMemory memory, int lane)
{
    readonly Dictionary<Value, ulong> _values = [];
    int _steps;

    public void Run(params ulong[] arguments)
    {
        for (int i = 0; i < arguments.Length; i++) _values[kernel.Parameters[i].Value] = arguments[i];
        Region(kernel.Body);
    }

    ulong this[Value v] => _values[v];

    void Region(Region r)
    {
        foreach (Op op in r.Ops) Execute(op);
    }

    void Execute(Op op)
    {
        if (++_steps > 200_000) throw new InvalidOperationException("the kernel does not end");
        switch (op.Code)
        {
            case Opcode.If:
                Region arm = op.Regions[this[op.Operands[0]] != 0 ? 0 : 1];
                Region(arm);
                for (int i = 0; i < op.Results.Length; i++) _values[op.Results[i]] = this[arm.Yield[i]];
                break;
            case Opcode.Loop:
                Region body = op.Regions[0];
                ulong[] carried = [.. op.Operands.Select(v => this[v])];
                do
                {
                    for (int i = 0; i < carried.Length; i++) _values[body.Arguments[i]] = carried[i];
                    Region(body);
                    carried = [.. body.Yield.Skip(1).Select(v => this[v])];
                }
                while (this[body.Yield[0]] != 0);
                for (int i = 0; i < carried.Length; i++) _values[op.Results[i]] = carried[i];
                break;
            case Opcode.Load:
                for (int i = 0; i < op.Count; i++) _values[op.Results[i]] = Extend(op.Elem, memory.Read(Shared(op), Address(op, i), op.Elem.Size()));
                break;
            case Opcode.Store:
                for (int i = 0; i < op.Count; i++) memory.Write(Shared(op), Address(op, i), op.Elem.Size(), this[op.Operands[3 + i]]);
                break;
            case Opcode.Barrier:
                break;
            default:
                _values[op.Result] = Extend(op.Result.Type, Compute(op));
                break;
        }
    }

    static bool Shared(Op op) => op.Operands[0].Type == IrType.PtrShared;

    ulong Address(Op op, int element) => unchecked((ulong)((long)this[op.Operands[0]] + ((long)this[op.Operands[1]] * op.Stride) + op.Offset + (element * op.Elem.Size())));

    static ulong Extend(IrType t, ulong x) => t switch
    {
        IrType.Pred => x & 1,
        IrType.S8 => (ulong)(sbyte)x,
        IrType.U8 => (byte)x,
        IrType.S16 => (ulong)(short)x,
        IrType.U16 => (ushort)x,
        IrType.S32 => (ulong)(int)x,
        IrType.U32 or IrType.F32 or IrType.PtrShared => (uint)x,
        _ => x,
    };

    ulong Compute(Op op)
    {
        ulong X(int i) => this[op.Operands[i]];
        IrType t = op.Operands.Length > 0 ? op.Operands[^1].Type : op.Result.Type;
        unchecked
        {
            switch (op.Code)
            {
                case Opcode.Const: return op.Bits;
                case Opcode.Special: return (SpecialRegister)op.Attr switch { SpecialRegister.GroupIdxX or SpecialRegister.LaneIdx => (ulong)lane, SpecialRegister.GroupDimX => (ulong)kernel.GroupSize, SpecialRegister.GridDimX => 2, _ => 0 };
                case Opcode.SharedAlloc: return (ulong)op.Offset;
                case Opcode.PtrOffset: return X(0) + (ulong)((long)X(1) * op.Stride);
                case Opcode.Select: return X(0) != 0 ? X(1) : X(2);
                case Opcode.Convert: return Convert(op.Operands[0].Type, op.Result.Type, X(0));
                case Opcode.Bitcast: return X(0);
                case Opcode.Shl: return X(0) << ((int)X(1) & ((op.Result.Type.Size() * 8) - 1));
                case Opcode.Shr: return op.Result.Type.IsSigned() ? (ulong)((long)X(0) >> ((int)X(1) & ((op.Result.Type.Size() * 8) - 1))) : X(0) >> ((int)X(1) & ((op.Result.Type.Size() * 8) - 1));
                case Opcode.PopCount: return (ulong)BitOperations.PopCount(op.Operands[0].Type.Size() == 4 ? (uint)X(0) : X(0));
            }

            if (op.Operands[0].Type == IrType.F32) return Float(op.Code, Single(X(0)), op.Operands.Length > 1 ? Single(X(1)) : 0, op.Operands.Length > 2 ? Single(X(2)) : 0);
            long a = (long)X(0), b = op.Operands.Length > 1 ? (long)X(1) : 0;
            bool less = op.Operands[0].Type.IsSigned() ? a < b : (ulong)a < (ulong)b;
            return op.Code switch
            {
                Opcode.Add => (ulong)(a + b),
                Opcode.Sub => (ulong)(a - b),
                Opcode.Mul or Opcode.MulWide => (ulong)(a * b),
                Opcode.Fma => (ulong)((a * b) + (long)X(2)),
                Opcode.Div => b == 0 ? 0 : t.IsSigned() ? (ulong)(a / b) : (ulong)a / (ulong)b,
                Opcode.Rem => b == 0 ? 0 : t.IsSigned() ? (ulong)(a % b) : (ulong)a % (ulong)b,
                Opcode.Neg => (ulong)-a,
                Opcode.Not => t == IrType.Pred ? (ulong)a ^ 1 : (ulong)~a,
                Opcode.And => (ulong)(a & b),
                Opcode.Or => (ulong)(a | b),
                Opcode.Xor => (ulong)(a ^ b),
                Opcode.Min => (ulong)(less ? a : b),
                Opcode.Max => (ulong)(less ? b : a),
                Opcode.Eq => a == b ? 1UL : 0,
                Opcode.Ne => a != b ? 1UL : 0,
                Opcode.Lt => less ? 1UL : 0,
                Opcode.Le => less || a == b ? 1UL : 0,
                Opcode.Gt => !less && a != b ? 1UL : 0,
                Opcode.Ge => !less ? 1UL : 0,
                _ => throw new NotSupportedException(op.Code.ToString()),
            };
        }
    }

    static ulong Float(Opcode code, float a, float b, float c) => code switch
    {
        Opcode.Add => Bits(a + b),
        Opcode.Sub => Bits(a - b),
        Opcode.Mul => Bits(a * b),
        Opcode.Fma => Bits(MathF.FusedMultiplyAdd(a, b, c)),
        Opcode.Neg => Bits(-a),
        Opcode.Min => Bits(MathF.Min(a, b)),
        Opcode.Max => Bits(MathF.Max(a, b)),
        Opcode.Eq => a == b ? 1UL : 0,
        Opcode.Ne => a != b ? 1UL : 0,
        Opcode.Lt => a < b ? 1UL : 0,
        Opcode.Le => a <= b ? 1UL : 0,
        Opcode.Gt => a > b ? 1UL : 0,
        Opcode.Ge => a >= b ? 1UL : 0,
        _ => throw new NotSupportedException(code.ToString()),
    };

    static float Single(ulong bits) => BitConverter.UInt32BitsToSingle((uint)bits);

    static ulong Bits(float x) => float.IsNaN(x) ? 0x7FFFFFFF : BitConverter.SingleToUInt32Bits(x);

    static ulong Convert(IrType from, IrType to, ulong x)
    {
        if (from == IrType.F32) return to switch { IrType.S32 => (ulong)(int)Single(x), IrType.S64 => (ulong)(long)Single(x), IrType.U32 => (uint)Single(x), _ => throw new NotSupportedException(to.ToString()) };
        return to == IrType.F32 ? Bits((long)x) : Extend(to, x);
    }
}
