using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Ptx;

internal sealed partial class PtxEmitter
{
    void EmitConversion(Op op)
    {
        Value x = op.Operands[0];
        string d = Register(op.Result), s = Source(x);
        if (op.Code == Opcode.Bitcast) EmitBitcast(x.Type, op.Result.Type, d, s);
        else EmitConvert(x.Type, op.Result.Type, d, s);
    }

    void EmitBitcast(IrType from, IrType to, string d, string s)
    {
        RegisterClass a = RegisterFile.ClassOf(from), b = RegisterFile.ClassOf(to);
        if (to.Size() <= 2 && b == RegisterClass.Word) EmitNarrow(to, d, a == RegisterClass.Half ? WidenHalf(s) : s);
        else if (b == RegisterClass.Half && a == RegisterClass.Word) I($"cvt.u16.u32 {d}, {s}");
        else I($"mov.{Literals.Bits(to)} {d}, {s}");
    }

    void EmitConvert(IrType from, IrType to, string d, string s)
    {
        if (from == IrType.Pred)
        {
            if (to.IsFloat()) I($"selp.{Literals.Arithmetic(to)} {d}, {Literals.Immediate(to, to == IrType.F32 ? Constants.FromFloat(1) : Constants.FromDouble(1))}, {Literals.Immediate(to, 0)}, {s}");
            else I($"selp.{Literals.Bits(to)} {d}, 1, 0, {s}");
        }
        else if (to == IrType.Pred)
        {
            I($"setp.{(from.IsFloat() ? "neu" : "ne")}.{Literals.Arithmetic(from)} {d}, {s}, {Literals.Immediate(from, 0)}");
        }
        else if (from == IrType.BF16)
        {
            I($"mov.b32 {d}, {{0, {s}}}");
        }
        else if (from == IrType.F16)
        {
            I($"cvt.f32.f16 {d}, {s}");
        }
        else if (to is IrType.F16 or IrType.BF16)
        {
            I($"cvt.rn.{(to == IrType.F16 ? "f16" : "bf16")}.f32 {d}, {s}");
        }
        else if (to.IsFloat())
        {
            // Only float to double is exact for every value and takes no rounding.
            I($"cvt.{(from == IrType.F32 ? "" : "rn.")}{Literals.Arithmetic(to)}.{Literals.Arithmetic(from)} {d}, {s}");
        }
        else if (from.IsFloat())
        {
            EmitFloatToInteger(from, to, d, s);
        }
        else
        {
            EmitIntegerToInteger(from, to, d, s);
        }
    }

    void EmitFloatToInteger(IrType from, IrType to, string d, string s)
    {
        string source = Literals.Arithmetic(from);
        if (to.Size() < 4)
        {
            // Narrow types go through int.
            string wide = New(RegisterClass.Word);
            EmitFloatToInteger(from, IrType.S32, wide, s);
            EmitNarrow(to, d, wide);
            return;
        }

        string target = Literals.Arithmetic(to);
        if (from == IrType.F32 && to.Size() == 4)
        {
            // Saturates, and turns NaN into 0, by itself.
            I($"cvt.rzi.{target}.f32 {d}, {s}");
            return;
        }

        // The other pairs saturate as well but turn NaN into the value with only the top bit set.
        string number = New(RegisterFile.ClassOf(to)), nan = New(RegisterClass.Predicate);
        I($"cvt.rzi.{target}.{source} {number}, {s}");
        I($"setp.nan.{source} {nan}, {s}, {s}");
        I($"selp.{Literals.Bits(to)} {d}, 0, {number}, {nan}");
    }

    void EmitIntegerToInteger(IrType from, IrType to, string d, string s)
    {
        if (to.Size() == 8)
        {
            I(from.Size() == 8 ? $"mov.b64 {d}, {s}" : from.IsSigned() ? $"cvt.s64.s32 {d}, {s}" : $"cvt.u64.u32 {d}, {s}");
            return;
        }

        if (from.Size() == 8)
        {
            if (to.Size() == 4)
            {
                I($"cvt.u32.u64 {d}, {s}");
                return;
            }

            string low = New(RegisterClass.Word);
            I($"cvt.u32.u64 {low}, {s}");
            s = low;
        }

        EmitNarrow(to, d, s);
    }

    /// <summary>Extends the low bits of a 32-bit register as the narrow type keeps them.</summary>
    void EmitNarrow(IrType to, string d, string s) => I(to switch
    {
        IrType.S8 => $"cvt.s32.s8 {d}, {s}",
        IrType.U8 => $"and.b32 {d}, {s}, 255",
        IrType.S16 => $"cvt.s32.s16 {d}, {s}",
        IrType.U16 => $"and.b32 {d}, {s}, 65535",
        _ => $"mov.b32 {d}, {s}",
    });

    /// <summary>The bits of a half register, zero-extended.</summary>
    string WidenHalf(string half)
    {
        string wide = New(RegisterClass.Word);
        I($"cvt.u32.u16 {wide}, {half}");
        return wide;
    }
}
