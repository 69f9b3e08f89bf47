using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// Unary and binary operators, built in and of structs.
internal sealed partial class Lowering
{
    Datum Unary(IUnaryOperation u)
    {
        RejectChecked(u.IsChecked, u.Syntax);
        if (u.OperatorMethod is { } method && OperatorOf(method, u.ConstrainedToType, u.Syntax) is { } own) return Inline(own, null, [new ValuePlace(Expression(u.Operand))], u.Syntax) ?? throw Unsupported(u);
        Datum operand = Expression(u.Operand);
        Shape shape = ShapeOf(u.Type!, u.Syntax);
        if (!operand.Shape.IsScalar || !shape.IsScalar) throw Unsupported(u);
        Value x = operand.Value;
        IrType result = shape.Leaves[0].Type, work = result.IsArithmetic() || result == IrType.Pred ? result : result is IrType.F16 or IrType.BF16 ? IrType.F32 : IrType.S32;
        Value y = ConvertTo(x, work);
        return u.OperatorKind switch
        {
            // The sign bit flips, also that of NaN and zero.
            UnaryOperatorKind.Minus when result is IrType.F16 or IrType.BF16 => new Datum(shape, [FlipSign(ConvertTo(x, result))]),
            UnaryOperatorKind.Minus => new Datum(shape, [ConvertTo(_b.Pure(Opcode.Neg, work, [y]), result)]),
            UnaryOperatorKind.BitwiseNegation => new Datum(shape, [ConvertTo(_b.Pure(Opcode.Not, work, [y]), result)]),
            UnaryOperatorKind.Not when work == IrType.Pred => new Datum(shape, [_b.Pure(Opcode.Not, IrType.Pred, [y])]),
            UnaryOperatorKind.Plus => new Datum(shape, [ConvertTo(x, result)]),
            _ => throw Unsupported(u),
        };
    }

    Value FlipSign(Value x)
    {
        Value bits = _b.Convert(_b.Pure(Opcode.Bitcast, IrType.U16, [x]), IrType.U32);
        return _b.Pure(Opcode.Bitcast, x.Type, [_b.Convert(_b.Binary(Opcode.Xor, bits, _b.Const(IrType.U32, 0x8000)), IrType.U16)]);
    }

    Datum Binary(IBinaryOperation b)
    {
        RejectChecked(b.IsChecked && b.OperatorKind is BinaryOperatorKind.Add or BinaryOperatorKind.Subtract or BinaryOperatorKind.Multiply, b.Syntax);
        if (b.OperatorKind is BinaryOperatorKind.ConditionalAnd or BinaryOperatorKind.ConditionalOr) return ShortCircuit(b);
        if (TypeTest(b) is { } known) return Number(_b.Bool(known));
        Datum x = Expression(b.LeftOperand), y = Expression(b.RightOperand);
        if (b.OperatorMethod is { } method && OperatorOf(method, b.ConstrainedToType, b.Syntax) is { } own) return UserOperator(own, b.OperatorKind, x, y, b);
        Shape result = ShapeOf(b.Type!, b.Syntax);
        if (!x.Shape.IsScalar || !y.Shape.IsScalar || !result.IsScalar) throw Unsupported(b);
        return new Datum(result, [Builtin(b.OperatorKind, x.Value, y.Value, result.Leaves[0].Type, b.OperatorMethod != null, b.Syntax)]);
    }

    /// <summary>
    /// The method of an operator to be inlined; null where the operator is the machine's: numbers, sixteen-bit floats, and type parameters that stand for
    /// one of these.
    /// </summary>
    IMethodSymbol? OperatorOf(IMethodSymbol method, ITypeSymbol? constrained, SyntaxNode at)
    {
        if (IsStaticVirtual(method))
        {
            ITypeSymbol type = Substitute(constrained ?? method.ContainingType);
            return Shape.ScalarType(type) != null ? null : Implementation(type, method, at);
        }

        return Shape.ScalarType(method.ContainingType) != null ? null : method;
    }

    static bool IsStaticVirtual(IMethodSymbol method) => method.IsStatic && (method.IsAbstract || method.IsVirtual);

    Datum UserOperator(IMethodSymbol method, BinaryOperatorKind kind, Datum x, Datum y, IOperation at)
    {
        if (Symbols.InVocabulary(method.ContainingType) && method.ContainingType.Name is "BFloat16x2" or "Half2")
        {
            Opcode code = kind switch { BinaryOperatorKind.Add => Opcode.Add2, BinaryOperatorKind.Multiply => Opcode.Mul2, _ => throw Unsupported(at) };
            return new Datum(x.Shape, [_b.Pure(code, IrType.U32, [x.Leaves[0], y.Leaves[0]], method.ContainingType.Name == "Half2" ? 1 : 0)]);
        }

        if (method is { IsImplicitlyDeclared: true, ContainingType.IsRecord: true } && kind is BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals)
        {
            Value equal = SameFields(x, y, at);
            return Number(kind == BinaryOperatorKind.Equals ? equal : _b.Pure(Opcode.Not, IrType.Pred, [equal]));
        }

        return Inline(method, null, [new ValuePlace(x), new ValuePlace(y)], at.Syntax) ?? throw Unsupported(at);
    }

    /// <summary>The equality that the compiler gives to a record: field by field, NaN equal to NaN.</summary>
    Value SameFields(Datum x, Datum y, IOperation at)
    {
        Value equal = _b.Bool(true);
        foreach ((string _, int first, Shape shape) in x.Shape.Fields)
        {
            Datum p = x.Part(first, shape), q = y.Part(first, shape);
            if (!shape.IsScalar && shape.Symbol is not INamedTypeSymbol { IsRecord: true }) throw Unsupported(at);
            equal = _b.Binary(Opcode.And, equal, shape.IsScalar ? SameNumber(Promote(p.Value), Promote(q.Value)) : SameFields(p, q, at));
        }

        return equal;
    }

    Value SameNumber(Value x, Value y)
    {
        Value equal = _b.Compare(Opcode.Eq, x, y);
        return x.Type.IsFloat() ? _b.Binary(Opcode.Or, equal, _b.Binary(Opcode.And, _b.Compare(Opcode.Ne, x, x), _b.Compare(Opcode.Ne, y, y))) : equal;
    }

    // ---- operators of the machine

    /// <summary>An operator on numbers and truth values, with a result of the given type.</summary>
    /// <param name="kind">The operator.</param>
    /// <param name="x">Left operand.</param>
    /// <param name="y">Right operand.</param>
    /// <param name="result">Type of the result.</param>
    /// <param name="declared">The operator is declared by the number type itself (Half, generic mathematics): it may compute in fewer bits than int.</param>
    /// <param name="at">Where it stands.</param>
    Value Builtin(BinaryOperatorKind kind, Value x, Value y, IrType result, bool declared, SyntaxNode at)
    {
        if (kind is BinaryOperatorKind.LeftShift or BinaryOperatorKind.RightShift or BinaryOperatorKind.UnsignedRightShift) return ConvertTo(Shift(kind, x, y, declared), result);
        IrType common = x.Type == IrType.Pred ? IrType.Pred : Common(Promote(x).Type, Promote(y).Type);
        if (x.Type == IrType.Pred != (y.Type == IrType.Pred)) throw new KernelException(Diagnostics.UnsupportedExpression, at.GetLocation(), OneLine(at));
        (x, y) = (ConvertTo(x, common), ConvertTo(y, common));
        return IsComparison(kind) ? _b.Compare(ComparisonOf(kind), x, y) : ConvertTo(Arithmetic(kind, x, y, at), result);
    }

    static bool IsComparison(BinaryOperatorKind k) => k is BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals or BinaryOperatorKind.LessThan or BinaryOperatorKind.LessThanOrEqual or BinaryOperatorKind.GreaterThan or BinaryOperatorKind.GreaterThanOrEqual;

    static Opcode ComparisonOf(BinaryOperatorKind kind) => kind switch
    {
        BinaryOperatorKind.LessThan => Opcode.Lt,
        BinaryOperatorKind.LessThanOrEqual => Opcode.Le,
        BinaryOperatorKind.GreaterThan => Opcode.Gt,
        BinaryOperatorKind.GreaterThanOrEqual => Opcode.Ge,
        BinaryOperatorKind.Equals => Opcode.Eq,
        _ => Opcode.Ne,
    };

    Value Arithmetic(BinaryOperatorKind kind, Value x, Value y, SyntaxNode at)
    {
        Opcode? code = kind switch
        {
            BinaryOperatorKind.Add => Opcode.Add,
            BinaryOperatorKind.Subtract => Opcode.Sub,
            BinaryOperatorKind.Multiply => Opcode.Mul,
            BinaryOperatorKind.Divide => Opcode.Div,
            BinaryOperatorKind.Remainder => Opcode.Rem,
            BinaryOperatorKind.And => Opcode.And,
            BinaryOperatorKind.Or => Opcode.Or,
            BinaryOperatorKind.ExclusiveOr => Opcode.Xor,
            _ => null,
        };
        bool logic = code is Opcode.And or Opcode.Or or Opcode.Xor;
        if (code == null || (logic ? x.Type.IsFloat() : x.Type == IrType.Pred)) throw new KernelException(Diagnostics.UnsupportedExpression, at.GetLocation(), OneLine(at));
        // The remainder of floats is exact in C#: no instruction computes it.
        if (code == Opcode.Rem && x.Type.IsFloat()) return Library("DeviceMath", x.Type == IrType.F32 ? "RemF32" : "RemF64", [Number(x), Number(y)], at).Value;
        return _b.Binary(code.Value, x, y);
    }

    /// <summary>C# takes the count modulo the width of the promoted operand; the shifts that a narrow type declares itself take it modulo their own width.</summary>
    Value Shift(BinaryOperatorKind kind, Value x, Value count, bool declared)
    {
        Value n = ConvertTo(count, IrType.S32);
        bool narrow = declared && x.Type.IsInteger() && x.Type.Size() < 4;
        if (narrow)
        {
            n = _b.Binary(Opcode.And, n, _b.Int((x.Type.Size() * 8) - 1));
            if (kind == BinaryOperatorKind.UnsignedRightShift && x.Type.IsSigned()) x = _b.Convert(x, x.Type == IrType.S8 ? IrType.U8 : IrType.U16);
        }

        x = Promote(x);
        if (n.IsConst) n = _b.Int((int)n.ConstBits & ((x.Type.Size() * 8) - 1));
        if (kind == BinaryOperatorKind.LeftShift) return _b.Pure(Opcode.Shl, x.Type, [x, n]);
        if (kind == BinaryOperatorKind.RightShift || !x.Type.IsSigned() || narrow) return _b.Pure(Opcode.Shr, x.Type, [x, n]);
        IrType unsigned = x.Type == IrType.S32 ? IrType.U32 : IrType.U64;
        return _b.Pure(Opcode.Bitcast, x.Type, [_b.Pure(Opcode.Shr, unsigned, [_b.Pure(Opcode.Bitcast, unsigned, [x]), n])]);
    }

    // ---- operators that evaluate only one side

    Datum ShortCircuit(IBinaryOperation b)
    {
        if (b.OperatorMethod != null) throw Unsupported(b);
        bool and = b.OperatorKind == BinaryOperatorKind.ConditionalAnd;
        Value left = ScalarExpression(b.LeftOperand);
        int slot = NewSlot(_b.Bool(!and));
        void Right() => _slots[slot] = ScalarExpression(b.RightOperand);
        void Known() => _slots[slot] = _b.Bool(!and);
        Branch(left, and ? Right : Known, and ? Known : Right);
        return Number(_slots[slot]);
    }

    Datum Conditional(IConditionalOperation c)
    {
        Value condition = ScalarExpression(c.Condition);
        if (condition.IsConst) return Expression(condition.ConstBits != 0 ? c.WhenTrue : c.WhenFalse!);
        Shape shape = ShapeOf(c.Type!, c.Syntax);
        int first = TemporarySlots(Zero(shape));
        Branch(condition, () => Choose(c.WhenTrue, first), () => Choose(c.WhenFalse!, first));
        return FromSlots(shape, first);
    }

    /// <summary>Evaluates one of several expressions into the slots that all of them share.</summary>
    void Choose(IOperation o, int first)
    {
        Datum d = Expression(o);
        if (d.Registers != null) throw new KernelException(Diagnostics.ViewInRegisters, o.Syntax.GetLocation(), "LocalMemory cannot be chosen at run time; it is an array of registers");
        for (int i = 0; i < d.Leaves.Length; i++) _slots[first + i] = d.Leaves[i];
    }

    /// <summary>Keeps a value in fresh slots, so that it survives a branch; returns the first.</summary>
    int TemporarySlots(Datum value)
    {
        int first = _nextSlot;
        foreach (Value v in value.Leaves) NewSlot(v);
        return first;
    }

    Datum FromSlots(Shape shape, int first) => new(shape, [.. Enumerable.Range(first, shape.Leaves.Length).Select(i => _slots[i])]);

    /// <summary>typeof(T) == typeof(float) is known for each specialisation.</summary>
    bool? TypeTest(IBinaryOperation b)
    {
        if (b.OperatorKind is not (BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals)) return null;
        if (b.LeftOperand is not ITypeOfOperation x || b.RightOperand is not ITypeOfOperation y) return null;
        bool same = SymbolEqualityComparer.Default.Equals(Substitute(x.TypeOperand), Substitute(y.TypeOperand));
        return same == (b.OperatorKind == BinaryOperatorKind.Equals);
    }

    static void RejectChecked(bool isChecked, SyntaxNode at)
    {
        if (isChecked) throw new KernelException(Diagnostics.CheckedArithmetic, at.GetLocation());
    }
}
