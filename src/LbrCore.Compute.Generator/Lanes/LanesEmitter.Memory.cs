using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Lanes;

// Loads, stores and atomics on views, and arrays in local memory.
internal sealed partial class LanesEmitter
{
    // ---- views

    void Load(Op op)
    {
        if (op.Operands[0].Type == IrType.PtrLocal)
        {
            LoadLocal(op);
            return;
        }

        Variable?[] targets = [.. op.Results.Select(r => _variables[r])];
        int bytes = op.Count * op.Elem.Size();
        if (op.Count == 1)
        {
            // A volatile load may stand for its effect alone; C# wants it assigned or called.
            string value = Access(op, "Load", "Read", CSharpType.Element(op.Elem), bytes);
            if (targets[0] is { } target) Assign(target, value);
            else Line(value + ";");
            return;
        }

        bool lanes = op.Results.Any(IsLanes);
        string word = lanes ? "U32" : "uint";
        string[] words = [.. Enumerable.Range(0, Math.Max(1, bytes / 4)).Select(_ => _names.Unique("word"))];
        if (bytes <= 4) Line($"{word} {words[0]} = {Access(op, "Load", "Read", bytes == 4 ? "U32" : "U16", bytes)};");
        else Line(Access(op, "Load", "Read", "Words", bytes, string.Concat(words.Select(w => $", out {word} {w}"))) + ";");
        for (int i = 0; i < op.Count; i++)
            if (targets[i] is { } target) Assign(target, ElementOf(words, i, op.Elem, lanes).Text);
    }

    void Store(Op op)
    {
        if (op.Operands[0].Type == IrType.PtrLocal)
        {
            StoreLocal(op);
            return;
        }

        Value[] values = [.. op.Operands.Skip(3)];
        int bytes = op.Count * op.Elem.Size();
        if (op.Count == 1)
        {
            string kind = CSharpType.Element(op.Elem);
            Line(Access(op, "Store", "Write", kind, bytes, ", " + (IsUniformAccess(op) ? Use(values[0]) : Broadcastable(values[0]))) + ";");
            return;
        }

        bool lanes = !IsUniformAccess(op);
        string kindOfBlock = bytes switch { 2 => "U16", 4 => "U32", _ => "Words" };
        string[] words = [.. Enumerable.Range(0, Math.Max(1, bytes / 4)).Select(i => WordOf(values, i, op.Elem, lanes).Text)];
        Line(Access(op, "Store", "Write", kindOfBlock, bytes, string.Concat(words.Select(w => ", " + w))) + ";");
    }

    /// <summary>Whether all lanes use one address and one value, so that scalars do.</summary>
    bool IsUniformAccess(Op op) => !op.Operands.Where((v, i) => i != 2 && IsLanes(v)).Any() && (op.Code == Opcode.Store || !op.Results.Any(IsLanes));

    /// <summary>One call: a scalar access, one view with an index in every lane, or a view of its own in every lane.</summary>
    string Access(Op op, string lanesName, string scalarName, string kind, int bytes, string tail = "")
    {
        Value pointer = op.Operands[0], index = op.Operands[1], length = op.Operands[2];
        bool natural = op.Stride == bytes && op.Offset == 0 && kind != "Words";
        string shape = natural ? "" : $", {Number(op.Stride)}, {Number(op.Offset)}";
        if (IsUniformAccess(op))
        {
            Code bound = IsLanes(length) ? Code.Primary($"Lanes.First({Use(length)}, {_mask})") : Use(length);
            // The scalar forms take the value before the optional stride.
            string value = kind == "Words" ? shape + tail : tail + shape;
            return $"Lanes.{scalarName}{kind}(this, {Use(pointer)}, {Use(index)}, {bound}{value})";
        }

        if (natural && (!_halves || IsFull) && IsRow(op))
        {
            // The mask does not matter where all lanes of the warp exist and none is masked.
            string mask = IsFull ? "" : $", {_mask}";
            return $"Lanes.{lanesName}Row{kind}(this, {Use(pointer)}, {Use(index)}, {Use(length)}{mask}{tail})";
        }

        if (!IsLanes(pointer) && !IsLanes(length) && (index.Type == IrType.S32 || IsWidened(index)))
        {
            Code narrow = index.Type == IrType.S32 ? Use(index) : Use(index.Definition!.Operands[0]);
            return $"Lanes.{lanesName}{kind}(this, {Use(pointer)}, {narrow}, {Use(length)}{(_halves && natural ? $", {Number(op.Stride)}, 0" : shape)}, {_mask}{tail})";
        }

        return $"Lanes.{lanesName}{kind}(this, {Wide(pointer)}, {Wide(index)}, {Use(length)}, {Number(op.Stride)}, {Number(op.Offset)}, {_mask}{tail})";
    }

    /// <summary>Whether the lanes of an access read or write neighbouring elements.</summary>
    bool IsRow(Op op) => !IsLanes(op.Operands[0]) && !IsLanes(op.Operands[2]) && IsLanes(op.Operands[1]) && _steps[op.Operands[1]] == 1;

    /// <summary>Whether all 32 lanes are active here.</summary>
    bool IsFull => _mask == "active" && _kernel.GroupSize > 0 && _kernel.GroupSize % 32 == 0;

    // A 64-bit index that is an int in 64 bits is printed as that int.
    bool IsWidened(Value index) =>
        _inlining[index] && index.Definition is { Code: Opcode.Convert } convert && convert.Operands[0].Type == IrType.S32 && IsLanes(convert.Operands[0]);

    /// <summary>An element of a block of words.</summary>
    static Code ElementOf(string[] words, int index, IrType elem, bool lanes)
    {
        int size = elem.Size();
        string target = lanes ? CSharpType.Lanes(elem) : CSharpType.Scalar(elem);
        if (size == 8)
        {
            string wide = lanes ? "U64" : "ulong";
            string bits = $"({wide}){words[2 * index]} | (({wide}){words[2 * index + 1]} << 32)";
            return elem switch
            {
                IrType.F64 => Code.Primary($"Lanes.AsF64({bits})"),
                IrType.U64 => new Code(bits, Binding.Or),
                _ => Code.Unary($"({target})", new Code(bits, Binding.Or)),
            };
        }

        if (size == 4)
        {
            Code word = Code.Primary(words[index]);
            return elem switch
            {
                IrType.F32 => Code.Primary($"Lanes.AsF32({word})"),
                IrType.S32 => Code.Unary($"({target})", word),
                _ => word,
            };
        }

        // Signed ones are moved to the top and shifted down with their sign.
        int perWord = 4 / size, at = index % perWord * size * 8, width = size * 8;
        string container = words[index / perWord];
        if (elem.IsSigned()) return new Code(at + width == 32 ? $"({target}){container} >> {Number(at)}" : $"({target}){container} << {Number(32 - at - width)} >> {Number(32 - width)}", Binding.Shift);
        if (at + width == 32) return new Code($"{container} >> {Number(at)}", Binding.Shift);
        string shifted = at == 0 ? container : $"({container} >> {Number(at)})";
        return new Code($"{shifted} & {(size == 2 ? "0xffffu" : "0xffu")}", Binding.And);
    }

    /// <summary>A word of a block, made of its elements.</summary>
    Code WordOf(Value[] values, int word, IrType elem, bool lanes)
    {
        int size = elem.Size();
        string type = lanes ? "U32" : "uint";
        if (size == 8)
        {
            Value v = values[word / 2];
            Code bits = lanes ? Lanes(v) : Use(v);
            bits = elem switch
            {
                IrType.F64 => Code.Primary($"Lanes.AsU64({bits})"),
                IrType.S64 => Code.Unary(lanes ? "(U64)" : "(ulong)", bits),
                _ => bits,
            };
            return Code.Unary($"({type})", word % 2 == 0 ? bits : new Code($"{bits.In(Binding.Unary)} >> 32", Binding.Shift));
        }

        if (size == 4)
        {
            Value v = values[word];
            Code bits = lanes ? Lanes(v) : Use(v);
            return elem switch
            {
                IrType.F32 => Code.Primary($"Lanes.AsU32({bits})"),
                IrType.S32 => Code.Unary($"({type})", bits),
                _ => bits,
            };
        }

        int perWord = Math.Min(4 / size, values.Length);
        var parts = new List<string>();
        for (int i = 0; i < perWord; i++)
        {
            Value v = values[word * perWord + i];
            Code bits = lanes ? Lanes(v) : Use(v);
            if (elem.IsSigned()) bits = new Code($"{Code.Unary($"({type})", bits)} & {(size == 2 ? "0xffffu" : "0xffu")}", Binding.And);
            string part = bits.In(Binding.Unary);
            parts.Add(i == 0 ? part : $"({part} << {Number(i * size * 8)})");
        }

        return parts.Count == 1 ? new Code(parts[0], Binding.Unary) : new Code(string.Join(" | ", parts), Binding.Or);
    }

    void Atomic(Op op)
    {
        string kind = ((AtomicKind)op.Attr).ToString();
        string values = string.Concat(op.Operands.Skip(3).Select(v => ", " + Lanes(v)));
        string call = $"Lanes.Atomic{kind}(this, {Wide(op.Operands[0])}, {Wide(op.Operands[1])}, {Use(op.Operands[2])}, {Number(op.Stride)}, {Number(op.Offset)}, {_mask}{values})";
        if (_variables[op.Result] is { } target) Assign(target, call);
        else Line(call + ";");
    }

    // ---- local memory

    string LocalArray(Op op)
    {
        if (_localArrays.TryGetValue(op.Result, out string? name)) return name;
        name = _names.Unique(op.Result.Name ?? "local");
        _arrays.Add((ElementOf(op), name, op.Count));
        return _localArrays[op.Result] = name;
    }

    /// <summary>An array holds a lane struct for every element, or one scalar where all lanes have the same.</summary>
    string ElementOf(Op array) => _uniformity.IsShared(array.Result) ? CSharpType.Scalar(array.Elem) : CSharpType.Lanes(array.Elem);

    void AllocateLocal(Op op)
    {
        _masksOfArrays[op.Result] = _mask;
        Line($"new global::System.Span<{ElementOf(op)}>({LocalArray(op)}, {Number(op.Count)}).Clear();");
    }

    void LoadLocal(Op op)
    {
        if (_variables[op.Result] is not { } target) return;
        Op array = op.Operands[0].Definition!;
        Value index = op.Operands[1];
        string name = LocalArray(array);
        Assign(target, IsLanes(index) ? $"Lanes.LoadLocal(this, {name}, {Number(array.Count)}, {Use(index)}, {_mask})" : Element(name, array, index));
    }

    void StoreLocal(Op op)
    {
        Op array = op.Operands[0].Definition!;
        Value index = op.Operands[1], value = op.Operands[3];
        string name = LocalArray(array);
        if (IsLanes(index))
        {
            Line($"Lanes.StoreLocal(this, {name}, {Number(array.Count)}, {Use(index)}, {_mask}, {Lanes(value)});");
            return;
        }

        // Under the mask of its allocation the other lanes do not have the array, so they may be written too.
        string element = Element(name, array, index);
        Line(_mask == _masksOfArrays[op.Operands[0]] ? $"{element} = {Use(value)};" : $"{element} = Lanes.Select({_mask}, {Use(value)}, {element});");
    }

    string Element(string name, Op array, Value index)
    {
        if (_ranges.IsWithin(index, 0, array.Count - 1)) return $"{name}[{Use(index)}]";
        return $"{name}[Lanes.LocalIndex(this, {Use(index)}, {Number(array.Count)})]";
    }
}
