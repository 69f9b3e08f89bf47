using System;
using static LbrCore.Compute.Generator.IR.Constants;

namespace LbrCore.Compute.Generator.IR;

/// <summary>
/// Folds an operation on constants and applies identities that hold bit for bit (so x * 0 is folded for integers only, x + 0 never for floats).
/// Returns an existing value or a new constant; null when nothing applies.
/// </summary>
internal static class Folder
{
    /// <summary>Tries to fold; <paramref name="constant"/> makes a constant of a type from its raw bits.</summary>
    public static Value? Fold(Opcode code, IrType type, Value[] x, int attr, Func<IrType, ulong, Value> constant)
    {
        switch (code)
        {
            case Opcode.Select:
                if (x[0].IsConst) return x[0].ConstBits != 0 ? x[1] : x[2];
                if (Same(x[1], x[2])) return x[1];
                if (type == IrType.Pred && x[1].IsConst && x[2].IsConst && x[1].ConstBits == 1) return x[0];
                return null;
            case Opcode.Convert:
                if (x[0].Type == type) return x[0];
                return x[0].IsConst && Constants.Convert(x[0].Type, type, x[0].ConstBits) is { } c ? constant(type, c) : null;
            case Opcode.Bitcast:
                if (x[0].Type == type) return x[0];
                if (x[0].IsConst && !type.IsPointer() && !x[0].Type.IsPointer()) return constant(type, Wrap(type, x[0].ConstBits));
                return x[0].Definition is { Code: Opcode.Bitcast } b && b.Operands[0].Type == type ? b.Operands[0] : null;
            case Opcode.Not:
                if (x[0].IsConst) return constant(type, Wrap(type, type == IrType.Pred ? x[0].ConstBits ^ 1 : ~x[0].ConstBits));
                return x[0].Definition is { Code: Opcode.Not } n ? n.Operands[0] : null;
            case Opcode.Neg when x[0].IsConst:
                return constant(type, type == IrType.F32 ? FromFloat(-ToFloat(x[0].ConstBits)) : type == IrType.F64 ? FromDouble(-ToDouble(x[0].ConstBits)) : Wrap(type, unchecked(0UL - x[0].ConstBits)));
            case Opcode.Abs when x[0].IsConst && type == IrType.F32:
                return constant(type, FromFloat(Math.Abs(ToFloat(x[0].ConstBits))));
            case Opcode.Eq or Opcode.Ne or Opcode.Lt or Opcode.Le or Opcode.Gt or Opcode.Ge:
                return FoldComparison(code, x, constant);
        }

        if (x.Length == 2 && x[0].Type == type && (x[1].Type == type || code is Opcode.Shl or Opcode.Shr)) return FoldBinary(code, type, x[0], x[1], constant);
        return null;
    }

    static Value? FoldComparison(Opcode code, Value[] x, Func<IrType, ulong, Value> constant)
    {
        IrType t = x[0].Type;
        if (!x[0].IsConst || !x[1].IsConst)
        {
            if (t == IrType.Pred && x[1].IsConst) return (code == Opcode.Eq) == (x[1].ConstBits != 0) ? x[0] : null;
            if (!t.IsFloat() && Same(x[0], x[1])) return constant(IrType.Pred, code is Opcode.Eq or Opcode.Le or Opcode.Ge ? 1UL : 0UL);
            return null;
        }

        ulong a = x[0].ConstBits, b = x[1].ConstBits;
        bool less, equal;
        if (t.IsFloat())
        {
            double p = t == IrType.F32 ? ToFloat(a) : ToDouble(a), q = t == IrType.F32 ? ToFloat(b) : ToDouble(b);
            if (double.IsNaN(p) || double.IsNaN(q)) return constant(IrType.Pred, code == Opcode.Ne ? 1UL : 0UL);
            (less, equal) = (p < q, p == q);
        }
        else
        {
            (less, equal) = (t.IsSigned() ? (long)a < (long)b : a < b, a == b);
        }

        bool r = code switch { Opcode.Eq => equal, Opcode.Ne => !equal, Opcode.Lt => less, Opcode.Le => less || equal, Opcode.Gt => !less && !equal, _ => !less };
        return constant(IrType.Pred, r ? 1UL : 0UL);
    }

    static Value? FoldBinary(Opcode code, IrType t, Value x, Value y, Func<IrType, ulong, Value> constant)
    {
        if (x.IsConst && y.IsConst) return t.IsFloat() ? FoldFloats(code, t, x, y, constant) : FoldIntegers(code, t, x.ConstBits, y.ConstBits, constant);
        if (t.IsFloat()) return FoldFloatIdentity(code, t, x, y);
        if (t == IrType.Pred) return FoldLogic(code, x, y, constant);
        if (y.IsConst)
        {
            ulong c = y.ConstBits;
            if (c == 0 && code is Opcode.Add or Opcode.Sub or Opcode.Or or Opcode.Xor or Opcode.Shl or Opcode.Shr) return x;
            if (c == 0 && code is Opcode.Mul or Opcode.And) return constant(t, 0);
            if (c == 1 && code is Opcode.Mul or Opcode.Div) return x;
            if (c == 1 && code == Opcode.Rem) return constant(t, 0);
            if (code == Opcode.And && c == Wrap(t, ulong.MaxValue)) return x;
        }

        if (x.IsConst)
        {
            ulong c = x.ConstBits;
            if (c == 0 && code is Opcode.Add or Opcode.Or or Opcode.Xor) return y;
            if (c == 0 && code is Opcode.Mul or Opcode.And) return constant(t, 0);
            if (c == 1 && code == Opcode.Mul) return y;
        }

        if (Same(x, y))
        {
            if (code is Opcode.Sub or Opcode.Xor) return constant(t, 0);
            if (code is Opcode.And or Opcode.Or or Opcode.Min or Opcode.Max) return x;
        }

        return null;
    }

    static Value? FoldFloatIdentity(Opcode code, IrType t, Value x, Value y)
    {
        bool One(Value v) => v.IsConst && (t == IrType.F32 ? ToFloat(v.ConstBits) == 1f : ToDouble(v.ConstBits) == 1.0);
        if (code is Opcode.Mul or Opcode.Div && One(y)) return x;
        return code == Opcode.Mul && One(x) ? y : null;
    }

    static Value? FoldLogic(Opcode code, Value x, Value y, Func<IrType, ulong, Value> constant)
    {
        if (Same(x, y)) return code == Opcode.Xor ? constant(IrType.Pred, 0) : x;
        Value? c = x.IsConst ? x : y.IsConst ? y : null, o = x.IsConst ? y : x;
        if (c == null) return null;
        return code switch
        {
            Opcode.And => c.ConstBits != 0 ? o : constant(IrType.Pred, 0),
            Opcode.Or => c.ConstBits != 0 ? constant(IrType.Pred, 1) : o,
            Opcode.Xor when c.ConstBits == 0 => o,
            _ => null,
        };
    }

    static Value? FoldFloats(Opcode code, IrType t, Value x, Value y, Func<IrType, ulong, Value> constant)
    {
        if (t == IrType.F32)
        {
            float a = ToFloat(x.ConstBits), b = ToFloat(y.ConstBits);
            // The casts force rounding to float; netstandard2.0 hosts may compute wider.
            float? r = code switch { Opcode.Add => (float)((double)a + b), Opcode.Sub => (float)((double)a - b), Opcode.Mul => (float)((double)a * b), Opcode.Div => (float)((double)a / b), _ => null };
            return r is { } v ? constant(t, FromFloat(v)) : null;
        }

        double p = ToDouble(x.ConstBits), q = ToDouble(y.ConstBits);
        double? s = code switch { Opcode.Add => p + q, Opcode.Sub => p - q, Opcode.Mul => p * q, Opcode.Div => p / q, _ => null };
        return s is { } w ? constant(t, FromDouble(w)) : null;
    }

    static Value? FoldIntegers(Opcode code, IrType t, ulong a, ulong b, Func<IrType, ulong, Value> constant)
    {
        bool signed = t.IsSigned();
        int width = t.Size() * 8;
        unchecked
        {
            ulong? r = code switch
            {
                Opcode.Add => a + b,
                Opcode.Sub => a - b,
                Opcode.Mul => a * b,
                Opcode.Div or Opcode.Rem when b == 0 => null,
                Opcode.Div => !signed ? a / b : (long)b == -1 ? 0UL - a : (ulong)((long)a / (long)b),
                Opcode.Rem => !signed ? a % b : (long)b == -1 ? 0UL : (ulong)((long)a % (long)b),
                Opcode.And => a & b,
                Opcode.Or => a | b,
                Opcode.Xor => a ^ b,
                Opcode.Shl => a << ((int)b & (width - 1)),
                Opcode.Shr => signed ? (ulong)((long)a >> ((int)b & (width - 1))) : a >> ((int)b & (width - 1)),
                Opcode.Min => signed ? (ulong)Math.Min((long)a, (long)b) : Math.Min(a, b),
                Opcode.Max => signed ? (ulong)Math.Max((long)a, (long)b) : Math.Max(a, b),
                _ => null,
            };
            return r is { } v ? constant(t, Wrap(t, v)) : null;
        }
    }

    static bool Same(Value x, Value y) => ReferenceEquals(x, y) || (x.IsConst && y.IsConst && x.Type == y.Type && x.ConstBits == y.ConstBits && !x.Type.IsFloat());
}
