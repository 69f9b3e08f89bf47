using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Ptx;

internal sealed partial class PtxEmitter
{
    void EmitMemory(Op op)
    {
        switch (op.Code)
        {
            case Opcode.Load:
                EmitLoad(op);
                break;
            case Opcode.Store:
                EmitStore(op);
                break;
            case Opcode.PtrOffset:
                EmitPointerOffset(Register(op.Result), op.Operands[0], op.Operands[1], op.Stride);
                break;
            case Opcode.DynamicSharedSize:
                string size = New(RegisterClass.Word);
                I($"mov.u32 {size}, %dynamic_smem_size");
                I($"cvt.u64.u32 {Register(op.Result)}, {size}");
                break;
            case Opcode.LocalAlloc:
                EmitLocalAlloc(op);
                break;
            case Opcode.Atomic:
                EmitAtomic(op);
                break;
            case Opcode.Fence:
                I("fence.acq_rel." + (op.Attr == 0 ? "cta" : op.Attr == 1 ? "gpu" : "sys"));
                break;
        }
    }

    void EmitLoad(Op op)
    {
        string prefix = "ld." + LoadSpace(op), address = Address(op, 0, 1);
        string policy = KeepsInL2(op) ? ", " + KeepPolicy() : "";
        if (op.Elem == IrType.Pred || op.Count == 8)
        {
            EmitUnpackedLoad(op, prefix, address, policy);
            return;
        }

        string vector = op.Count == 1 ? "" : ".v" + op.Count;
        I($"{prefix}{vector}.{Literals.Memory(op.Elem)} {List(op.Results.Select(Register))}, {address}{policy}");
    }

    // Truth values are bytes in memory; eight elements at once travel as 32-bit words.
    void EmitUnpackedLoad(Op op, string prefix, string address, string policy)
    {
        int size = op.Elem.Size(), count = op.Count;
        if (count < 8)
        {
            string[] bytes = [.. op.Results.Select(_ => New(RegisterClass.Word))];
            I($"{prefix}{(count == 1 ? "" : ".v" + count)}.u8 {List(bytes)}, {address}{policy}");
            for (int i = 0; i < count; i++) I($"setp.ne.s32 {Register(op.Results[i])}, {bytes[i]}, 0");
            return;
        }

        string[] words = [.. Enumerable.Range(0, size * 2).Select(_ => New(RegisterClass.Word))];
        I($"{prefix}.v{words.Length}.b32 {List(words)}, {address}{policy}");
        for (int i = 0; i < count; i++)
        {
            string d = Register(op.Results[i]), word = words[i * size / 4];
            int bit = i * size * 8 % 32;
            if (RegisterFile.ClassOf(op.Elem) == RegisterClass.Half)
            {
                if (bit == 0) I($"mov.b32 {{{d}, {Register(op.Results[i + 1])}}}, {word}");
            }
            else if (op.Elem == IrType.Pred)
            {
                string b = New(RegisterClass.Word);
                I($"bfe.u32 {b}, {word}, {bit}, 8");
                I($"setp.ne.s32 {d}, {b}, 0");
            }
            else
            {
                I($"bfe.{(op.Elem.IsSigned() ? "s32" : "u32")} {d}, {word}, {bit}, {size * 8}");
            }
        }
    }

    void EmitStore(Op op)
    {
        string prefix = "st." + StoreSpace(op);
        string[] values = [.. op.Operands.Skip(3).Select(v => v.Type == IrType.Pred ? ByteOf(v) : Source(v))];
        string type = Literals.Memory(op.Elem);
        int count = op.Count;
        if (count == 8)
        {
            values = PackWords(op.Elem, values);
            (type, count) = ("b32", values.Length);
        }

        string address = Address(op, 0, 1), policy = KeepsInL2(op) ? ", " + KeepPolicy() : "";
        I($"{prefix}{(count == 1 ? "" : ".v" + count)}.{type} {address}, {List(values)}{policy}");
    }

    string[] PackWords(IrType elem, string[] values)
    {
        int perWord = 4 / elem.Size();
        var words = new string[values.Length / perWord];
        for (int w = 0; w < words.Length; w++)
        {
            words[w] = New(RegisterClass.Word);
            if (RegisterFile.ClassOf(elem) == RegisterClass.Half)
            {
                I($"mov.b32 {words[w]}, {{{values[2 * w]}, {values[2 * w + 1]}}}");
                continue;
            }

            // Each field in turn over what stands above it.
            string gathered = values[w * perWord];
            for (int i = 1; i < perWord; i++)
            {
                string next = i == perWord - 1 ? words[w] : New(RegisterClass.Word);
                I($"bfi.b32 {next}, {values[w * perWord + i]}, {gathered}, {i * elem.Size() * 8}, {elem.Size() * 8}");
                gathered = next;
            }
        }

        return words;
    }

    string ByteOf(Value pred)
    {
        string b = New(RegisterClass.Word);
        if (Aliases.Constant(pred) is { } bits) I($"mov.b32 {b}, {bits}");
        else I($"selp.b32 {b}, 1, 0, {Source(pred)}");
        return b;
    }

    string LoadSpace(Op op)
    {
        IrType pointer = op.Operands[0].Type;
        string space = Literals.Space(pointer);
        switch ((CacheKind)op.Attr)
        {
            case CacheKind.Volatile when pointer == IrType.PtrGlobal:
                return "relaxed.gpu.global";
            case CacheKind.Volatile:
                return "volatile." + space;
            case CacheKind.ReadOnly when pointer == IrType.PtrGlobal:
                return "global.nc";
            case CacheKind.Streaming when pointer == IrType.PtrGlobal:
                _requirements.Need(74);
                return "global.nc.L1::no_allocate";
            case CacheKind.KeepInL2 when pointer == IrType.PtrGlobal:
                return "global.L2::cache_hint";
            default:
                return space;
        }
    }

    string StoreSpace(Op op)
    {
        IrType pointer = op.Operands[0].Type;
        string space = Literals.Space(pointer);
        return (CacheKind)op.Attr switch
        {
            CacheKind.Volatile when pointer == IrType.PtrGlobal => "relaxed.gpu.global",
            CacheKind.Volatile => "volatile." + space,
            CacheKind.Streaming when pointer == IrType.PtrGlobal => "global.cs",
            CacheKind.KeepInL2 when pointer == IrType.PtrGlobal => "global.L2::cache_hint",
            _ => space,
        };
    }

    static bool KeepsInL2(Op op) => (CacheKind)op.Attr == CacheKind.KeepInL2 && op.Operands[0].Type == IrType.PtrGlobal;

    // One policy serves the whole kernel; it is made on entry.
    string KeepPolicy()
    {
        _requirements.Need(74);
        return _keepPolicy ??= New(RegisterClass.DoubleWord);
    }

    /// <summary>The bracketed address of a memory op whose pointer and index stand at these operands.</summary>
    string Address(Op op, int pointer, int index, bool offset = true) =>
        Address(op.Operands[pointer], op.Operands[index], op.Stride, offset ? op.Offset : 0);

    string Address(Value pointer, Value index, long scale, long displacement)
    {
        if (Aliases.Constant(index) is { } c && unchecked((long)c) is var i && FitsImmediate(i, scale, displacement))
        {
            long total = (i * scale) + displacement;
            return "[" + (SharedSymbol(pointer, total) ?? Displaced(Source(pointer), total)) + "]";
        }

        string moved = New(RegisterFile.ClassOf(pointer.Type));
        EmitPointerOffset(moved, pointer, index, scale);
        if (FitsImmediate(0, 0, displacement)) return "[" + Displaced(moved, displacement) + "]";
        string far = New(RegisterFile.ClassOf(pointer.Type));
        I($"add.{(pointer.Type == IrType.PtrShared ? "s32" : "s64")} {far}, {moved}, {Literals.Number(displacement)}");
        return $"[{far}]";
    }

    // The machine's immediate offsets have 24 bits.
    static bool FitsImmediate(long index, long scale, long displacement)
    {
        const long Limit = 1 << 23;
        return index is > -Limit and < Limit && scale is > -Limit and < Limit && displacement is > -Limit and < Limit && index * scale + displacement is > -Limit and < Limit;
    }

    /// <summary>d = pointer + index * scale bytes.</summary>
    void EmitPointerOffset(string d, Value pointer, Value index, long scale)
    {
        string p = Source(pointer);
        if (pointer.Type == IrType.PtrShared)
        {
            // Shared addresses have 32 bits; the low half of a long index is enough.
            if (Aliases.Constant(index) is { } c)
            {
                I($"add.s32 {d}, {p}, {Literals.Number(unchecked((int)((long)c * scale)))}");
                return;
            }

            string i = Source(index);
            if (index.Type.Size() == 8)
            {
                string low = New(RegisterClass.Word);
                I($"cvt.u32.u64 {low}, {i}");
                i = low;
            }

            if (scale == 1)
            {
                I($"add.s32 {d}, {p}, {i}");
            }
            else if (Log2(scale) is { } shift)
            {
                string bytes = New(RegisterClass.Word);
                I($"shl.b32 {bytes}, {i}, {shift}");
                I($"add.s32 {d}, {p}, {bytes}");
            }
            else
            {
                I($"mad.lo.s32 {d}, {i}, {Literals.Number(scale)}, {p}");
            }

            return;
        }

        if (Aliases.Constant(index) is { } constant)
        {
            I($"add.s64 {d}, {p}, {Literals.Number(unchecked((long)constant * scale))}");
            return;
        }

        string offset = New(RegisterClass.DoubleWord), x = Source(index);
        if (index.Type.Size() == 4)
        {
            bool unsigned = index.Type == IrType.U32;
            if (scale == 1) I($"cvt.{(unsigned ? "u64.u32" : "s64.s32")} {offset}, {x}");
            else I($"mul.wide.{(unsigned ? "u32" : "s32")} {offset}, {x}, {Literals.Number(scale)}");
        }
        else if (scale == 1)
        {
            offset = x;
        }
        else if (Log2(scale) is { } shift)
        {
            I($"shl.b64 {offset}, {x}, {shift}");
        }
        else
        {
            I($"mul.lo.s64 {offset}, {x}, {Literals.Number(scale)}");
        }

        I($"add.s64 {d}, {p}, {offset}");
    }

    static int? Log2(long x)
    {
        for (int i = 0; i < 32; i++)
            if (x == 1L << i) return i;
        return null;
    }

    void EmitLocalAlloc(Op op)
    {
        const int MostUnrolled = 64;
        int bytes = (op.Count * op.Elem.Size() + 15) / 16 * 16, blocks = bytes / 16;
        string name = "local_" + Literals.Number(_labels++), d = Register(op.Result), zero = New(RegisterClass.Word);
        _locals.Append("\t.local .align 16 .b8 ").Append(name).Append('[').Append(Literals.Number(bytes)).Append("];\n");
        LocalBytes += bytes;
        I($"mov.u64 {d}, {name}");
        I($"mov.b32 {zero}, 0");
        string zeros = $"{{{zero}, {zero}, {zero}, {zero}}}";
        if (blocks <= MostUnrolled)
        {
            for (int i = 0; i < blocks; i++) I($"st.local.v4.b32 [{d}{(i == 0 ? "" : "+" + Literals.Number(i * 16))}], {zeros}");
            return;
        }

        string left = New(RegisterClass.Word), at = New(RegisterClass.DoubleWord), more = New(RegisterClass.Predicate), label = Label("zero");
        I($"mov.b32 {left}, {Literals.Number(blocks)}");
        I($"mov.b64 {at}, {d}");
        _out.Label(label);
        I($"st.local.v4.b32 [{at}], {zeros}");
        I($"add.s64 {at}, {at}, 16");
        I($"add.s32 {left}, {left}, -1");
        I($"setp.ne.s32 {more}, {left}, 0");
        I($"@{more} bra.uni {label}");
    }

    void EmitAtomic(Op op)
    {
        var kind = (AtomicKind)op.Attr;
        bool used = _uses[op.Result] > 0, swaps = kind is AtomicKind.Exchange or AtomicKind.CompareExchange;
        bool reduce = !used && !swaps;
        IrType t = op.Elem;
        string type = kind switch
        {
            AtomicKind.And or AtomicKind.Or or AtomicKind.Xor or AtomicKind.Exchange or AtomicKind.CompareExchange => t.Size() == 8 ? "b64" : "b32",
            // Sums wrap around, so signed 64-bit ones need no form of their own.
            AtomicKind.Add when t == IrType.S64 => "u64",
            _ => Literals.Arithmetic(t),
        };
        string name = kind switch
        {
            AtomicKind.Exchange => "exch",
            AtomicKind.CompareExchange => "cas",
            _ => kind.ToString().ToLowerInvariant(),
        };
        string address = Address(op, 0, 1), value = AtomicOperand(op.Operands[3], swaps);
        string operands = kind == AtomicKind.CompareExchange ? $"{AtomicOperand(op.Operands[4], swaps)}, {value}" : value;
        string where = $"{Literals.Space(op.Operands[0].Type)}.{name}.{type}";
        if (reduce)
        {
            I($"red.{where} {address}, {operands}");
            return;
        }

        bool bits = swaps && t.IsFloat();
        string old = bits ? New(t == IrType.F64 ? RegisterClass.DoubleWord : RegisterClass.Word) : Register(op.Result);
        I($"atom.{where} {old}, {address}, {operands}");
        if (bits) I($"mov.{type} {Register(op.Result)}, {old}");
    }

    // Exchanges of floats move their bits.
    string AtomicOperand(Value v, bool bits)
    {
        string x = Source(v);
        if (!bits || !v.Type.IsFloat()) return x;
        string r = New(v.Type == IrType.F64 ? RegisterClass.DoubleWord : RegisterClass.Word);
        I($"mov.{Literals.Bits(v.Type)} {r}, {x}");
        return r;
    }

    static string List(IEnumerable<string> items)
    {
        string[] all = [.. items];
        return all.Length == 1 ? all[0] : "{" + string.Join(", ", all) + "}";
    }
}
