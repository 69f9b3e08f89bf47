using System.Globalization;
using System.Text;
using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Passes;

namespace LbrCore.Compute.Generator.Lanes;

/// <summary>Writes the statements of one kernel. Ops of a kind stand in the other parts of this class.</summary>
internal sealed partial class LanesEmitter
{
    /// <summary>Operators on lanes that the JIT still inlines in one method; see <see cref="LanesEmitter"/>.Halves.</summary>
    const int MostOperators = 96;

    readonly IrKernel _kernel;
    readonly Timeline _timeline;
    readonly Uniformity _uniformity;
    readonly Ranges _ranges;
    readonly LaneSteps _steps;
    readonly Inlining _inlining;
    readonly Variables _variables;
    readonly BarrierLiveness _liveness;
    readonly NameTable _names = new();
    readonly Dictionary<Value, IrParameter> _parameters = [];
    readonly Dictionary<Region, List<Variable>> _ofRegion = [];
    readonly bool _halves;

    // What the printed code turned out to use, declared in front of it.
    readonly SortedDictionary<int, string> _usedParameters = [];
    readonly Dictionary<Value, string> _parameterNames = [];
    readonly SortedDictionary<string, string> _prologue = new(StringComparer.Ordinal);
    readonly Dictionary<Value, string> _localArrays = [];
    readonly Dictionary<Value, string> _masksOfArrays = [];
    readonly List<(string Type, string Name, int Count)> _arrays = [];

    StringBuilder _text = new();
    int _indent = 2;
    SourceLine _line;
    string _mask = "active";
    int _labels;
    int _states;

    public LanesEmitter(IrKernel kernel)
    {
        _kernel = kernel;
        _timeline = Timeline.Of(kernel);
        _uniformity = Uniformity.Analyze(kernel, localArrays: true);
        _ranges = Ranges.Analyze(kernel);
        _steps = new LaneSteps(kernel, _uniformity);
        _halves = CountOperators(kernel.Body) > MostOperators;
        _inlining = Inlining.Choose(kernel, _timeline, IsInlinable);
        _names.Unique("active");
        for (int i = 0; i < kernel.Parameters.Count; i++)
        {
            _parameters[kernel.Parameters[i].Value] = kernel.Parameters[i];
            _parameterNames[kernel.Parameters[i].Value] = _names.Unique(kernel.Parameters[i].Name);
        }

        _variables = Variables.Assign(kernel, _timeline, _inlining, _uniformity, _names, IsLimitOfParameter);
        foreach (Variable v in _variables.All)
        {
            v.Hoisted = NeedsHoisting(v);
            v.Declared = v.Hoisted;
            if (!_ofRegion.TryGetValue(v.Home, out List<Variable>? list)) _ofRegion[v.Home] = list = [];
            list.Add(v);
        }

        _liveness = BarrierLiveness.Analyze(kernel, _timeline, _variables);
    }

    /// <summary>The class.</summary>
    public string Print(string className)
    {
        Body(_kernel.Body);
        Line("return true;");
        StringBuilder body = _text;

        _text = new StringBuilder();
        _indent = 0;
        Line($"/// <summary>{_kernel.Name}{(_kernel.Source.Line > 0 ? $" ({_kernel.Source.File}:{Number(_kernel.Source.Line)})" : "")}, 32 lanes at a time.</summary>");
        Line($"file sealed unsafe class {className} : LanesWarp");
        Line("{");
        foreach ((string type, string name, int count) in _arrays) Line($"private readonly {type}* {Field(name)};");
        foreach (Variable v in _variables.All.Where(_liveness.IsSaved)) Line($"private {v.CSharp} {Field(v.Name)};");
        if (_arrays.Count > 0 || _variables.All.Any(_liveness.IsSaved)) Line("");
        if (_arrays.Count > 0)
        {
            Line($"public {className}()");
            Line("{");
            foreach ((string type, string name, int count) in _arrays) Line($"{Field(name)} = AllocateLocal<{type}>({Number(count)});");
            Line("}");
            Line("");
        }

        // C# proves that variables are assigned; clearing the frame at every entry would cost more than many phases do.
        Line("[global::System.Runtime.CompilerServices.SkipLocalsInit]");
        Line("[global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]");
        Line("protected override bool Resume(int state)");
        Line("{");
        Prologue();
        _text.Append(body);
        Line("}");
        Line("}");
        return _text.ToString();
    }

    void Prologue()
    {
        foreach (KeyValuePair<int, string> p in _usedParameters) Line($"{CSharpType.Scalar(_kernel.Parameters[p.Key].Value.Type)} {p.Value} = {Argument(p.Key)};");
        foreach (string declaration in _prologue.Values) Line(declaration);
        foreach ((string type, string name, _) in _arrays) Line($"{type}* {name} = {Field(name)};");
        Line("Mask active = Active;");
        foreach (Variable v in _variables.All.Where(v => v.Hoisted)) Line($"{v.CSharp} {v.Name} = default;");
        if (_states > 0)
        {
            Line("switch (state)");
            Line("{");
            for (int i = 1; i <= _states; i++) Line($"case {Number(i)}: goto Resume{Number(i)};");
            Line("}");
        }

        Line("");
    }

    string Argument(int slot)
    {
        string raw = $"Args[{Number(slot)}]";
        return _kernel.Parameters[slot].Value.Type switch
        {
            IrType.Pred => $"(byte){raw} != 0",
            IrType.S8 => $"(sbyte){raw}",
            IrType.U8 => $"(byte){raw}",
            IrType.S16 => $"(short){raw}",
            IrType.U16 or IrType.F16 or IrType.BF16 => $"(ushort){raw}",
            IrType.S32 => $"(int){raw}",
            IrType.U32 => $"(uint){raw}",
            IrType.F32 => $"Lanes.AsF32((uint){raw})",
            IrType.S64 => $"(long){raw}",
            IrType.U64 => raw,
            IrType.F64 => $"Lanes.AsF64({raw})",
            _ => $"(byte*){raw}",
        };
    }

    /// <summary>A variable that lives in a region whose text is cut by barriers, and not between two of them, is declared at the top.</summary>
    bool NeedsHoisting(Variable variable)
    {
        if (!variable.Home.Ops.Any(_timeline.HoldsBarrier)) return false;
        int segment = -1;
        foreach (Value v in variable.Members)
        {
            if (Elsewhere(v.Definition ?? _timeline.LoopOf(v)!)) return true;
            foreach (Reader reader in _timeline.Readers(v))
            {
                Reader last = _inlining.Last(reader);
                Op? op = last.Op ?? (ReferenceEquals(last.Yield, variable.Home) ? null : _timeline.Owner(last.Yield!));
                if (op == null || Elsewhere(op)) return true;
            }
        }

        return false;

        bool Elsewhere(Op op)
        {
            while (!ReferenceEquals(_timeline.Parent(op), variable.Home)) op = _timeline.Owner(_timeline.Parent(op))!;
            if (_timeline.HoldsBarrier(op)) return true;
            int at = _timeline.Start(op);
            int of = variable.Home.Ops.Count(x => _timeline.HoldsBarrier(x) && _timeline.Start(x) < at);
            if (segment < 0) segment = of;
            return of != segment;
        }
    }

    // ---- values

    bool IsLanes(Value v) => !v.IsConst && _uniformity[v] == Uniform.Divergent;

    bool IsInlinable(Value v)
    {
        Op op = v.Definition!;
        if (op.Operands.Length > 0 && op.Operands.All(x => x.IsConst)) return false;
        if (IsLimitOfParameter(op)) return false;
        return !_halves || !IsLanes(v);
    }

    /// <summary>A value as it is: lanes or scalar.</summary>
    Code Use(Value v)
    {
        if (v.IsConst)
        {
            if (ReferenceEquals(v, _constant.Value)) return Code.Primary(_constant.Name);
            string literal = CSharpType.Literal(v.Type, v.ConstBits);
            return new Code(literal, literal[0] == '-' ? Binding.Unary : Binding.Primary);
        }

        if (_variables[v] is { } variable) return Code.Primary(variable.Name);
        if (_parameters.TryGetValue(v, out IrParameter? parameter))
        {
            string name = _parameterNames[v];
            _usedParameters[_kernel.Parameters.IndexOf(parameter)] = name;
            return Code.Primary(name);
        }

        Op op = v.Definition!;
        return op.Code switch
        {
            Opcode.Special => SpecialRegisterOf(op),
            Opcode.SharedAlloc => op.Offset == 0 ? Code.Primary("Shared") : new Code($"Shared + {Number(op.Offset)}", Binding.Additive),
            Opcode.DynamicShared => Code.Primary("DynamicShared"),
            Opcode.DynamicSharedSize => Code.Unary("(long)", Code.Primary("DynamicSharedBytes")),
            Opcode.LocalAlloc => Code.Primary(LocalArray(op)),
            Opcode.RowLimit when IsLimitOfParameter(op) => LimitOfParameter(op),
            _ => Expression(op),
        };
    }

    /// <summary>A value as 32 lanes; a scalar is broadcast.</summary>
    Code Lanes(Value v)
    {
        if (IsLanes(v)) return Use(v);
        if (v.Type.IsPointer()) return Code.Unary("(I64)(long)", Use(v));
        return Code.Unary($"({CSharpType.Lanes(v.Type)})", Use(v));
    }

    /// <summary>A value where C# itself broadcasts a scalar: an argument or an operand beside lanes.</summary>
    Code Broadcastable(Value v) => v.Type.IsPointer() ? Lanes(v) : Use(v);

    /// <summary>An address or index as 64-bit lanes; a scalar may stand as <c>long</c>.</summary>
    Code Wide(Value v)
    {
        if (v.Type.IsPointer()) return IsLanes(v) ? Use(v) : Code.Unary("(long)", Use(v));
        if (v.Type == IrType.S64) return Use(v);
        return IsLanes(v) ? Code.Unary("(I64)", Use(v)) : Code.Unary("(long)", Use(v));
    }

    Code SpecialRegisterOf(Op op)
    {
        string member = ((SpecialRegister)op.Attr) switch
        {
            SpecialRegister.GroupIdxX => "IdxX",
            SpecialRegister.GroupIdxY => "IdxY",
            SpecialRegister.GroupIdxZ => "IdxZ",
            SpecialRegister x => x.ToString(),
        };
        if (!IsLanes(op.Result)) return Code.Primary(member);

        // Lane indices are 128 bytes in the object: a local lets the JIT keep them in registers.
        string name = char.ToLowerInvariant(member[0]) + member.Substring(1);
        if (!_prologue.ContainsKey(name)) _prologue[name] = $"I32 {name} = {member};";
        return Code.Primary(name);
    }

    /// <summary>The variables that an expression reads.</summary>
    HashSet<Variable> Reads(Value v, HashSet<Variable>? into = null)
    {
        into ??= [];
        if (_variables[v] is { } variable) into.Add(variable);
        else if (_inlining[v])
            foreach (Value x in v.Definition!.Operands) Reads(x, into);
        return into;
    }

    // ---- text

    /// <summary>The field that keeps a local variable while the warp waits.</summary>
    static string Field(string variable) => "_" + variable.TrimStart('@');

    static string Number(long x) => x.ToString(CultureInfo.InvariantCulture);

    void Line(string text)
    {
        if (text is "}") _indent--;
        if (text.Length > 0) _text.Append(' ', 4 * (text.EndsWith(":", StringComparison.Ordinal) && !text.StartsWith("case", StringComparison.Ordinal) ? Math.Max(0, _indent - 1) : _indent)).Append(text);
        _text.Append('\n');
        if (text is "{") _indent++;
    }

    /// <summary>Says where the following statements come from, when that changes.</summary>
    void Position(Op op)
    {
        if (op.Source == _line || op.Source.Line == 0) return;
        _line = op.Source;
        Line($"// {op.Source.File}:{Number(op.Source.Line)}");
    }
}
