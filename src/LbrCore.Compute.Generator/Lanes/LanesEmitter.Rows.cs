using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Lanes;

// Rows: 32 neighbouring elements from a scalar index on, checked by one comparison and read vector by vector.
internal sealed partial class LanesEmitter
{
    void LoadRow(Op op)
    {
        if (_variables[op.Result] is not { } target) return;
        string index = CheckedRow(op);
        if (_pieces != null)
        {
            AssignPieces(target, i => PieceOfRow(op, index, i));
            return;
        }

        if (VectorOfRow(op) is { } element)
        {
            string at = $"({element}*){Use(op.Operands[0]).In(Binding.Unary)} + {index}";
            string load = element == "ushort" ? "Lanes.Widen512" : "Vector512.Load";
            AssignVectors(target, $"{load}({at})", $"{load}({at} + 16)");
            return;
        }

        Assign(target, $"Lanes.ReadRow{CSharpType.Element(op.Elem)}({AddressOfRow(op, index)})");
    }

    void StoreRow(Op op)
    {
        Value value = op.Operands[4];
        string index = CheckedRow(op);
        if (VectorOfRow(op) is not { } element || element == "ushort")
        {
            Line($"Lanes.WriteRow{CSharpType.Element(op.Elem)}({AddressOfRow(op, index)}, {Lanes(value)});");
            return;
        }

        string at = $"({element}*){Use(op.Operands[0]).In(Binding.Unary)} + {index}";
        if (!IsLanes(value))
        {
            string vector = _names.Unique("vector");
            Line($"Vector512<{element}> {vector} = Vector512.Create({Use(value)});");
            Line($"{vector}.Store({at}); {vector}.Store({at} + 16);");
            return;
        }

        string lanes = Named(Use(value).Text, value, CSharpType.Lanes(value.Type), "value");
        Line($"{lanes}.Lo.Store({at}); {lanes}.Hi.Store({at} + 16);");
    }

    /// <summary>Writes the check of a row's bounds and returns the name of its first index.</summary>
    string CheckedRow(Op op)
    {
        Value first = op.Operands[1];
        string index = Named(Use(first).Text, first, CSharpType.Scalar(first.Type), "row");
        Line($"if ((ulong){index} >= (ulong){Use(op.Operands[3]).In(Binding.Unary)}) Lanes.FaultRow(this, {index}, {Use(op.Operands[2])}, {Number(op.Stride)});");
        return index;
    }

    /// <summary>An expression as a name: its own where it is one, else that of a new variable.</summary>
    string Named(string expression, Value v, string type, string wanted)
    {
        if (_variables[v] != null || _parameters.ContainsKey(v)) return expression;
        string name = _names.Unique(wanted);
        Line($"{type} {name} = {expression};");
        return name;
    }

    /// <summary>The element of a row whose vectors generated code loads itself; null where a function does it.</summary>
    static string? VectorOfRow(Op op) => op.Elem switch
    {
        IrType.F32 or IrType.S32 or IrType.U32 => CSharpType.VectorElement(op.Elem),
        IrType.U16 or IrType.BF16 or IrType.F16 => "ushort",
        _ => null,
    };

    string AddressOfRow(Op op, string index) =>
        Code.Binary(Use(op.Operands[0]), "+", op.Stride == 1 ? Code.Primary(index) : Code.Binary(Code.Primary($"(long){index}"), "*", Code.Primary(Number(op.Stride)), Binding.Multiplicative), Binding.Additive).Text;

    /// <summary>Assigns the two vectors of a 32-bit lane struct.</summary>
    void AssignVectors(Variable target, string low, string high)
    {
        Line($"{(target.Declared ? "" : $"{target.CSharp} {target.Name}; ")}{target.Name}.Lo = {low}; {target.Name}.Hi = {high};");
        target.Declared = true;
    }

    bool IsLimitOfParameter(Op op) => op.Code == Opcode.RowLimit && _parameters.ContainsKey(op.Operands[0]);

    /// <summary>The row limit of a view that is a parameter, computed at the top of the method.</summary>
    Code LimitOfParameter(Op op)
    {
        if (!_limitNames.TryGetValue(op.Result, out string? name))
        {
            string length = Use(op.Operands[0]).Text;
            _limitNames[op.Result] = name = _names.Unique(op.Result.Name!);
            _prologue[name] = $"long {name} = Lanes.RowLimit({length});";
        }

        return Code.Primary(name);
    }

    readonly Dictionary<Value, string> _limitNames = [];
}
