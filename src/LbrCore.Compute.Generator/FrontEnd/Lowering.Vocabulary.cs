using System.Linq;
using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// Properties of the vocabulary.
internal sealed partial class Lowering
{
    Datum? IntrinsicProperty(IPropertyReferenceOperation p)
    {
        string key = p.Property.ContainingType.Name + "." + p.Property.Name;
        if (p.Instance?.Type is { Name: "ArrayView" })
        {
            Datum view = Expression(p.Instance);
            Value length = view.Registers is { } r ? r.RunTime?.Length ?? _b.Long(r.Length) : view.Leaves[1];
            switch (p.Property.Name)
            {
                case "Length": return Number(length);
                case "IntLength": return Number(_b.Convert(length, IrType.S32));
                case "IsValid": return Number(_b.Compare(Opcode.Gt, length, _b.Long(0)));
                default: throw Unsupported(p);
            }
        }

        if (p.Instance?.Type is { Name: "Packed" }) return p.Property.IsIndexer ? GetPacked(Expression(p.Instance), ScalarExpression(p.Arguments[0].Value), p.Syntax) : null;
        if (p.Instance?.Type is { Name: "BFloat16" } && p.Property.Name == "Bits") return new Datum(ShapeOf(p.Type!, p.Syntax), [_b.Pure(Opcode.Bitcast, IrType.U16, [ScalarExpression(p.Instance)])]);
        if (p.Instance?.Type is { Name: "Index1D" } && p.Property.Name == "X") return Number(ScalarExpression(p.Instance));
        if (p.Instance?.Type is { Name: "BFloat16x2" or "Half2" } pair && p.Property.Name is "Low" or "High")
            return Number(_b.Pure(p.Property.Name == "Low" ? Opcode.UnpackLow : Opcode.UnpackHigh, IrType.F32, [Expression(p.Instance).Leaves[0]], pair.Name == "Half2" ? 1 : 0));
        switch (key)
        {
            case "Packed.Count":
                return Number(_b.Int(16 / PackedElement(p.Property.ContainingType, p.Syntax).Size));
            case "ArrayView.Empty":
                return Zero(ShapeOf(p.Type!, p.Syntax));
            case "Target.IsCuda":
                return Number(_b.Bool(_machine == Machine.Ptx));
            case "Warp.LaneIdx": return Number(_b.Special(SpecialRegister.LaneIdx));
            case "Warp.WarpIdx": return Number(_b.Special(SpecialRegister.WarpIdx));
            case "Grid.GlobalIndex":
                return new Datum(ShapeOf(p.Type!, p.Syntax), [.. Enumerable.Range(0, 3).Select(i => _b.Binary(Opcode.Add, _b.Binary(Opcode.Mul, _b.Special(SpecialRegister.GridIdxX + i), Dimension(i)), GroupIndex(i)))]);
            case "Group.LinearIndex":
                return Number(LinearIndex());
            case "Group.Dimension":
                return Number(GroupDimension());
        }

        string name = p.Property.Name;
        if (name.Length == 4 && name[3] is 'X' or 'Y' or 'Z')
        {
            int axis = name[3] - 'X';
            switch (p.Property.ContainingType.Name + "." + name.Substring(0, 3))
            {
                case "Grid.Idx": return Number(_b.Special(SpecialRegister.GridIdxX + axis));
                case "Grid.Dim": return Number(_b.Special(SpecialRegister.GridDimX + axis));
                case "Group.Idx": return Number(GroupIndex(axis));
                case "Group.Dim": return Number(Dimension(axis));
            }
        }

        return null;
    }

    /// <summary>A fixed group size is one-dimensional, and a constant.</summary>
    Value Dimension(int axis) => _options.GroupSize > 0 ? _b.Int(axis == 0 ? _options.GroupSize : 1) : _b.Special(SpecialRegister.GroupDimX + axis);

    Value GroupIndex(int axis) => _options.GroupSize > 0 && axis > 0 ? _b.Int(0) : _b.Special(SpecialRegister.GroupIdxX + axis);

    Value LinearIndex() => _options.GroupSize > 0 ? GroupIndex(0)
        : _b.Binary(Opcode.Add, GroupIndex(0), _b.Binary(Opcode.Mul, Dimension(0), _b.Binary(Opcode.Add, GroupIndex(1), _b.Binary(Opcode.Mul, Dimension(1), GroupIndex(2)))));

    Value GroupDimension() => _b.Binary(Opcode.Mul, Dimension(0), _b.Binary(Opcode.Mul, Dimension(1), Dimension(2)));
}
