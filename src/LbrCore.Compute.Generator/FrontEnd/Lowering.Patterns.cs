using System;
using System.Collections.Generic;
using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// switch statements, switch expressions and the patterns of both.
internal sealed partial class Lowering
{
    void Switch(ISwitchOperation s)
    {
        Shape shape = ShapeOf(s.Value.Type!, s.Syntax);
        int kept = TemporarySlots(Expression(s.Value));
        var target = new JumpTarget(false, NewSlot(_b.Bool(false)), NewSlot(_b.Bool(false)));
        _frame.Jumps.Add(target);
        ISwitchCaseOperation? fallback = s.Cases.FirstOrDefault(c => c.Clauses.Any(k => k is IDefaultCaseClauseOperation));
        Section(0);
        _frame.Jumps.RemoveAt(_frame.Jumps.Count - 1);

        void Section(int i)
        {
            while (i < s.Cases.Length && s.Cases[i].Clauses.All(k => k is IDefaultCaseClauseOperation)) i++;
            if (i == s.Cases.Length)
            {
                if (fallback != null) Statements(fallback.Body, 0);
                return;
            }

            ISwitchCaseOperation section = s.Cases[i];
            Value match = _b.Bool(false);
            foreach (ICaseClauseOperation clause in section.Clauses.Where(k => k is not IDefaultCaseClauseOperation)) match = Lazily(match, and: false, () => Clause(FromSlots(shape, kept), clause));
            Branch(match, () => Statements(section.Body, 0), () => Section(i + 1));
        }
    }

    Value Clause(Datum value, ICaseClauseOperation clause)
    {
        switch (clause)
        {
            case ISingleValueCaseClauseOperation single when value.Shape.IsScalar:
                return EqualsConstant(value.Value, single.Value);
            case IPatternCaseClauseOperation pattern:
                DeclareVariables(pattern.Pattern);
                Value match = Matches(value, pattern.Pattern);
                return pattern.Guard == null ? match : Lazily(match, and: true, () => ScalarExpression(pattern.Guard));
            default:
                throw Unsupported(clause);
        }
    }

    Datum SwitchExpression(ISwitchExpressionOperation s)
    {
        if (!s.IsExhaustive) throw new KernelException(Diagnostics.ExceptionUsed, s.Syntax.GetLocation(), ", and this switch expression throws where no arm matches, so give it an arm '_ => ...'");
        Datum value = Expression(s.Value);
        int kept = TemporarySlots(value);
        Shape shape = ShapeOf(s.Type!, s.Syntax);
        int first = TemporarySlots(Zero(shape));
        Arm(0);
        return FromSlots(shape, first);

        void Arm(int i)
        {
            if (i == s.Arms.Length) return;
            ISwitchExpressionArmOperation arm = s.Arms[i];
            DeclareVariables(arm.Pattern);
            Value match = Matches(FromSlots(value.Shape, kept), arm.Pattern);
            if (arm.Guard is { } guard) match = Lazily(match, and: true, () => ScalarExpression(guard));
            if (i == s.Arms.Length - 1) Choose(arm.Value, first);
            else Branch(match, () => Choose(arm.Value, first), () => Arm(i + 1));
        }
    }

    /// <summary>left &amp;&amp; right, or left || right: the right side is evaluated only where the left does not decide.</summary>
    Value Lazily(Value left, bool and, Func<Value> right)
    {
        int slot = NewSlot(_b.Bool(!and));
        void Right() => _slots[slot] = right();
        void Known() => _slots[slot] = _b.Bool(!and);
        Branch(left, and ? Right : Known, and ? Known : Right);
        return _slots[slot];
    }

    // ---- patterns

    /// <summary>Pattern variables exist before the pattern is tried, whichever part of it sets them.</summary>
    void DeclareVariables(IPatternOperation pattern)
    {
        foreach (IOperation o in pattern.DescendantsAndSelf())
        {
            ISymbol? declared = o switch { IDeclarationPatternOperation d => d.DeclaredSymbol, IRecursivePatternOperation r => r.DeclaredSymbol, _ => null };
            // The condition of a loop is lowered twice and means the same variable both times.
            if (declared is ILocalSymbol local && !(_frame.Find(local) is SlotPlace { Registers: null } known && IsAlive(known))) Declare(local, null, o.Syntax);
        }
    }

    Value Matches(Datum value, IPatternOperation pattern)
    {
        switch (pattern)
        {
            case IConstantPatternOperation { Value.ConstantValue: { HasValue: true, Value: null } }:
                return _b.Bool(false);
            case IConstantPatternOperation c when value.Shape.IsScalar:
                return EqualsConstant(value.Value, c.Value);
            case IDiscardPatternOperation:
                return _b.Bool(true);
            case INegatedPatternOperation n:
                return _b.Pure(Opcode.Not, IrType.Pred, [Matches(value, n.Pattern)]);
            case IBinaryPatternOperation b:
                return Lazily(Matches(value, b.LeftPattern), b.OperatorKind == BinaryOperatorKind.And, () => Matches(value, b.RightPattern));
            case IRelationalPatternOperation r when value.Shape.IsScalar:
                Value x = Promote(value.Value);
                return _b.Compare(ComparisonOf(r.OperatorKind), x, ConvertTo(ScalarExpression(r.Value), x.Type));
            case ITypePatternOperation t:
                return _b.Bool(IsOfType(value, t.MatchedType));
            case IDeclarationPatternOperation d:
                if (d.MatchedType != null && !d.MatchesNull && !IsOfType(value, d.MatchedType)) return _b.Bool(false);
                Bind(d.DeclaredSymbol, value, d.Syntax);
                return _b.Bool(true);
            case IRecursivePatternOperation r:
                return MatchesParts(value, r);
            default:
                throw Unsupported(pattern);
        }
    }

    bool IsOfType(Datum value, ITypeSymbol type) => SymbolEqualityComparer.Default.Equals(value.Shape.Symbol, Substitute(type));

    void Bind(ISymbol? variable, Datum value, SyntaxNode at)
    {
        if (variable != null) Write(_frame.Find(variable)!, value, at);
    }

    Value MatchesParts(Datum value, IRecursivePatternOperation r)
    {
        if (!IsOfType(value, r.MatchedType)) return _b.Bool(false);
        var tests = new List<Func<Value>>();
        if (r.DeconstructionSubpatterns.Length > 0)
        {
            Datum[] parts = r.DeconstructSymbol is IMethodSymbol method ? Deconstructed(value, method, r) : [.. value.Shape.Fields.Select(f => value.Part(f.First, f.Shape))];
            if (parts.Length != r.DeconstructionSubpatterns.Length) throw Unsupported(r);
            tests.AddRange(parts.Zip(r.DeconstructionSubpatterns, (part, sub) => (Func<Value>)(() => Matches(part, sub))));
        }

        tests.AddRange(r.PropertySubpatterns.Select(sub => (Func<Value>)(() => Matches(MemberOf(value, sub.Member), sub.Pattern))));
        Value match = _b.Bool(true);
        foreach (Func<Value> test in tests) match = Lazily(match, and: true, test);
        Bind(r.DeclaredSymbol, value, r.Syntax);
        return match;
    }

    Datum MemberOf(Datum value, IOperation member)
    {
        _receivers.Push(new ValuePlace(value));
        Datum result = Expression(member);
        _receivers.Pop();
        return result;
    }

    /// <summary>A constant matches what equals it; NaN matches NaN.</summary>
    Value EqualsConstant(Value value, IOperation constant)
    {
        Value x = Promote(value), c = ConvertTo(ScalarExpression(constant), x.Type);
        bool nan = c.IsConst && ((x.Type == IrType.F32 && float.IsNaN(Constants.ToFloat(c.ConstBits))) || (x.Type == IrType.F64 && double.IsNaN(Constants.ToDouble(c.ConstBits))));
        return nan ? _b.Compare(Opcode.Ne, x, x) : _b.Compare(Opcode.Eq, x, c);
    }
}
