using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Ptx;

// Tensor cores of a warp group: PTX ISA, Asynchronous Warpgroup Level Matrix Instructions.
internal sealed partial class PtxEmitter
{
    /// <summary>Bytes of eight rows in shared memory: what the swizzle repeats after.</summary>
    const int SwizzleBytes = 1024;

    string? _true;
    string? _descriptorHigh;

    void EmitWarpGroup(Op op)
    {
        _requirements.Need(80, 90, architectureSpecific: true);
        switch (op.Code)
        {
            case Opcode.WarpGroupMma:
                EmitWarpGroupMma(op);
                break;
            case Opcode.WarpGroupFence:
                I("wgmma.fence.sync.aligned");
                break;
            case Opcode.WarpGroupCommit:
                I("wgmma.commit_group.sync.aligned");
                break;
            case Opcode.WarpGroupWait:
                I("wgmma.wait_group.sync.aligned " + Literals.Number(op.Attr));
                break;
            default:
                I("fence.proxy.async.shared::cta");
                break;
        }
    }

    void EmitWarpGroupMma(Op op)
    {
        NeedsSwizzledShared = true;
        var flags = (WarpGroupFlags)op.Attr;
        bool transposedA = (flags & WarpGroupFlags.TransposedA) != 0, transposedB = (flags & WarpGroupFlags.TransposedB) != 0;
        string a = Descriptor(op, 0, 0), b = Descriptor(op, 3, transposedB ? (long)op.Bits * 2 : 0);

        // The machine adds in place. Between products in flight any copy of a sum would make ptxas wait for each of them.
        string[] sums = [.. op.Results.Select(Register)];
        var copies = new List<RegisterCopy>();
        for (int i = 0; i < sums.Length; i++)
        {
            Value before = op.Operands[6 + i];
            string from = Aliases.Constant(before) != null ? ConstantText(before) : Register(before);
            if (from != sums[i]) copies.Add(new(sums[i], from, RegisterClass.Single));
        }

        EmitCopies(copies);
        string type = (flags & WarpGroupFlags.Half) != 0 ? "f16" : "bf16";
        if (_true == null)
        {
            _true = New(RegisterClass.Predicate);
            _prologue.Instruction($"mov.pred {_true}, -1;");
        }

        I($"wgmma.mma_async.sync.aligned.m64n{2 * sums.Length}k16.f32.{type}.{type} {List(sums)}, {a}, {b}, {_true}, 1, 1, {(transposedA ? 1 : 0)}, {(transposedB ? 1 : 0)}");
    }

    /// <summary>
    /// PTX ISA, Matrix Descriptor Format: bits 0-13 the address, 16-29 the leading offset (between panels, where the matrix is transposed), 32-45 the stride (between groups of eight rows), all in
    /// units of 16 bytes; 62 the 128-byte swizzle.
    /// </summary>
    string Descriptor(Op op, int at, long panelBytes)
    {
        string address = Address(op, at, at + 1, offset: false).Trim('[', ']');
        if (!address.StartsWith("%", StringComparison.Ordinal) || address.Contains("+"))
        {
            string moved = New(RegisterClass.Word);
            int plus = address.IndexOf('+');
            if (address.StartsWith("%", StringComparison.Ordinal)) I($"add.s32 {moved}, {address.Substring(0, plus)}, {address.Substring(plus + 1)}");
            else I($"mov.u32 {moved}, {address}");
            address = moved;
        }

        if (_descriptorHigh == null)
        {
            _descriptorHigh = New(RegisterClass.Word);
            _prologue.Instruction($"mov.b32 {_descriptorHigh}, {Literals.Number((1 << 30) | (SwizzleBytes >> 4))};");
        }

        string unit = New(RegisterClass.Word), low = New(RegisterClass.Word), descriptor = New(RegisterClass.DoubleWord);
        I($"shr.u32 {unit}, {address}, 4");
        I($"or.b32 {low}, {unit}, {Literals.Number(Math.Max(1, panelBytes >> 4) << 16)}");
        I($"mov.b64 {descriptor}, {{{low}, {_descriptorHigh}}}");
        return descriptor;
    }
}
