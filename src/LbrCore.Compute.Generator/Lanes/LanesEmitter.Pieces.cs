using System.Globalization;
using System.Text;
using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Passes;

namespace LbrCore.Compute.Generator.Lanes;

// Loops that only load rows and compute lane by lane are printed over vectors in variables of their own, which live no longer than the loop: the JIT keeps
// variables that outlive it, past calls, in memory and writes them there in every round. They are printed twice: for 512-bit registers, and for others
// over 256-bit vectors, where a lane struct is a struct of structs that no register can hold. There some of the struct's four pieces are computed at a
// time, all rounds for them, so that what the loop carries fits the registers. Lanes do not mix, so the order of every lane's sums is the same.
internal sealed partial class LanesEmitter
{
    const int WarpLanes = 32;

    /// <summary>Variables that fit the sixteen registers of 256 bits, beside what a round loads.</summary>
    const int CarriedInRegisters = 10;

    Pieces? _pieces;

    /// <summary>What stands for lane structs while a loop is printed piece by piece.</summary>
    sealed class Pieces(int bits, int count, string at)
    {
        /// <summary>The type of a vector, without its element.</summary>
        public string Vector { get; } = $"Vector{bits}";

        /// <summary>Lanes in a vector of 32-bit elements.</summary>
        public int Lanes { get; } = bits / 32;

        /// <summary>Pieces that one pass of the loop computes.</summary>
        public int Count { get; } = count;

        /// <summary>Whether one pass computes all lanes.</summary>
        public bool IsWhole => Count * Lanes == WarpLanes;

        /// <summary>The name of the first lane's number in this pass.</summary>
        public string At { get; } = at;

        /// <summary>The names of a lane struct's pieces.</summary>
        public Dictionary<string, string[]> Names { get; } = [];

        /// <summary>Lane structs from outside of the loop, with the element of their vectors.</summary>
        public List<(string Name, string Element)> Outer { get; } = [];
    }

    /// <summary>Whether a loop that all lanes leave together can be printed piece by piece.</summary>
    bool HasPieces(Op loop)
    {
        Region body = loop.Regions[0];
        if (IsLanes(body.Yield[0]) || !body.Arguments.Any(IsLanes) || !body.Ops.Any(op => op.Code == Opcode.LoadRow)) return false;
        HashSet<Variable> carried = [.. body.Arguments.Where(IsLanes).Select(a => _variables[a]!)];
        for (int i = 0; i < body.Arguments.Count; i++)
        {
            Value a = body.Arguments[i], next = body.Yield[i + 1];
            if (!IsLanes(a)) continue;
            if (CSharpType.IsWide(a.Type) || !IsLanes(next)) return false;

            // In the variable already, or an expression that may be assigned before any other carried value changes.
            Variable variable = _variables[a]!;
            if (_variables[next] != variable && (_variables[next] != null || !_inlining[next] || Reads(next).Any(v => v != variable && carried.Contains(v)))) return false;
        }

        return body.Ops.All(HasPiece);
    }

    bool HasPiece(Op op)
    {
        if (op.Code is Opcode.Const or Opcode.Special) return true;
        if (op.Regions.Length > 0 || op.Results.Length != 1) return false;
        if (op.Code == Opcode.LoadRow) return VectorOfRow(op) != null;
        if (op.Code == Opcode.Load) return op.Operands[0].Type != IrType.PtrLocal && IsUniformAccess(op) && !IsLanes(op.Operands[2]);
        if (!op.IsPure()) return false;
        if (!IsLanes(op.Result)) return !op.Operands.Any(IsLanes);
        return Template(op) != null && !CSharpType.IsWide(op.Result.Type) && !op.Operands.Any(v => CSharpType.IsWide(v.Type));
    }

    /// <summary>Writes a loop piece by piece, for either width of registers. What it carries has its first values, and has its last ones afterwards.</summary>
    void LoopOverPieces(Op loop)
    {
        HashSet<Variable> known = [.. _variables.All.Where(v => v.Declared)];
        SourceLine line = _line;
        Variable[] carried = [.. loop.Regions[0].Arguments.Select(a => _variables[a]!).Distinct()];
        int lanes = carried.Count(v => v.Lanes);
        Line("if (Vector512.IsHardwareAccelerated)");
        Line("{");
        LoopOverPieces(loop, carried, new Pieces(512, 2, ""));
        Line("}");
        Line("else");
        Line("{");
        // The body is printed again, in a block of its own.
        foreach (Variable v in _variables.All) v.Declared = known.Contains(v);
        _line = line;
        LoopOverPieces(loop, carried, new Pieces(256, lanes * 4 <= CarriedInRegisters ? 4 : lanes * 2 <= CarriedInRegisters ? 2 : 1, _names.Unique("lane")));
        Line("}");
        foreach (Variable v in _variables.All) v.Declared = known.Contains(v);
    }

    void LoopOverPieces(Op loop, Variable[] carried, Pieces pieces)
    {
        _pieces = pieces;
        foreach (Variable v in carried.Where(v => v.Lanes)) Outside(v.Name, v.Type);

        // Every pass begins with the same scalars.
        (string Name, Variable Variable)[] starts = pieces.IsWhole ? [] : [.. carried.Where(v => !v.Lanes).Select(v => (_names.Unique(v.Name.TrimStart('@') + "Start"), v))];
        foreach ((string name, Variable v) in starts) Line($"{v.CSharp} {name} = {v.Name};");
        if (!pieces.IsWhole)
        {
            Line($"for (int {pieces.At} = 0; {pieces.At} < {Number(WarpLanes)}; {pieces.At} += {Number(pieces.Count * pieces.Lanes)})");
            Line("{");
        }

        StringBuilder around = _text;
        _text = new StringBuilder();
        DoWhile(loop);
        string text = _text.ToString();
        _text = around;
        foreach ((string name, Variable v) in starts) Line($"{v.Name} = {name};");
        foreach ((string name, string element) in pieces.Outer)
            for (int i = 0; i < pieces.Count; i++) Line($"{pieces.Vector}<{element}> {pieces.Names[name][i]} = {Place(name, element, i)};");
        _text.Append(text);
        foreach (Variable v in carried.Where(v => v.Lanes))
            for (int i = 0; i < pieces.Count; i++) Line($"{Place(v.Name, CSharpType.VectorElement(v.Type), i)} = {pieces.Names[v.Name][i]};");
        if (!pieces.IsWhole) Line("}");
        _pieces = null;

        string Place(string name, string element, int i)
        {
            if (pieces.Lanes == 16) return $"{name}.{s_halves[i]}";
            string first = pieces.IsWhole ? Number(i) : $"{pieces.At} / {Number(pieces.Lanes)}" + (i == 0 ? "" : $" + {Number(i)}");
            return $"(({pieces.Vector}<{element}>*)&{name})[{first}]";
        }
    }

    string[] Outside(string name, IrType type)
    {
        if (_pieces!.Names.TryGetValue(name, out string[]? known)) return known;
        _pieces.Outer.Add((name, CSharpType.VectorElement(type)));
        return _pieces.Names[name] = NamesOfPieces(name);
    }

    string[] NamesOfPieces(string name) => [.. Enumerable.Range(0, _pieces!.Count).Select(i => _names.Unique($"{name.TrimStart('@')}_{Number(i)}"))];

    /// <summary>Assigns the pieces of a lane struct, in one line.</summary>
    void AssignPieces(Variable target, Func<int, string> expression)
    {
        string type = "";
        if (!_pieces!.Names.TryGetValue(target.Name, out string[]? names))
        {
            _pieces.Names[target.Name] = names = NamesOfPieces(target.Name);
            type = $"{_pieces.Vector}<{CSharpType.VectorElement(target.Type)}> ";
        }

        Line(string.Join(" ", names.Select((name, i) => $"{type}{name} = {expression(i)};")));
    }

    /// <summary>What a loop carries in lanes, where its next value is an expression that no variable holds.</summary>
    void AdvancePieces(Region body)
    {
        for (int i = 0; i < body.Arguments.Count; i++)
        {
            Value next = body.Yield[i + 1];
            if (IsLanes(body.Arguments[i]) && _variables[next] == null) AssignPieces(_variables[body.Arguments[i]]!, piece => Piece(next.Definition!, piece));
        }
    }

    string PieceOf(Value v, int piece)
    {
        if (_variables[v] is { } variable) return _pieces!.Names.TryGetValue(variable.Name, out string[]? names) ? names[piece] : Outside(variable.Name, v.Type)[piece];
        return v.Definition!.Code == Opcode.Special ? Outside(Use(v).Text, v.Type)[piece] : $"({Piece(v.Definition, piece)})";
    }

    /// <summary>An op on one piece of its operands.</summary>
    string Piece(Op op, int piece) => string.Format(CultureInfo.InvariantCulture, Template(op)!, Operands(op, piece)).Replace("Vector512", _pieces!.Vector);

    string PieceOfRow(Op op, string index, int piece)
    {
        string element = VectorOfRow(op)!, lane = (_pieces!.IsWhole ? "" : $" + {_pieces.At}") + (piece == 0 ? "" : $" + {Number(piece * _pieces.Lanes)}");
        string from = $"({element}*){Use(op.Operands[0]).In(Binding.Unary)} + {(lane.Length == 0 ? index : $"({index}{lane})")}";
        return element == "ushort" ? $"Lanes.Widen{Number(_pieces.Lanes * 32)}({from})" : $"{_pieces.Vector}.Load({from})";
    }
}
