using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Lanes;

// The JIT stops inlining once a method has 512 locals and temporaries, some hundred operators on lane structs; every further one becomes a call, ten times
// as slow. Kernels beyond that are printed vector by vector, x.Lo = a.Lo + b.Lo; x.Hi = a.Hi + b.Hi;, which needs no inlining at all.
internal sealed partial class LanesEmitter
{
    static readonly string[] s_halves = ["Lo", "Hi"];
    static readonly string[] s_quarters = ["V0", "V1", "V2", "V3"];

    /// <summary>Operators on lanes in a kernel.</summary>
    int CountOperators(Region region) => region.Ops.Sum(op =>
        (op.Results.Length == 1 && IsLanes(op.Result) && Template(op) != null ? CSharpType.IsWide(op.Result.Type) ? 2 : 1 : 0) + op.Regions.Sum(CountOperators));

    /// <summary>An op on lanes as one expression for every vector of the result; null where only a function does it.</summary>
    IEnumerable<(string Field, string Expression)>? Parts(Op op)
    {
        IrType t = op.Result.Type;
        if (Template(op) is not { } template) return null;
        if (op.Code is Opcode.Eq or Opcode.Ne or Opcode.Lt or Opcode.Le or Opcode.Gt or Opcode.Ge && CSharpType.IsWide(op.Operands[0].Type))
        {
            string Narrow(int low) => $"Vector512.Narrow({Of(low)}, {Of(low + 1)})";
            string Of(int quarter) => string.Format(System.Globalization.CultureInfo.InvariantCulture, template, Operands(op, quarter));
            return [("Lo", Narrow(0)), ("Hi", Narrow(2))];
        }

        string[] fields = CSharpType.IsWide(t) ? s_quarters : s_halves;
        return fields.Select((f, i) => (f, string.Format(System.Globalization.CultureInfo.InvariantCulture, template, Operands(op, i))));
    }

    object[] Operands(Op op, int part) => [.. op.Operands.Select((v, i) => (object)(op.Code is Opcode.Shl or Opcode.Shr && i == 1 ? Number(v.ConstInt!.Value & (op.Result.Type.Size() * 8 - 1)) : PartOf(v, part, op)))];

    string PartOf(Value v, int part, Op op)
    {
        string element = CSharpType.VectorElement(v.Type);
        if (!IsLanes(v))
        {
            // A truth value that chooses between 64-bit lanes is as wide as they are.
            bool wide = v.Type == IrType.Pred && op.Code == Opcode.Select && CSharpType.IsWide(op.Result.Type);
            if (wide) element = "long";
            if (v.IsConst && v.ConstBits == 0) return $"Vector512<{element}>.Zero";
            if (v.Type == IrType.Pred) return v.IsConst ? $"Vector512<{element}>.AllBitsSet" : $"Vector512.Create({Use(v)} ? {(wide ? "-1L : 0L" : "-1 : 0")})";
            return $"Vector512.Create({(v.Type.IsPointer() ? Code.Unary("(long)", Use(v)) : Use(v))})";
        }

        if (_pieces != null) return PieceOf(v, part);
        string name = Use(v).In(Binding.Primary);
        if (CSharpType.IsWide(v.Type)) return $"{name}.{s_quarters[part]}";

        // A mask that chooses between 64-bit lanes is widened by its sign.
        if (v.Type == IrType.Pred && op.Code == Opcode.Select && CSharpType.IsWide(op.Result.Type))
            return $"Vector512.Widen{(part % 2 == 0 ? "Lower" : "Upper")}({name}.{s_halves[part / 2]})";
        return $"{name}.{s_halves[part]}";
    }

    /// <summary>The expression of one vector with operands as <c>{0}</c>, <c>{1}</c>, <c>{2}</c>.</summary>
    static string? Template(Op op)
    {
        IrType t = op.Results[0].Type;
        string suffix = CSharpType.VectorSuffix(t);
        switch (op.Code)
        {
            case Opcode.Add: return "{0} + {1}";
            case Opcode.Sub: return "{0} - {1}";
            case Opcode.Mul: return "{0} * {1}";
            case Opcode.Div when t.IsFloat(): return "{0} / {1}";
            case Opcode.DivApprox: return "{0} / {1}";
            case Opcode.Neg: return "-{0}";
            case Opcode.Fma: return t.IsFloat() ? "Vector512.FusedMultiplyAdd({0}, {1}, {2})" : "{0} * {1} + {2}";
            case Opcode.Min: return "Vector512.Min({0}, {1})";
            case Opcode.Max: return "Vector512.Max({0}, {1})";
            case Opcode.Abs: return t.IsSigned() || t.IsFloat() ? "Vector512.Abs({0})" : "{0}";
            case Opcode.And: return "{0} & {1}";
            case Opcode.Or: return "{0} | {1}";
            case Opcode.Xor: return "{0} ^ {1}";
            case Opcode.Not: return "~{0}";
            case Opcode.Shl when op.Operands[1].IsConst: return "{0} << {1}";
            case Opcode.Shr when op.Operands[1].IsConst: return "{0} >> {1}";
            case Opcode.Sqrt or Opcode.SqrtApprox: return "Vector512.Sqrt({0})";
            case Opcode.Floor: return "Vector512.Floor({0})";
            case Opcode.Ceiling: return "Vector512.Ceiling({0})";
            case Opcode.Round: return "Vector512.Round({0})";
            case Opcode.Truncate: return "Vector512.Truncate({0})";
            case Opcode.RcpApprox: return t == IrType.F32 ? "Vector512<float>.One / {0}" : "Vector512<double>.One / {0}";
            case Opcode.RsqrtApprox: return t == IrType.F32 ? "Vector512<float>.One / Vector512.Sqrt({0})" : "Vector512<double>.One / Vector512.Sqrt({0})";
            case Opcode.Eq or Opcode.Ne or Opcode.Lt or Opcode.Le or Opcode.Gt or Opcode.Ge: return Comparison(op);
            case Opcode.Select:
                string mask = "{0}" + (suffix is "Int32" || (suffix == "Int64" && CSharpType.IsWide(t)) ? "" : $".As{suffix}()");
                return $"Vector512.ConditionalSelect({mask}, {{1}}, {{2}})";
            case Opcode.Bitcast when t.Size() >= 4:
                return Same(op.Operands[0].Type, t);
            case Opcode.UnpackLow when op.Attr == 0: return "({0} << 16).AsSingle()";
            case Opcode.UnpackHigh when op.Attr == 0: return "({0} & Vector512.Create(0xffff0000u)).AsSingle()";
            case Opcode.Convert: return Cast(op.Operands[0].Type, t);
            default: return null;
        }
    }

    static string? Comparison(Op op)
    {
        IrType of = op.Operands[0].Type;
        if (of == IrType.Pred) return op.Code == Opcode.Eq ? "~({0} ^ {1})" : "{0} ^ {1}";
        string name = op.Code switch
        {
            Opcode.Lt => "LessThan",
            Opcode.Le => "LessThanOrEqual",
            Opcode.Gt => "GreaterThan",
            Opcode.Ge => "GreaterThanOrEqual",
            _ => "Equals",
        };
        string lanes = CSharpType.Lanes(of);
        string bits = lanes is "I32" or "I64" ? "" : CSharpType.IsWide(of) ? ".AsInt64()" : ".AsInt32()";
        return $"{(op.Code == Opcode.Ne ? "~" : "")}Vector512.{name}({{0}}, {{1}}){bits}";
    }

    static string Same(IrType from, IrType to) => CSharpType.Lanes(from) == CSharpType.Lanes(to) ? "{0}" : $"{{0}}.As{CSharpType.VectorSuffix(to)}()";

    // Casts between types of one width; others move lanes between vectors.
    static string? Cast(IrType from, IrType to)
    {
        if (from == IrType.BF16) return "({0} << 16).AsSingle()";
        if (from is IrType.F16 || to is IrType.F16 or IrType.BF16 or IrType.S8 or IrType.S16 or IrType.U8 or IrType.U16) return null;
        if (from == IrType.Pred) return to switch { IrType.S32 => "-{0}", IrType.U32 => "(-{0}).AsUInt32()", _ => null };
        if (CSharpType.IsWide(from) != CSharpType.IsWide(to)) return null;
        if (!from.IsFloat() && !to.IsFloat()) return Same(from, to);
        return from == to ? "{0}" : $"Vector512.ConvertTo{CSharpType.VectorSuffix(to)}({{0}})";
    }
}
