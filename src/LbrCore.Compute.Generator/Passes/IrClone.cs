using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>Making ops, and copies of ops.</summary>
internal static class IrClone
{
    /// <summary>An op with fresh results of the given types.</summary>
    public static Op New(Opcode code, IrType[] results, Value[] operands, SourceLine source)
    {
        var op = new Op(code, operands, [.. results.Select(t => new Value(t))]) { Source = source };
        foreach (Value r in op.Results) r.Definition = op;
        return op;
    }

    /// <summary>A constant.</summary>
    public static Op Constant(IrType type, ulong bits, SourceLine source)
    {
        Op op = New(Opcode.Const, [type], [], source);
        op.Bits = Constants.Wrap(type, bits);
        return op;
    }

    /// <summary>A copy without regions whose operands are what <paramref name="map"/> makes of them; the copy's results are entered into the map.</summary>
    public static Op Copy(Op op, Substitution map)
    {
        var copy = new Op(op.Code, [.. op.Operands.Select(v => map[v])], [.. op.Results.Select(r => new Value(r.Type) { Name = r.Name })])
        {
            Attr = op.Attr,
            Bits = op.Bits,
            Elem = op.Elem,
            Count = op.Count,
            Stride = op.Stride,
            Offset = op.Offset,
            Text = op.Text,
            Source = op.Source,
            Origin = op.Origin,
        };
        for (int i = 0; i < op.Results.Length; i++)
        {
            copy.Results[i].Definition = copy;
            map.Replace(op.Results[i], copy.Results[i]);
        }

        return copy;
    }
}
