using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Lanes;

// Casts. A narrow integer is held in 32 bits, extended by its sign; sixteen-bit floats are held as bits.
internal sealed partial class LanesEmitter
{
    Code Conversion(Value v, IrType to)
    {
        IrType from = v.Type;
        Code x = Use(v);
        bool lanes = IsLanes(v);
        switch (from)
        {
            case IrType.BF16:
                return Code.Primary($"Lanes.BFloat16ToF32({x})");
            case IrType.F16:
                return Code.Primary($"Lanes.HalfToF32({x})");
            case IrType.Pred when to != IrType.Pred:
                Code number = lanes ? Code.Unary("(I32)", x) : new Code($"{x.In(Binding.Or)} ? 1 : 0", Binding.Conditional);
                return Converted(number, IrType.S32, to, lanes);
        }

        return to switch
        {
            IrType.BF16 => Code.Primary($"Lanes.F32ToBFloat16({x})"),
            IrType.F16 => Code.Primary($"Lanes.F32ToHalf({x})"),
            _ => Converted(x, from, to, lanes),
        };
    }

    static Code Converted(Code x, IrType from, IrType to, bool lanes)
    {
        // Through int, as C# converts to types below 32 bits.
        if (to is IrType.S8 or IrType.S16 or IrType.U8 or IrType.U16)
        {
            if (Holds(to, from)) return Cast(x, from, to, lanes);
            if (!lanes)
            {
                Code whole = from.IsFloat() ? Code.Unary("(int)", x) : x;
                return to switch
                {
                    IrType.S8 => Code.Unary("(int)(sbyte)", whole),
                    IrType.S16 => Code.Unary("(int)(short)", whole),
                    IrType.U8 => Code.Unary("(uint)(byte)", whole),
                    _ => Code.Unary("(uint)(ushort)", whole),
                };
            }

            bool signed = to.IsSigned();
            if (from.IsFloat()) (x, from) = (Code.Unary("(I32)", x), IrType.S32);
            x = Cast(x, from, signed ? IrType.S32 : IrType.U32, lanes);
            return Code.Primary($"Lanes.{(signed ? "SignExtend" : "ZeroExtend")}{Number(to.Size() * 8)}({x})");
        }

        return Cast(x, from, to, lanes);
    }

    // Whether every value of one narrow type is a value of the other.
    static bool Holds(IrType to, IrType from) =>
        to == from || (to, from) is (IrType.S16, IrType.S8) or (IrType.S16, IrType.U8) or (IrType.U16, IrType.U8);

    static Code Cast(Code x, IrType from, IrType to, bool lanes)
    {
        string source = lanes ? CSharpType.Lanes(from) : CSharpType.Scalar(from), target = lanes ? CSharpType.Lanes(to) : CSharpType.Scalar(to);
        return source == target ? x : Code.Unary($"({target})", x);
    }

    Code SameBits(Value v, IrType to)
    {
        IrType from = v.Type;
        Code x = Use(v);
        bool lanes = IsLanes(v);
        if (from.IsFloat() || to.IsFloat())
        {
            if (from == to) return x;
            return Code.Primary($"Lanes.As{CSharpType.Lanes(to)}({x})");
        }

        if (from.Size() >= 4) return Cast(x, from, to, lanes);

        // Narrow: unsigned numbers and the bits of sixteen-bit floats look alike, signed ones are extended by their sign.
        if (from.IsSigned() == to.IsSigned()) return x;
        if (!lanes) return Code.Unary(to.IsSigned() ? to.Size() == 1 ? "(int)(sbyte)" : "(int)(short)" : to.Size() == 1 ? "(uint)(byte)" : "(uint)(ushort)", x);
        x = Code.Unary(to.IsSigned() ? "(I32)" : "(U32)", x);
        return Code.Primary($"Lanes.{(to.IsSigned() ? "SignExtend" : "ZeroExtend")}{Number(to.Size() * 8)}({x})");
    }
}
