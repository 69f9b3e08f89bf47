using System.Collections.Generic;
using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// Assignment in all its forms.
internal sealed partial class Lowering
{
    Datum Assign(ISimpleAssignmentOperation a)
    {
        if (a.IsRef) return Rebind(a);
        if (a.Target is IDiscardOperation) return Expression(a.Value);
        Place place = PlaceOf(a.Target);
        Datum value = Expression(a.Value);
        Write(place, value, a.Target.Syntax);
        return value;
    }

    /// <summary>A ref local gets another variable: that is a change of names, so it must happen on every way through the code.</summary>
    Datum Rebind(ISimpleAssignmentOperation a)
    {
        Place aliased = PlaceOf(a.Value);
        if (a.Target is not ILocalReferenceOperation l || aliased is ValuePlace or PropertyPlace || !_frame.Regions.TryGetValue(l.Local, out Region? declared) || !ReferenceEquals(declared, _b.Current))
            throw new KernelException(Diagnostics.PartialWrite, a.Syntax.GetLocation(), OneLine(a.Value.Syntax));
        _frame.Places[l.Local] = aliased;
        return Read(aliased);
    }

    Datum CompoundAssign(ICompoundAssignmentOperation c)
    {
        RejectChecked(c.IsChecked, c.Syntax);
        Place place = PlaceOf(c.Target);
        Datum result = Combine(c, Read(place));
        Write(place, result, c.Target.Syntax);
        return result;
    }

    Datum Combine(ICompoundAssignmentOperation c, Datum current)
    {
        Shape target = ShapeOf(c.Target.Type!, c.Syntax);
        Datum operand = Expression(c.Value);
        if (c.OperatorMethod is { } method && OperatorOf(method, c.ConstrainedToType, c.Syntax) is { } own) return UserOperator(own, c.OperatorKind, current, operand, c);
        if (!current.Shape.IsScalar || !operand.Shape.IsScalar || !target.IsScalar) throw Unsupported(c);
        return new Datum(target, [Builtin(c.OperatorKind, current.Value, operand.Value, target.Leaves[0].Type, c.OperatorMethod != null, c.Syntax)]);
    }

    Datum Increment(IIncrementOrDecrementOperation i)
    {
        RejectChecked(i.IsChecked, i.Syntax);
        Place place = PlaceOf(i.Target);
        Datum before = Read(place);
        Datum after;
        if (i.OperatorMethod is { } method && OperatorOf(method, i.ConstrainedToType, i.Syntax) is { } own)
        {
            after = Inline(own, null, [new ValuePlace(before)], i.Syntax) ?? throw Unsupported(i);
        }
        else
        {
            if (!before.Shape.IsScalar) throw Unsupported(i);
            Value x = Promote(before.Value);
            Value one = x.Type.IsFloat() ? ConvertTo(_b.Float(1f), x.Type) : _b.Const(x.Type, 1);
            after = new Datum(before.Shape, [ConvertTo(_b.Binary(i.Kind == OperationKind.Increment ? Opcode.Add : Opcode.Sub, x, one), before.Value.Type)]);
        }

        Write(place, after, i.Target.Syntax);
        return i.IsPostfix ? before : after;
    }

    // ---- deconstruction

    Datum Deconstruct(IDeconstructionAssignmentOperation d)
    {
        // C# evaluates what is assigned to before what is assigned.
        object targets = Targets(d.Target);
        Datum value = Expression(d.Value);
        SemanticModel model = ModelOf(d.Syntax.SyntaxTree);
        DeconstructionInfo info = d.Syntax switch
        {
            AssignmentExpressionSyntax a => model.GetDeconstructionInfo(a),
            _ => throw Unsupported(d),
        };
        Spread(targets, value, info, d);
        return value;
    }

    /// <summary>The places of a tuple of targets: a Place, null for a discard, or an array of these.</summary>
    object Targets(IOperation target)
    {
        if (target is IDeclarationExpressionOperation { Expression: ITupleOperation inner }) target = inner;
        if (target is ITupleOperation tuple) return tuple.Elements.Select(Targets).ToArray();
        return target is IDiscardOperation ? s_discarded : PlaceOf(target);
    }

    static readonly object s_discarded = new();

    void Spread(object target, Datum value, DeconstructionInfo info, IDeconstructionAssignmentOperation d)
    {
        if (ReferenceEquals(target, s_discarded)) return;
        if (target is Place place)
        {
            Write(place, Converted(value, place.Shape, d), d.Syntax);
            return;
        }

        object[] targets = (object[])target;
        Datum[] parts = Parts(value, info, targets.Length, d);
        for (int i = 0; i < targets.Length; i++) Spread(targets[i], parts[i], i < info.Nested.Length ? info.Nested[i] : default, d);
    }

    Datum[] Parts(Datum value, DeconstructionInfo info, int count, IOperation at)
    {
        if (info.Method is not { } method)
            return value.Shape.Symbol.IsTupleType && value.Shape.Fields.Count == count ? [.. value.Shape.Fields.Select(f => value.Part(f.First, f.Shape))] : throw Unsupported(at);
        return Deconstructed(value, method, at);
    }

    /// <summary>What a Deconstruct method gives; a positional record's own is made by the compiler and gives its positional properties.</summary>
    Datum[] Deconstructed(Datum value, IMethodSymbol method, IOperation at)
    {
        if (method.OriginalDefinition.IsImplicitlyDeclared || method.OriginalDefinition.DeclaringSyntaxReferences.Length == 0)
        {
            return [.. method.Parameters.Select(p => value.Shape.Fields.Where(f => f.Name == p.Name).Select(f => value.Part(f.First, f.Shape)).FirstOrDefault() ?? throw Unsupported(at))];
        }

        bool extension = method.IsStatic;
        var parts = new List<SlotPlace>();
        foreach (IParameterSymbol p in method.Parameters.Skip(extension ? 1 : 0)) parts.Add(NewVariable(Zero(ShapeOf(p.Type, at.Syntax))));
        Inline(method, extension ? null : new ValuePlace(value), extension ? [new ValuePlace(value), .. parts] : [.. parts], at.Syntax);
        return [.. parts.Select(Read)];
    }

    /// <summary>The implicit conversion of a deconstructed part to its target.</summary>
    Datum Converted(Datum part, Shape to, IOperation at)
    {
        if (SymbolEqualityComparer.Default.Equals(part.Shape.Symbol, to.Symbol) || part.Registers != null) return part;
        if (part.Shape.IsScalar && to.IsScalar) return new Datum(to, [ConvertTo(part.Value, to.Leaves[0].Type)]);
        return part.Leaves.Length == to.Leaves.Length && part.Shape.Symbol.IsTupleType ? Leafwise(part, to) : part.Shape.IsView && to.IsView ? part : throw Unsupported(at);
    }
}
