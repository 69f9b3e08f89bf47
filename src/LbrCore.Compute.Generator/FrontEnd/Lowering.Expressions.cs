using System;
using System.Collections.Generic;
using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

internal sealed partial class Lowering
{
    /// <summary>Evaluates for the effect; the value, if any, is dropped.</summary>
    void Evaluate(IOperation operation) => ExpressionOrVoid(operation);

    Datum Expression(IOperation operation) =>
        ExpressionOrVoid(operation) ?? throw new KernelException(Diagnostics.UnsupportedExpression, operation.Syntax.GetLocation(), operation.Syntax.ToString());

    Datum? ExpressionOrVoid(IOperation operation)
    {
        _cancel.ThrowIfCancellationRequested();
        if (operation.ConstantValue is { HasValue: true } constant && operation.Type != null && operation.Type.SpecialType != SpecialType.System_String && Shape.ScalarType(Substitute(operation.Type)) is { } type)
            return new Datum(ShapeOf(operation.Type, operation.Syntax), [ConstantOf(constant.Value, type)]);
        switch (operation)
        {
            case IParenthesizedOperation p:
                return Expression(p.Operand);
            case ILocalReferenceOperation or IParameterReferenceOperation or IFieldReferenceOperation or IArrayElementReferenceOperation or IInstanceReferenceOperation:
                return Read(PlaceOf(operation));
            case IPropertyReferenceOperation property:
                return Property(property);
            case IConversionOperation conversion:
                return Conversion(conversion);
            case ISimpleAssignmentOperation assignment:
                return Assign(assignment);
            case ICompoundAssignmentOperation compound:
                return CompoundAssign(compound);
            case IIncrementOrDecrementOperation increment:
                return Increment(increment);
            case IDeconstructionAssignmentOperation deconstruction:
                return Deconstruct(deconstruction);
            case IUnaryOperation unary:
                return Unary(unary);
            case IBinaryOperation binary:
                return Binary(binary);
            case IConditionalOperation conditional:
                return Conditional(conditional);
            case IInvocationOperation call:
                return Call(call);
            case IObjectCreationOperation creation:
                return Create(creation);
            case IDefaultValueOperation d:
                return Zero(ShapeOf(d.Type!, d.Syntax));
            case ITupleOperation tuple:
                return new Datum(ShapeOf(tuple.Type!, tuple.Syntax), [.. tuple.Elements.SelectMany(e => Expression(e).Leaves)]);
            case ISizeOfOperation size:
                return Number(_b.Int(ShapeOf(size.TypeOperand, size.Syntax).Size));
            case ISwitchExpressionOperation s:
                return SwitchExpression(s);
            case IIsPatternOperation pattern:
                return Number(Matches(Expression(pattern.Value), pattern.Pattern));
            case IDeclarationExpressionOperation declaration:
                return Expression(declaration.Expression);
            case IDiscardOperation:
                return null;
            case IInvalidOperation:
                throw new SourceErrorException();
            case IArrayCreationOperation or IAnonymousObjectCreationOperation or ICollectionExpressionOperation:
                throw new KernelException(Diagnostics.Allocation, operation.Syntax.GetLocation(), operation.Syntax.ToString());
            case IInterpolatedStringOperation or ILiteralOperation { Type.SpecialType: SpecialType.System_String }:
                throw new KernelException(Diagnostics.StringUsed, operation.Syntax.GetLocation());
            case IThrowOperation:
                throw new KernelException(Diagnostics.ExceptionUsed, operation.Syntax.GetLocation());
            case IAnonymousFunctionOperation or IDelegateCreationOperation or IMethodReferenceOperation:
                throw new KernelException(Diagnostics.DelegateUsed, operation.Syntax.GetLocation());
            default:
                if (operation.Type is { IsReferenceType: true } reference && operation.Type.SpecialType != SpecialType.System_String) throw UnsupportedType(reference, operation.Syntax.GetLocation());
                throw new KernelException(operation.Type?.SpecialType == SpecialType.System_String ? Diagnostics.StringUsed : Diagnostics.UnsupportedExpression, operation.Syntax.GetLocation(), operation.Syntax.ToString());
        }
    }

    // ---- places

    Place PlaceOf(IOperation operation)
    {
        switch (operation)
        {
            case IParenthesizedOperation p:
                return PlaceOf(p.Operand);
            case ILocalReferenceOperation local:
                if (local.IsDeclaration && _frame.Find(local.Local) == null) Declare(local.Local, null, local.Syntax);
                return _frame.Find(local.Local) ?? throw new KernelException(Diagnostics.UnsupportedExpression, local.Syntax.GetLocation(), local.Local.Name);
            case IDeclarationExpressionOperation d:
                return PlaceOf(d.Expression);
            case IParameterReferenceOperation parameter:
                return _frame.Find(parameter.Parameter) ?? throw new KernelException(Diagnostics.UnsupportedExpression, parameter.Syntax.GetLocation(), parameter.Parameter.Name);
            case IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ContainingTypeInstance } self:
                return _frame.This ?? throw new KernelException(Diagnostics.UnsupportedExpression, self.Syntax.GetLocation(), "this");
            case IInstanceReferenceOperation { ReferenceKind: InstanceReferenceKind.ImplicitReceiver }:
                return _initializing.Peek();
            case IFieldReferenceOperation field:
                return FieldPlace(field);
            case IPropertyReferenceOperation property when IsViewIndexer(property):
                return Element(property);
            case IPropertyReferenceOperation { Instance: { } instance } property when ShapeFieldOf(property) is { } name:
                return Member(PlaceOf(instance), name);
            case IConversionOperation { IsImplicit: true, Conversion.IsIdentity: true } c:
                return PlaceOf(c.Operand);
            case IDiscardOperation discard:
                return NewVariable(Zero(ShapeOf(discard.Type!, discard.Syntax)));
            case IArrayElementReferenceOperation array:
                throw new KernelException(Diagnostics.NotAKernelArray, array.Syntax.GetLocation(), array.ArrayReference.Syntax.ToString());
            case IInvocationOperation { TargetMethod.RefKind: not RefKind.None } call:
                throw new KernelException(Diagnostics.PartialWrite, call.Syntax.GetLocation(), call.Syntax.ToString());
            default:
                return new ValuePlace(Expression(operation));
        }
    }

    readonly Stack<Place> _initializing = new();

    /// <summary>A property that is a field in disguise: an auto-property, or a field-like property of a vocabulary struct.</summary>
    string? ShapeFieldOf(IPropertyReferenceOperation property)
    {
        if (property.Instance?.Type is not { IsValueType: true } type || property.Arguments.Length > 0) return null;
        IPropertySymbol definition = property.Property.OriginalDefinition;
        if (Symbols.InVocabulary(definition.ContainingType) && definition.ContainingType.Name is "Index2D" or "Index3D") return definition.Name;
        bool auto = definition.ContainingType.GetMembers().OfType<IFieldSymbol>().Any(f => SymbolEqualityComparer.Default.Equals(f.AssociatedSymbol, definition));
        return auto && ShapeOf(type, property.Syntax).Fields.Any(f => f.Name == definition.Name) ? definition.Name : null;
    }

    Place FieldPlace(IFieldReferenceOperation field)
    {
        if (field.Instance == null)
        {
            // Static read-only zero or default of a vocabulary type is a property there; other statics have no place in a kernel.
            throw new KernelException(Diagnostics.MutableStatic, field.Syntax.GetLocation(), field.Field.ToDisplayString(SymbolDisplayFormat.CSharpShortErrorMessageFormat));
        }

        Place instance = PlaceOf(field.Instance);
        string name = Shape.FieldName(field.Field);
        if (!instance.Shape.Fields.Any(f => f.Name == name)) throw new KernelException(Diagnostics.UnsupportedExpression, field.Syntax.GetLocation(), field.Syntax.ToString());
        return Member(instance, name);
    }

    // ---- assignment

    Datum Assign(ISimpleAssignmentOperation a)
    {
        if (a.IsRef)
        {
            if (a.Target is not ILocalReferenceOperation l) throw new KernelException(Diagnostics.PartialWrite, a.Syntax.GetLocation(), a.Target.Syntax.ToString());
            Place aliased = PlaceOf(a.Value);
            _frame.Places[l.Local] = aliased;
            return Read(aliased);
        }

        if (a.Target is IDiscardOperation) return Expression(a.Value);
        if (a.Target is IPropertyReferenceOperation property && PropertySetter(property) is { } setter) return setter(Expression(a.Value));
        Place place = PlaceOf(a.Target);
        Datum value = Expression(a.Value);
        Write(place, value, a.Syntax);
        return value;
    }

    Datum CompoundAssign(ICompoundAssignmentOperation c)
    {
        RejectChecked(c.IsChecked, c.Syntax);
        if (c.Target is IPropertyReferenceOperation property && PropertySetter(property) is { } setter)
            return setter(Combine(c, Expression(c.Target)));
        Place place = PlaceOf(c.Target);
        Datum result = Combine(c, Read(place));
        Write(place, result, c.Syntax);
        return result;
    }

    Datum Combine(ICompoundAssignmentOperation c, Datum current)
    {
        Shape target = ShapeOf(c.Target.Type!, c.Syntax);
        if (c.OperatorMethod is { } method && !IsSmallFloat(method.ContainingType)) return Inline(method, null, [new ValuePlace(current), new ValuePlace(Expression(c.Value))], c.Syntax) ?? throw Unsupported(c);
        Value x = current.Value;
        if (c.OperatorKind is BinaryOperatorKind.LeftShift or BinaryOperatorKind.RightShift or BinaryOperatorKind.UnsignedRightShift)
            return new Datum(target, [ConvertTo(Shift(c.OperatorKind, Promote(x), Expression(c.Value).Value), target.Leaves[0].Type)]);
        Value y = Expression(c.Value).Value;
        IrType work = c.OperatorMethod != null ? IrType.F32 : Common(Promote(x).Type, Promote(y).Type);
        Value r = Arithmetic(c.OperatorKind, ConvertTo(x, x.Type == IrType.Pred ? IrType.Pred : work), ConvertTo(y, x.Type == IrType.Pred ? IrType.Pred : work), c.Syntax);
        return new Datum(target, [ConvertTo(r, target.Leaves[0].Type)]);
    }

    Datum Increment(IIncrementOrDecrementOperation i)
    {
        RejectChecked(i.IsChecked, i.Syntax);
        Place place = PlaceOf(i.Target);
        Datum before = Read(place);
        Value x = Promote(before.Value);
        Value one = x.Type.IsFloat() ? ConvertTo(_b.Float(1f), x.Type) : _b.Const(x.Type, 1);
        Value after = ConvertTo(_b.Binary(i.Kind == OperationKind.Increment ? Opcode.Add : Opcode.Sub, x, one), before.Value.Type);
        var result = new Datum(before.Shape, [after]);
        Write(place, result, i.Syntax);
        return i.IsPostfix ? before : result;
    }

    Datum Deconstruct(IDeconstructionAssignmentOperation d)
    {
        Datum value = Expression(d.Value);
        IOperation target = d.Target is IDeclarationExpressionOperation e ? e.Expression : d.Target;
        if (target is not ITupleOperation tuple || value.Shape.Fields.Count != tuple.Elements.Length) throw Unsupported(d);
        for (int i = 0; i < tuple.Elements.Length; i++)
        {
            (string _, int first, Shape shape) = value.Shape.Fields[i];
            IOperation element = tuple.Elements[i];
            if (element is IDiscardOperation) continue;
            Place place = PlaceOf(element);
            Datum part = value.Part(first, shape);
            if (part.Leaves.Length == 1 && place.Shape.IsScalar) part = new Datum(place.Shape, [ConvertTo(part.Value, place.Shape.Leaves[0].Type)]);
            Write(place, part, d.Syntax);
        }

        return value;
    }

    // ---- operators

    Datum Unary(IUnaryOperation u)
    {
        RejectChecked(u.IsChecked, u.Syntax);
        if (u.OperatorMethod is { } method && !IsSmallFloat(method.ContainingType)) return Inline(method, null, [PlaceOf(u.Operand)], u.Syntax) ?? throw Unsupported(u);
        Datum operand = Expression(u.Operand);
        Value x = operand.Value;
        if (u.OperatorMethod != null)
        {
            // Half and bfloat16: the sign bit flips.
            if (u.OperatorKind != UnaryOperatorKind.Minus) return operand;
            Value bits = _b.Convert(_b.Pure(Opcode.Bitcast, IrType.U16, [x]), IrType.U32);
            return new Datum(operand.Shape, [_b.Pure(Opcode.Bitcast, x.Type, [_b.Convert(_b.Binary(Opcode.Xor, bits, _b.Const(IrType.U32, 0x8000)), IrType.U16)])]);
        }

        if (u.OperatorKind == UnaryOperatorKind.Not) return Number(_b.Pure(Opcode.Not, IrType.Pred, [x]));
        IrType result = ScalarOf(u.Type!, u.Syntax);
        Value y = ConvertTo(x, result);
        return u.OperatorKind switch
        {
            UnaryOperatorKind.Minus => new Datum(ShapeOf(u.Type!, u.Syntax), [_b.Pure(Opcode.Neg, result, [y])]),
            UnaryOperatorKind.BitwiseNegation => new Datum(ShapeOf(u.Type!, u.Syntax), [_b.Pure(Opcode.Not, result, [y])]),
            UnaryOperatorKind.Plus => new Datum(ShapeOf(u.Type!, u.Syntax), [y]),
            _ => throw Unsupported(u),
        };
    }

    Datum Binary(IBinaryOperation b)
    {
        RejectChecked(b.IsChecked && b.OperatorKind is BinaryOperatorKind.Add or BinaryOperatorKind.Subtract or BinaryOperatorKind.Multiply, b.Syntax);
        if (b.OperatorKind is BinaryOperatorKind.ConditionalAnd or BinaryOperatorKind.ConditionalOr) return ShortCircuit(b);
        if (TypeTest(b) is { } known) return Number(_b.Bool(known));
        if (b.OperatorMethod is { } method && !IsSmallFloat(method.ContainingType))
        {
            if (Symbols.InVocabulary(method.ContainingType)) return VocabularyOperator(method, b);
            return Inline(method, null, [new ValuePlace(Expression(b.LeftOperand)), new ValuePlace(Expression(b.RightOperand))], b.Syntax) ?? throw Unsupported(b);
        }

        Value x = Expression(b.LeftOperand).Value, y = Expression(b.RightOperand).Value;
        Shape result = ShapeOf(b.Type!, b.Syntax);
        if (b.OperatorMethod != null)
        {
            Value r = IsComparison(b.OperatorKind)
                ? _b.Compare(ComparisonOf(b.OperatorKind), ConvertTo(x, IrType.F32), ConvertTo(y, IrType.F32))
                : ConvertTo(Arithmetic(b.OperatorKind, ConvertTo(x, IrType.F32), ConvertTo(y, IrType.F32), b.Syntax), result.Leaves[0].Type);
            return new Datum(result, [r]);
        }

        if (b.OperatorKind is BinaryOperatorKind.LeftShift or BinaryOperatorKind.RightShift or BinaryOperatorKind.UnsignedRightShift)
            return new Datum(result, [Shift(b.OperatorKind, ConvertTo(x, result.Leaves[0].Type), y)]);
        if (IsComparison(b.OperatorKind))
        {
            // Roslyn has converted both sides to the common type, but enums and chars compare as their numbers.
            (x, y) = (Promote(x), Promote(y));
            IrType common = x.Type == IrType.Pred ? IrType.Pred : Common(x.Type, y.Type);
            return new Datum(result, [_b.Compare(ComparisonOf(b.OperatorKind), ConvertTo(x, common), ConvertTo(y, common))]);
        }

        IrType type = result.Leaves[0].Type;
        IrType work = type is IrType.S8 or IrType.U8 or IrType.S16 or IrType.U16 ? IrType.S32 : type;
        return new Datum(result, [ConvertTo(Arithmetic(b.OperatorKind, ConvertTo(x, work), ConvertTo(y, work), b.Syntax), type)]);
    }

    static bool IsComparison(BinaryOperatorKind k) => k is BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals or BinaryOperatorKind.LessThan or BinaryOperatorKind.LessThanOrEqual or BinaryOperatorKind.GreaterThan or BinaryOperatorKind.GreaterThanOrEqual;

    Value Arithmetic(BinaryOperatorKind kind, Value x, Value y, SyntaxNode at) => kind switch
    {
        BinaryOperatorKind.Add => _b.Binary(Opcode.Add, x, y),
        BinaryOperatorKind.Subtract => _b.Binary(Opcode.Sub, x, y),
        BinaryOperatorKind.Multiply => _b.Binary(Opcode.Mul, x, y),
        BinaryOperatorKind.Divide => _b.Binary(Opcode.Div, x, y),
        BinaryOperatorKind.Remainder => _b.Binary(Opcode.Rem, x, y),
        BinaryOperatorKind.And => _b.Binary(Opcode.And, x, y),
        BinaryOperatorKind.Or => _b.Binary(Opcode.Or, x, y),
        BinaryOperatorKind.ExclusiveOr => _b.Binary(Opcode.Xor, x, y),
        _ => throw new KernelException(Diagnostics.UnsupportedExpression, at.GetLocation(), at.ToString()),
    };

    Value Shift(BinaryOperatorKind kind, Value x, Value count)
    {
        Value n = ConvertTo(count, IrType.S32);
        if (n.IsConst) n = _b.Int((int)n.ConstBits & ((x.Type.Size() * 8) - 1));
        if (kind == BinaryOperatorKind.LeftShift) return _b.Pure(Opcode.Shl, x.Type, [x, n]);
        if (kind == BinaryOperatorKind.RightShift || !x.Type.IsSigned()) return _b.Pure(Opcode.Shr, x.Type, [x, n]);
        IrType unsigned = x.Type == IrType.S32 ? IrType.U32 : IrType.U64;
        return _b.Pure(Opcode.Bitcast, x.Type, [_b.Pure(Opcode.Shr, unsigned, [_b.Pure(Opcode.Bitcast, unsigned, [x]), n])]);
    }

    Datum ShortCircuit(IBinaryOperation b)
    {
        bool and = b.OperatorKind == BinaryOperatorKind.ConditionalAnd;
        Value left = Expression(b.LeftOperand).Value;
        int slot = NewSlot(_b.Bool(!and));
        void Right() => _slots[slot] = Expression(b.RightOperand).Value;
        void Known() => _slots[slot] = _b.Bool(!and);
        Branch(left, and ? Right : Known, and ? Known : Right);
        return Number(_slots[slot]);
    }

    Datum Conditional(IConditionalOperation c)
    {
        Value condition = Expression(c.Condition).Value;
        Shape shape = ShapeOf(c.Type!, c.Syntax);
        if (condition.IsConst) return Expression(condition.ConstBits != 0 ? c.WhenTrue : c.WhenFalse!);
        int[] slots = [.. Zero(shape).Leaves.Select(NewSlot)];
        void Arm(IOperation o)
        {
            Datum d = Expression(o);
            if (d.Registers != null) throw new KernelException(Diagnostics.ViewInRegisters, o.Syntax.GetLocation(), "LocalMemory cannot be chosen at run time; it is an array of registers");
            for (int i = 0; i < slots.Length; i++) _slots[slots[i]] = d.Leaves[i];
        }

        Branch(condition, () => Arm(c.WhenTrue), () => Arm(c.WhenFalse!));
        return new Datum(shape, [.. slots.Select(s => _slots[s])]);
    }

    Datum SwitchExpression(ISwitchExpressionOperation s)
    {
        Datum value = Expression(s.Value);
        int kept = TemporarySlots(value);
        Shape shape = ShapeOf(s.Type!, s.Syntax);
        int first = TemporarySlots(Zero(shape));
        Arm(0);
        return new Datum(shape, [.. Enumerable.Range(first, shape.Leaves.Length).Select(i => _slots[i])]);

        void Arm(int i)
        {
            if (i == s.Arms.Length) return;
            ISwitchExpressionArmOperation arm = s.Arms[i];
            if (arm.Guard != null) throw new KernelException(Diagnostics.UnsupportedExpression, arm.Syntax.GetLocation(), arm.Syntax.ToString());
            Datum tested = new(value.Shape, [.. Enumerable.Range(kept, value.Leaves.Length).Select(k => _slots[k])]);
            Branch(Matches(tested, arm.Pattern), () => Take(arm.Value), () => Arm(i + 1));
        }

        void Take(IOperation o)
        {
            if (o is IThrowOperation) throw new KernelException(Diagnostics.ExceptionUsed, o.Syntax.GetLocation());
            Datum d = Expression(o);
            for (int i = 0; i < d.Leaves.Length; i++) _slots[first + i] = d.Leaves[i];
        }
    }

    /// <summary>typeof(T) == typeof(float) is known for each specialisation.</summary>
    bool? TypeTest(IBinaryOperation b)
    {
        if (b.OperatorKind is not (BinaryOperatorKind.Equals or BinaryOperatorKind.NotEquals)) return null;
        if (b.LeftOperand is not ITypeOfOperation x || b.RightOperand is not ITypeOfOperation y) return null;
        bool same = SymbolEqualityComparer.Default.Equals(Substitute(x.TypeOperand), Substitute(y.TypeOperand));
        return same == (b.OperatorKind == BinaryOperatorKind.Equals);
    }

    // ---- conversions

    Datum Conversion(IConversionOperation c)
    {
        Datum value = Expression(c.Operand);
        Shape target = ShapeOf(c.Type!, c.Syntax);
        if (c.OperatorMethod is { } method && !IsSmallFloat(method.ContainingType))
        {
            if (value.Shape.IsScalar && target.IsScalar && Symbols.InVocabulary(method.ContainingType)) return new Datum(target, [ConvertTo(value.Value, target.Leaves[0].Type)]);
            return Inline(method, null, [new ValuePlace(value)], c.Syntax) ?? throw Unsupported(c);
        }

        if (!value.Shape.IsScalar || !target.IsScalar)
        {
            if (value.Leaves.Length == target.Leaves.Length) return value with { Shape = target, Leaves = [.. value.Leaves.Select((v, i) => v.Type.IsPointer() ? v : ConvertTo(v, target.Leaves[i].Type))] };
            throw Unsupported(c);
        }

        RejectChecked(c.IsChecked, c.Syntax);
        return new Datum(target, [ConvertTo(value.Value, target.Leaves[0].Type)]);
    }

    /// <summary>A C# numeric cast; sixteen-bit floats go through float, as their own operators do.</summary>
    Value ConvertTo(Value v, IrType to)
    {
        if (v.Type == to) return v;
        if (v.Type is IrType.F16 or IrType.BF16) return ConvertTo(_b.Convert(v, IrType.F32), to);
        if (to is IrType.F16 or IrType.BF16) return _b.Convert(v.Type == IrType.F64 ? DoubleToOddFloat(v) : ConvertTo(v, IrType.F32), to);
        if (v.Type.IsFloat() && to is IrType.S8 or IrType.U8 or IrType.S16 or IrType.U16) return _b.Convert(_b.Convert(v, IrType.S32), to);
        return _b.Convert(v, to);
    }

    /// <summary>double to float rounded to odd, so that the second rounding to sixteen bits is the only one that counts.</summary>
    Value DoubleToOddFloat(Value v)
    {
        Value f = _b.Convert(v, IrType.F32), back = _b.Convert(f, IrType.F64);
        Value bits = _b.Pure(Opcode.Bitcast, IrType.S32, [f]);
        Value exact = _b.Compare(Opcode.Eq, back, v), odd = _b.Compare(Opcode.Ne, _b.Binary(Opcode.And, bits, _b.Int(1)), _b.Int(0));
        Value nan = _b.Compare(Opcode.Ne, v, v);
        Value grew = _b.Compare(Opcode.Gt, _b.Pure(Opcode.Abs, IrType.F64, [back]), _b.Pure(Opcode.Abs, IrType.F64, [v]));
        Value moved = _b.Select(grew, _b.Binary(Opcode.Sub, bits, _b.Int(1)), _b.Binary(Opcode.Add, bits, _b.Int(1)));
        Value keep = _b.Binary(Opcode.Or, _b.Binary(Opcode.Or, exact, odd), nan);
        return _b.Pure(Opcode.Bitcast, IrType.F32, [_b.Select(keep, bits, moved)]);
    }

    /// <summary>Below int everything computes as int; sixteen-bit floats as float.</summary>
    Value Promote(Value v) => v.Type switch
    {
        IrType.S8 or IrType.U8 or IrType.S16 or IrType.U16 => _b.Convert(v, IrType.S32),
        IrType.F16 or IrType.BF16 => _b.Convert(v, IrType.F32),
        _ => v,
    };

    static IrType Common(IrType x, IrType y)
    {
        if (x == y) return x;
        if (x == IrType.F64 || y == IrType.F64) return IrType.F64;
        if (x == IrType.F32 || y == IrType.F32) return IrType.F32;
        if (x == IrType.U64 || y == IrType.U64) return IrType.U64;
        if (x == IrType.S64 || y == IrType.S64) return IrType.S64;
        return x == IrType.U32 && y == IrType.U32 ? IrType.U32 : x == IrType.U32 || y == IrType.U32 ? IrType.S64 : IrType.S32;
    }

    static bool IsSmallFloat(ITypeSymbol type) => Shape.ScalarType(type) is IrType.F16 or IrType.BF16;

    static void RejectChecked(bool isChecked, SyntaxNode at)
    {
        if (isChecked) throw new KernelException(Diagnostics.CheckedArithmetic, at.GetLocation());
    }

    static KernelException Unsupported(IOperation operation) => new(Diagnostics.UnsupportedExpression, operation.Syntax.GetLocation(), operation.Syntax.ToString());
}
