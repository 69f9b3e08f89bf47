using LbrCore.Compute.Generator.IR;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace LbrCore.Compute.Generator.FrontEnd;

// Packed values and pairs of sixteen-bit floats.
internal sealed partial class Lowering
{
    Datum? PackedMember(string name, Place packed, Datum[] a, IInvocationOperation call)
    {
        switch (name)
        {
            case "GetFloat":
                Datum words = Read(packed);
                Datum element = GetPacked(words, a[0].Value, call.Syntax);
                if (element.Value.Type is not (IrType.F16 or IrType.BF16)) return ConvertElement(element, Scalar(SpecialType.System_Single), call.Syntax);
                int at = (int)a[0].Value.ConstInt!.Value;
                return Number(_b.Pure(at % 2 == 0 ? Opcode.UnpackLow : Opcode.UnpackHigh, IrType.F32, [words.Leaves[at / 2]], element.Value.Type == IrType.F16 ? 1 : 0));
            case "SetFloat":
                SetPacked(packed, a[0].Value, ConvertElement(a[1], PackedElement(packed.Shape.Symbol, call.Syntax), call.Syntax).Value, call.Syntax);
                return null;
            case "GetWord":
                return Number(Read(packed).Leaves[PackedIndex(a[0].Value, 4, call.Syntax)]);
            case "SetWord":
                Datum all = Read(packed);
                Value[] changed = [.. all.Leaves];
                changed[PackedIndex(a[0].Value, 4, call.Syntax)] = a[1].Value;
                Write(packed, all with { Leaves = changed }, call.Syntax);
                return null;
            default:
                throw Unsupported(call);
        }
    }

    Shape PackedElement(ITypeSymbol packed, SyntaxNode at)
    {
        Shape element = ShapeOf(((INamedTypeSymbol)Substitute(packed)).TypeArguments[0], at);
        return element.IsScalar ? element : throw Unsupported(element.Symbol, at.GetLocation(), " as an element of Packed, which are single numbers");
    }

    int PackedIndex(Value index, int count, SyntaxNode at)
    {
        long i = index.ConstInt ?? throw NeedConstant(at, "the index of a packed value");
        return i >= 0 && i < count ? (int)i : throw new KernelException(Diagnostics.ViewInRegisters, at.GetLocation(), $"Index {i} is outside the {count} parts of a packed value");
    }

    Datum GetPacked(Datum packed, Value index, SyntaxNode at)
    {
        Shape element = PackedElement(packed.Shape.Symbol, at);
        IrType t = element.Leaves[0].Type;
        int size = element.Size, i = PackedIndex(index, 16 / size, at);
        Value v;
        if (size == 8)
        {
            Value low = _b.Convert(packed.Leaves[2 * i], IrType.U64), high = _b.Convert(packed.Leaves[(2 * i) + 1], IrType.U64);
            v = _b.Pure(Opcode.Bitcast, t, [_b.Binary(Opcode.Or, low, _b.Pure(Opcode.Shl, IrType.U64, [high, _b.Int(32)]))]);
        }
        else if (size == 4)
        {
            v = _b.Pure(Opcode.Bitcast, t, [packed.Leaves[i]]);
        }
        else
        {
            int perWord = 4 / size;
            Value word = _b.Pure(Opcode.Shr, IrType.U32, [packed.Leaves[i / perWord], _b.Int(i % perWord * size * 8)]);
            v = FromStored(_b.Pure(Opcode.Bitcast, Stored(t), [_b.Convert(word, size == 2 ? IrType.U16 : IrType.U8)]), t);
        }

        return new Datum(element, [v]);
    }

    void SetPacked(Place place, Value index, Value value, SyntaxNode at)
    {
        Datum all = Read(place);
        value = ToStored(value);
        int size = value.Type.Size(), i = PackedIndex(index, 16 / size, at);
        Value[] words = [.. all.Leaves];
        if (size == 8)
        {
            Value bits = _b.Pure(Opcode.Bitcast, IrType.U64, [value]);
            words[2 * i] = _b.Convert(bits, IrType.U32);
            words[(2 * i) + 1] = _b.Convert(_b.Pure(Opcode.Shr, IrType.U64, [bits, _b.Int(32)]), IrType.U32);
        }
        else if (size == 4)
        {
            words[i] = _b.Pure(Opcode.Bitcast, IrType.U32, [value]);
        }
        else
        {
            int perWord = 4 / size, shift = i % perWord * size * 8;
            uint mask = size == 2 ? 0xffffu : 0xffu;
            Value bits = _b.Pure(Opcode.Shl, IrType.U32, [_b.Convert(_b.Pure(Opcode.Bitcast, size == 2 ? IrType.U16 : IrType.U8, [value]), IrType.U32), _b.Int(shift)]);
            Value kept = _b.Binary(Opcode.And, words[i / perWord], _b.Const(IrType.U32, ~(mask << shift)));
            words[i / perWord] = _b.Binary(Opcode.Or, kept, bits);
        }

        Write(place, all with { Leaves = words }, at);
    }

    Datum PackedPair(string group, string name, Datum[] a, IInvocationOperation call)
    {
        int kind = group == "Half2" ? 1 : 0;
        Shape shape = ShapeOf(call.TargetMethod.ReturnType, call.Syntax);
        return name switch
        {
            "FromFloats" => new Datum(shape, [_b.Pure(Opcode.Pack2, IrType.U32, [a[0].Value, a[1].Value], kind)]),
            "Fma" => new Datum(shape, [_b.Pure(Opcode.Fma2, IrType.U32, [a[0].Leaves[0], a[1].Leaves[0], a[2].Leaves[0]], kind)]),
            "Max" => new Datum(shape, [_b.Pure(Opcode.Max2, IrType.U32, [a[0].Leaves[0], a[1].Leaves[0]], kind)]),
            _ => throw Unsupported(call),
        };
    }
}
