using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace LbrCore.Compute.Generator.IR;

/// <summary>The IR as text, for people and tests.</summary>
internal sealed class IrText
{
    readonly Dictionary<Value, string> _names = [];
    readonly HashSet<string> _taken = [];
    readonly StringBuilder _text = new();

    /// <summary>Prints a kernel.</summary>
    public static string Print(IrKernel kernel)
    {
        var p = new IrText();
        p._text.Append("kernel ").Append(kernel.Name).Append('(').Append(string.Join(", ", kernel.Parameters.Select(x => $"{x.Value.Type} {p.Name(x.Value)}"))).Append(")\n");
        p.Region(kernel.Body, 1);
        return p._text.ToString();
    }

    string Name(Value v)
    {
        if (v.IsConst && v.Definition is { } d) return Constant(v.Type, d.Bits);
        if (_names.TryGetValue(v, out string? known)) return known;
        string name = v.Name != null && _taken.Add(v.Name) ? v.Name : "v" + _names.Count.ToString(CultureInfo.InvariantCulture);
        return _names[v] = "%" + name;
    }

    static string Constant(IrType t, ulong bits) => t switch
    {
        IrType.F32 => Constants.ToFloat(bits).ToString("R", CultureInfo.InvariantCulture) + "f",
        IrType.F64 => Constants.ToDouble(bits).ToString("R", CultureInfo.InvariantCulture) + "d",
        IrType.Pred => bits != 0 ? "true" : "false",
        _ => (t.IsSigned() ? ((long)bits).ToString(CultureInfo.InvariantCulture) : bits.ToString(CultureInfo.InvariantCulture)) + (t == IrType.S32 ? "" : ":" + t),
    };

    void Region(Region region, int depth)
    {
        foreach (Op op in region.Ops)
        {
            if (op.Code == Opcode.Const) continue;
            _text.Append(' ', depth * 2);
            if (op.Results.Length > 0) _text.Append(string.Join(", ", op.Results.Select(r => $"{Name(r)}:{r.Type}"))).Append(" = ");
            _text.Append(op.Code);
            switch (op.Code)
            {
                case Opcode.Special: _text.Append('.').Append((SpecialRegister)op.Attr); break;
                case Opcode.Shuffle: _text.Append('.').Append((ShuffleKind)op.Attr); break;
                case Opcode.Atomic: _text.Append('.').Append((AtomicKind)op.Attr); break;
                case Opcode.Load or Opcode.Store or Opcode.LoadRow or Opcode.StoreRow or Opcode.LoadMatrix or Opcode.LocalAlloc: _text.Append($".{op.Elem}x{op.Count}[*{op.Stride}+{op.Offset}]"); break;
                case Opcode.Ptx: _text.Append(" \"").Append(op.Text).Append('"'); break;
            }

            if (op.Operands.Length > 0) _text.Append(' ').Append(string.Join(", ", op.Operands.Select(Name)));
            _text.Append('\n');
            for (int i = 0; i < op.Regions.Length; i++)
            {
                Region r = op.Regions[i];
                if (op.Code == Opcode.If && i == 1 && r.Ops.Count == 0 && r.Yield.Count == 0) continue;
                _text.Append(' ', depth * 2).Append(op.Code == Opcode.Loop ? "do (" + string.Join(", ", r.Arguments.Select(Name)) + ")" : i == 0 ? "then" : "else").Append('\n');
                Region(r, depth + 1);
                if (r.Yield.Count > 0) _text.Append(' ', (depth + 1) * 2).Append("yield ").Append(string.Join(", ", r.Yield.Select(Name))).Append('\n');
            }
        }
    }
}
