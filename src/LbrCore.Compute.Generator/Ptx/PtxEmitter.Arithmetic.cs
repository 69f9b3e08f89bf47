using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Ptx;

internal sealed partial class PtxEmitter
{
    void EmitArithmetic(Op op)
    {
        IrType t = op.Result.Type;
        string type = Literals.Arithmetic(t), bits = Literals.Bits(t);
        // Explicit rounding keeps ptxas from fusing on its own: the fma pass decides, for both machines alike.
        string rn = t.IsFloat() ? ".rn" : "";
        switch (op.Code)
        {
            case Opcode.Add:
                Binary("add" + rn + "." + type, op, commutative: true);
                break;
            case Opcode.Sub:
                Binary("sub" + rn + "." + type, op);
                break;
            case Opcode.Mul:
                Binary((t.IsFloat() ? "mul.rn." : "mul.lo.") + type, op, commutative: true);
                break;
            case Opcode.MulHigh:
                Binary("mul.hi." + type, op, commutative: true);
                break;
            case Opcode.MulWide:
                Binary("mul.wide." + Literals.Arithmetic(op.Operands[0].Type), op, commutative: true);
                break;
            case Opcode.Div when t.IsFloat() && Aliases.Constant(op.Operands[0]) == (t == IrType.F32 ? Constants.FromFloat(1) : Constants.FromDouble(1)):
                I($"rcp.rn.{type} {Register(op.Result)}, {Source(op.Operands[1])}");
                break;
            case Opcode.Div:
                Binary("div" + rn + "." + type, op);
                break;
            case Opcode.Rem:
                EmitRemainder(op, t, type);
                break;
            case Opcode.Neg:
                Unary("neg." + (t.IsFloat() ? type : t.Size() == 8 ? "s64" : "s32"), op);
                break;
            case Opcode.Abs:
                Unary(t.IsFloat() || t.IsSigned() ? "abs." + type : "mov." + bits, op);
                break;
            case Opcode.Fma:
                I($"{(t.IsFloat() ? "fma.rn." : "mad.lo.")}{type} {Register(op.Result)}, {Source(op.Operands[0])}, {Operand(op.Operands[1])}, {Operand(op.Operands[2])}");
                break;
            case Opcode.Min or Opcode.Max:
                EmitMinMax(op, t, type);
                break;
            case Opcode.And or Opcode.Or or Opcode.Xor:
                Binary(op.Code.ToString().ToLowerInvariant() + "." + bits, op, commutative: true);
                break;
            case Opcode.Not:
                Unary("not." + bits, op);
                break;
            case Opcode.Shl:
                EmitShift("shl." + bits, op);
                break;
            case Opcode.Shr:
                EmitShift("shr." + type, op);
                break;
            case Opcode.PopCount:
                Unary("popc." + Literals.Bits(op.Operands[0].Type), op);
                break;
            case Opcode.LeadingZeroCount:
                Unary("clz." + Literals.Bits(op.Operands[0].Type), op);
                break;
            case Opcode.TrailingZeroCount:
                string width = Literals.Bits(op.Operands[0].Type), reversed = New(RegisterFile.ClassOf(op.Operands[0].Type));
                I($"brev.{width} {reversed}, {Source(op.Operands[0])}");
                I($"clz.{width} {Register(op.Result)}, {reversed}");
                break;
            case Opcode.ReverseBits:
                Unary("brev." + bits, op);
                break;
            case Opcode.BitExtract:
                I($"bfe.u32 {Register(op.Result)}, {Source(op.Operands[0])}, {Operand(op.Operands[1])}, {Operand(op.Operands[2])}");
                break;
            case Opcode.Eq or Opcode.Ne or Opcode.Lt or Opcode.Le or Opcode.Gt or Opcode.Ge:
                EmitComparison(op);
                break;
            case Opcode.Select:
                EmitSelect(op, t);
                break;
            case Opcode.Sqrt:
                Unary("sqrt.rn." + type, op);
                break;
            case Opcode.Floor:
                Unary($"cvt.rmi.{type}.{type}", op);
                break;
            case Opcode.Ceiling:
                Unary($"cvt.rpi.{type}.{type}", op);
                break;
            case Opcode.Round:
                Unary($"cvt.rni.{type}.{type}", op);
                break;
            case Opcode.Truncate:
                Unary($"cvt.rzi.{type}.{type}", op);
                break;
            case Opcode.RsqrtApprox when t == IrType.F64:
                string root = New(RegisterClass.Double);
                I($"sqrt.rn.f64 {root}, {Source(op.Operands[0])}");
                I($"rcp.rn.f64 {Register(op.Result)}, {root}");
                break;
            case Opcode.RcpApprox when t == IrType.F64:
                Unary("rcp.rn.f64", op);
                break;
            case Opcode.SqrtApprox:
                Unary("sqrt.approx.ftz.f32", op);
                break;
            case Opcode.RsqrtApprox:
                Unary("rsqrt.approx.ftz.f32", op);
                break;
            case Opcode.RcpApprox:
                Unary("rcp.approx.ftz.f32", op);
                break;
            case Opcode.Exp2Approx:
                Unary("ex2.approx.ftz.f32", op);
                break;
            case Opcode.Log2Approx:
                Unary("lg2.approx.ftz.f32", op);
                break;
            case Opcode.SinApprox:
                Unary("sin.approx.ftz.f32", op);
                break;
            case Opcode.CosApprox:
                Unary("cos.approx.ftz.f32", op);
                break;
            case Opcode.TanhApprox:
                Unary("tanh.approx.f32", op);
                break;
            case Opcode.DivApprox:
                I($"div.full.f32 {Register(op.Result)}, {Source(op.Operands[0])}, {Source(op.Operands[1])}");
                break;
            case >= Opcode.Pack2 and <= Opcode.Fma2:
                EmitPacked(op);
                break;
            default:
                throw new InvalidIrException($"{op.Code} has no PTX.");
        }
    }

    void Unary(string instruction, Op op) => I($"{instruction} {Register(op.Result)}, {Source(op.Operands[0])}");

    void Binary(string instruction, Op op, bool commutative = false)
    {
        Value x = op.Operands[0], y = op.Operands[1];
        if (commutative && Aliases.Constant(x) != null) (x, y) = (y, x);
        I($"{instruction} {Register(op.Result)}, {Source(x)}, {Operand(y)}");
    }

    void EmitRemainder(Op op, IrType t, string type)
    {
        if (!t.IsFloat())
        {
            Binary("rem." + type, op);
            return;
        }

        // x - y * truncate(x / y), each step rounded, as the opcode says.
        string x = Source(op.Operands[0]), y = Source(op.Operands[1]);
        string quotient = New(RegisterFile.ClassOf(t)), whole = New(RegisterFile.ClassOf(t)), product = New(RegisterFile.ClassOf(t));
        I($"div.rn.{type} {quotient}, {x}, {y}");
        I($"cvt.rzi.{type}.{type} {whole}, {quotient}");
        I($"mul.rn.{type} {product}, {y}, {whole}");
        I($"sub.rn.{type} {Register(op.Result)}, {x}, {product}");
    }

    void EmitMinMax(Op op, IrType t, string type)
    {
        string name = op.Code == Opcode.Min ? "min" : "max";
        if (t == IrType.F32)
        {
            Binary(name + ".NaN.f32", op, commutative: true);
            return;
        }

        if (t != IrType.F64)
        {
            Binary(name + "." + type, op, commutative: true);
            return;
        }

        // min.f64 has no .NaN form: where an operand is NaN, so is the sum.
        string x = Source(op.Operands[0]), y = Source(op.Operands[1]);
        string extreme = New(RegisterClass.Double), sum = New(RegisterClass.Double), nan = New(RegisterClass.Predicate);
        I($"{name}.f64 {extreme}, {x}, {y}");
        I($"add.rn.f64 {sum}, {x}, {y}");
        I($"setp.nan.f64 {nan}, {x}, {y}");
        I($"selp.f64 {Register(op.Result)}, {sum}, {extreme}, {nan}");
    }

    void EmitShift(string instruction, Op op)
    {
        int width = op.Result.Type.Size() * 8;
        Value count = op.Operands[1];
        if (Aliases.Constant(count) is { } c)
        {
            I($"{instruction} {Register(op.Result)}, {Source(op.Operands[0])}, {Literals.Number((long)c & (width - 1))}");
            return;
        }

        string amount = Source(count);
        if (!_ranges.IsWithin(count, 0, width - 1))
        {
            // PTX clamps the count where C# takes it modulo the width.
            string masked = New(RegisterClass.Word);
            I($"and.b32 {masked}, {amount}, {width - 1}");
            amount = masked;
        }

        I($"{instruction} {Register(op.Result)}, {Source(op.Operands[0])}, {amount}");
    }

    void EmitComparison(Op op)
    {
        IrType t = op.Operands[0].Type;
        string d = Register(op.Result);
        if (t == IrType.Pred)
        {
            string a = Source(op.Operands[0]), b = Source(op.Operands[1]);
            if (op.Code == Opcode.Ne)
            {
                I($"xor.pred {d}, {a}, {b}");
                return;
            }

            string differ = New(RegisterClass.Predicate);
            I($"xor.pred {differ}, {a}, {b}");
            I($"not.pred {d}, {differ}");
            return;
        }

        Opcode code = op.Code;
        Value x = op.Operands[0], y = op.Operands[1];
        if (Aliases.Constant(x) != null)
        {
            (x, y) = (y, x);
            code = code switch { Opcode.Lt => Opcode.Gt, Opcode.Gt => Opcode.Lt, Opcode.Le => Opcode.Ge, Opcode.Ge => Opcode.Le, _ => code };
        }

        // Only "not equal" holds for NaN.
        string relation = code == Opcode.Ne && t.IsFloat() ? "neu" : code.ToString().ToLowerInvariant();
        I($"setp.{relation}.{Literals.Arithmetic(t)} {d}, {Source(x)}, {Operand(y)}");
    }

    void EmitSelect(Op op, IrType t)
    {
        string c = Source(op.Operands[0]), d = Register(op.Result);
        if (t != IrType.Pred)
        {
            string type = t.IsFloat() ? Literals.Arithmetic(t) : Literals.Bits(t);
            I($"selp.{type} {d}, {Operand(op.Operands[1])}, {Operand(op.Operands[2])}, {c}");
            return;
        }

        string a = Source(op.Operands[1]), b = Source(op.Operands[2]);
        string left = New(RegisterClass.Predicate), not = New(RegisterClass.Predicate), right = New(RegisterClass.Predicate);
        I($"and.pred {left}, {c}, {a}");
        I($"not.pred {not}, {c}");
        I($"and.pred {right}, {not}, {b}");
        I($"or.pred {d}, {left}, {right}");
    }

    void EmitPacked(Op op)
    {
        bool half = op.Attr == 1;
        string d = Register(op.Result), pair = half ? "f16x2" : "bf16x2";
        string X(int i) => Source(op.Operands[i]);
        switch (op.Code)
        {
            case Opcode.Pack2:
                I($"cvt.rn.{pair}.f32 {d}, {X(1)}, {X(0)}");
                break;
            case Opcode.UnpackLow or Opcode.UnpackHigh when half:
                string low = New(RegisterClass.Half), high = New(RegisterClass.Half);
                I($"mov.b32 {{{low}, {high}}}, {X(0)}");
                I($"cvt.f32.f16 {d}, {(op.Code == Opcode.UnpackLow ? low : high)}");
                break;
            case Opcode.UnpackLow or Opcode.UnpackHigh:
                string wide = New(RegisterClass.Word);
                I(op.Code == Opcode.UnpackLow ? $"shl.b32 {wide}, {X(0)}, 16" : $"and.b32 {wide}, {X(0)}, 0xffff0000");
                I($"mov.b32 {d}, {wide}");
                break;
            case Opcode.Add2 or Opcode.Mul2 when half:
                I($"{(op.Code == Opcode.Add2 ? "add" : "mul")}.rn.f16x2 {d}, {X(0)}, {X(1)}");
                break;
            case Opcode.Add2:
                // add.bf16x2 needs sm_90; a * 1 + b rounds once to the same bits.
                I($"fma.rn.bf16x2 {d}, {X(0)}, {PackedConstant(0x3F803F80)}, {X(1)}");
                break;
            case Opcode.Mul2:
                // Adding -0 keeps the sign of a zero product.
                I($"fma.rn.bf16x2 {d}, {X(0)}, {X(1)}, {PackedConstant(0x80008000)}");
                break;
            case Opcode.Max2:
                I($"max.NaN.{pair} {d}, {X(0)}, {X(1)}");
                break;
            default:
                I($"fma.rn.{pair} {d}, {X(0)}, {X(1)}, {X(2)}");
                break;
        }
    }

    string PackedConstant(uint bits)
    {
        string r = New(RegisterClass.Word);
        MoveConstant(r, IrType.U32, bits);
        return r;
    }
}
