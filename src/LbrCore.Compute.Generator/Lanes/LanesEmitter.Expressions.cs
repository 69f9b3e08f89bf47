using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Lanes;

// Pure ops as C# expressions. The same text serves scalars and lanes wherever the lane structs have the operator or Lanes has both overloads.
internal sealed partial class LanesEmitter
{
    Code Expression(Op op)
    {
        if (IsLanes(op.Result) || !op.Operands.Any(IsLanes)) return Expression(op, IsLanes(op.Result));

        // Lanes that are known to come to the same value: the warp's index, computed from the thread's.
        if (op.Operands[0].Definition is { Code: Opcode.Special, Attr: (int)SpecialRegister.GroupIdxX } && op.Operands[1].ConstInt is { } c && _kernel.GroupSize > 0)
        {
            Code warp = Code.Primary("WarpIdx");
            if (op.Code == Opcode.Shr && c is >= 5 and < 32) return c == 5 ? warp : Code.Binary(warp, ">>", Code.Primary(Number(c - 5)), Binding.Shift);
            if (op.Code == Opcode.Div && c > 0 && c % 32 == 0) return c == 32 ? warp : Code.Binary(warp, "/", Code.Primary(Number(c / 32)), Binding.Multiplicative);
        }

        return Code.Primary(Expression(op, true).In(Binding.Primary) + "[0]");
    }

    Code Expression(Op op, bool lanes)
    {
        Value[] x = op.Operands;
        IrType t = op.Results[0].Type;
        switch (op.Code)
        {
            case Opcode.Add:
                return Binary(x[0], "+", x[1], Binding.Additive, lanes);
            case Opcode.Sub:
                return Binary(x[0], "-", x[1], Binding.Additive, lanes);
            case Opcode.Mul:
                return Binary(x[0], "*", x[1], Binding.Multiplicative, lanes);
            case Opcode.Div:
                return lanes || t.IsFloat() || IsSafeDivisor(x[1]) ? Binary(x[0], "/", x[1], Binding.Multiplicative, lanes) : Call("Divide", op);
            case Opcode.Rem:
                return t.IsFloat() ? Call("Remainder", op) : lanes || IsSafeDivisor(x[1]) ? Binary(x[0], "%", x[1], Binding.Multiplicative, lanes) : Call("Remainder", op);
            case Opcode.Neg:
                return lanes || t is not (IrType.U32 or IrType.U64) ? Code.Unary("-", Use(x[0])) : Code.Binary(Code.Primary(CSharpType.Literal(t, 0)), "-", Use(x[0]), Binding.Additive);
            case Opcode.MulHigh:
                return Call("MultiplyHigh", op);
            case Opcode.Fma:
                if (t.IsFloat()) return Call("Fma", op);
                Code product = Code.Binary(Use(x[0]), "*", Use(x[1]), Binding.Multiplicative);
                return Code.Binary(product, "+", Use(x[2]), Binding.Additive);
            case Opcode.Min or Opcode.Max:
                return Call(op.Code.ToString(), op);
            case Opcode.Abs:
                return t is IrType.U32 or IrType.U64 ? Use(x[0]) : Call("Abs", op);
            case Opcode.And:
                return Binary(x[0], "&", x[1], Binding.And, lanes);
            case Opcode.Or:
                return Binary(x[0], "|", x[1], Binding.Or, lanes);
            case Opcode.Xor:
                return Binary(x[0], "^", x[1], Binding.Xor, lanes);
            case Opcode.Not:
                return Code.Unary(t == IrType.Pred ? "!" : "~", Use(x[0]));
            case Opcode.Shl or Opcode.Shr:
                return Code.Binary(lanes ? Lanes(x[0]) : Use(x[0]), op.Code == Opcode.Shl ? "<<" : ">>", Use(x[1]), Binding.Shift);
            case Opcode.PopCount or Opcode.LeadingZeroCount or Opcode.TrailingZeroCount:
                Code bits = x[0].Type switch
                {
                    IrType.S32 => Code.Unary(lanes ? "(U32)" : "(uint)", Use(x[0])),
                    IrType.S64 => Code.Unary(lanes ? "(U64)" : "(ulong)", Use(x[0])),
                    _ => Use(x[0]),
                };
                return Code.Primary($"Lanes.{op.Code}({bits})");
            case Opcode.ReverseBits or Opcode.BitExtract:
                return lanes && op.Code == Opcode.BitExtract ? Code.Primary($"Lanes.BitExtract({Lanes(x[0])}, {Use(x[1])}, {Use(x[2])})") : Call(op.Code.ToString(), op);
            case Opcode.Eq or Opcode.Ne or Opcode.Lt or Opcode.Le or Opcode.Gt or Opcode.Ge:
                return Comparison(op, x[0], x[1], lanes);
            case Opcode.Select:
                return Choice(op, lanes);
            case Opcode.Convert:
                return Conversion(x[0], t);
            case Opcode.Bitcast:
                return SameBits(x[0], t);
            case Opcode.Sqrt or Opcode.Floor or Opcode.Ceiling or Opcode.Round or Opcode.Truncate:
                return Call(op.Code.ToString(), op);
            case Opcode.SqrtApprox or Opcode.RsqrtApprox or Opcode.RcpApprox or Opcode.Exp2Approx or Opcode.Log2Approx or Opcode.SinApprox or Opcode.CosApprox or Opcode.TanhApprox:
                return Call(op.Code.ToString().Replace("Approx", ""), op);
            case Opcode.DivApprox:
                return Binary(x[0], "/", x[1], Binding.Multiplicative, lanes);
            case Opcode.Pack2:
                return Call(op.Attr == 0 ? "PackBFloat16" : "PackHalf", op);
            case Opcode.UnpackLow or Opcode.UnpackHigh:
                return Call((op.Attr == 0 ? "BFloat16" : "Half") + (op.Code == Opcode.UnpackLow ? "Low" : "High"), op);
            case Opcode.Add2 or Opcode.Mul2 or Opcode.Max2 or Opcode.Fma2:
                string name = op.Code switch { Opcode.Add2 => "Add", Opcode.Mul2 => "Multiply", Opcode.Max2 => "Max", _ => "Fma" };
                return Call(name + (op.Attr == 0 ? "BFloat16x2" : "Halfx2"), op);
            case Opcode.RowLimit:
                return Call("RowLimit", op);
            case Opcode.PtrOffset:
                return Moved(op, lanes);
            default:
                throw new InvalidOperationException($"{op.Code} is no expression");
        }
    }

    /// <summary>A call of <c>Lanes</c>, which has overloads for scalars and for lanes; one argument in lanes broadcasts the others.</summary>
    Code Call(string name, Op op)
    {
        bool lanes = IsLanes(op.Results[0]) && !op.Operands.Any(IsLanes);
        return Code.Primary($"Lanes.{name}({string.Join(", ", op.Operands.Select((v, i) => (lanes && i == 0 ? Lanes(v) : Use(v)).Text))})");
    }

    Code Binary(Value a, string sign, Value b, Binding binding, bool lanes)
    {
        Code left = lanes && !IsLanes(a) && !IsLanes(b) ? Lanes(a) : Broadcast(a, b), right = Broadcast(b, a);
        return Code.Binary(left, sign, right, binding);
    }

    Code Comparison(Op op, Value a, Value b, bool lanes)
    {
        if (ReferenceEquals(a, b))
        {
            // C# warns of a comparison with itself. It can only tell whether there is a NaN.
            bool equal = op.Code is Opcode.Eq or Opcode.Le or Opcode.Ge;
            if (!a.Type.IsFloat() || op.Code is Opcode.Lt or Opcode.Gt) return Code.Primary(equal ? "true" : "false");
            Code nan = Code.Primary($"Lanes.IsNaN({Use(a)})");
            return equal ? Code.Unary("!", nan) : nan;
        }

        return op.Code switch
        {
            Opcode.Eq => Binary(a, "==", b, Binding.Equality, lanes),
            Opcode.Ne => Binary(a, "!=", b, Binding.Equality, lanes),
            Opcode.Lt => Binary(a, "<", b, Binding.Relational, lanes),
            Opcode.Le => Binary(a, "<=", b, Binding.Relational, lanes),
            Opcode.Gt => Binary(a, ">", b, Binding.Relational, lanes),
            _ => Binary(a, ">=", b, Binding.Relational, lanes),
        };
    }

    // A scalar pointer has no implicit conversion to lanes.
    Code Broadcast(Value v, Value other) => v.Type.IsPointer() && IsLanes(other) ? Lanes(v) : Use(v);

    // C# refuses a constant zero and throws for -1 beside the smallest number.
    bool IsSafeDivisor(Value v) => v.ConstInt is { } c && c != 0 && c != -1;

    Code Choice(Op op, bool lanes)
    {
        Value c = op.Operands[0], a = op.Operands[1], b = op.Operands[2];
        if (IsLanes(c))
        {
            // Two scalars: the first says of what type the lanes are.
            Code first = IsLanes(a) || IsLanes(b) ? Broadcastable(a) : Lanes(a);
            return Code.Primary($"Lanes.Select({Use(c)}, {first}, {Broadcastable(b)})");
        }

        Code then = lanes ? Lanes(a) : Use(a), otherwise = lanes ? Lanes(b) : Use(b);
        return new Code($"{Use(c).In(Binding.Or)} ? {then.In(Binding.Or)} : {otherwise.In(Binding.Or)}", Binding.Conditional);
    }

    Code Moved(Op op, bool lanes)
    {
        Value pointer = op.Operands[0], index = op.Operands[1];
        Code bytes = Wide(index);
        if (op.Stride != 1) bytes = Code.Binary(bytes, "*", Code.Primary(Number(op.Stride)), Binding.Multiplicative);
        return Code.Binary(lanes ? Wide(pointer) : Use(pointer), "+", bytes, Binding.Additive);
    }
}
