using System.Text;
using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Passes;

namespace LbrCore.Compute.Generator.Ptx;

/// <summary>
/// Turns the ops of one kernel into instructions. Every sequence of several instructions writes its result registers last, because a result may share its
/// register with an operand that dies there.
/// </summary>
internal sealed partial class PtxEmitter
{
    readonly IrKernel _kernel;
    readonly RegisterFile _registers;
    readonly PtxRequirements _requirements;
    readonly RegisterAssignment _assignment;
    readonly UseCounts _uses;
    readonly Uniformity _uniformity;
    readonly Ranges _ranges;
    readonly LoopTails _tails;
    readonly Predication _predication;
    readonly StringBuilder _locals = new();
    PtxText _out;
    string _guard = "";
    readonly Dictionary<(RegisterClass, ulong), string> _constants = [];
    readonly Dictionary<string, string> _sharedBases = [];
    readonly PtxText _prologue = new(default);
    string? _keepPolicy;
    int _labels;

    /// <summary>Prepares registers and analyses.</summary>
    public PtxEmitter(IrKernel kernel, RegisterFile registers, PtxRequirements requirements)
    {
        _kernel = kernel;
        _registers = registers;
        _requirements = requirements;
        _uses = UseCounts.Of(kernel);
        _uniformity = Uniformity.Analyze(kernel);
        _ranges = Ranges.Analyze(kernel);
        _tails = LoopTails.Find(kernel, _uses);
        _predication = Predication.Plan(kernel, _tails);
        _assignment = new RegisterAssignment(registers, LiveRanges.Of(kernel, _predication), kernel);
        _out = new PtxText(default);
    }

    /// <summary>True when the kernel reads its dynamic shared memory.</summary>
    public bool UsesDynamicShared { get; private set; }

    /// <summary>True when dynamic shared memory must start where the swizzle of <see cref="Opcode.WarpGroupMma"/> does.</summary>
    public bool NeedsSwizzledShared { get; private set; }

    /// <summary>Bytes of local memory declared.</summary>
    public int LocalBytes { get; private set; }

    /// <summary>Declarations of local arrays.</summary>
    public string LocalDeclarations => _locals.ToString();

    /// <summary>The instructions, without the closing <c>ret</c>.</summary>
    public string Body { get; private set; } = "";

    /// <summary>Emits everything; the properties are valid afterwards.</summary>
    public void EmitKernel()
    {
        var body = new PtxText(default);
        _out = _prologue;
        for (int i = 0; i < _kernel.Parameters.Count; i++)
            if (_uses[_kernel.Parameters[i].Value] > 0) EmitParameter(_kernel.Parameters[i].Value, PtxPrinter.ParameterName(_kernel, i));
        _out = body;
        EmitRegion(_kernel.Body);
        if (_keepPolicy != null) _prologue.Instruction($"createpolicy.fractional.L2::evict_last.b64 {_keepPolicy}, 1.0;");
        Body = _prologue.ToString() + body;
    }

    void EmitParameter(Value v, string name)
    {
        switch (v.Type)
        {
            case IrType.PtrGlobal:
                string raw = New(RegisterClass.DoubleWord);
                I($"ld.param.u64 {raw}, [{name}]");
                I($"cvta.to.global.u64 {Register(v)}, {raw}");
                break;
            case IrType.Pred:
                string bits = New(RegisterClass.Word);
                I($"ld.param.u8 {bits}, [{name}]");
                I($"setp.ne.s32 {Register(v)}, {bits}, 0");
                break;
            default:
                // The value stands in the low bytes of its slot: a load of the narrow type extends it.
                I($"ld.param.{Literals.Memory(v.Type)} {Register(v)}, [{name}]");
                break;
        }
    }

    void EmitRegion(Region region)
    {
        foreach (Op op in region.Ops) Emit(op);
    }

    void Emit(Op op)
    {
        _out.Source = op.Source;
        _constants.Clear();
        switch (op.Code)
        {
            case Opcode.Const or Opcode.SharedAlloc or Opcode.DynamicShared:
                break; // printed where used
            case Opcode.Special:
                EmitSpecial(op);
                break;
            case Opcode.If:
                EmitIf(op);
                break;
            case Opcode.Loop:
                EmitLoop(op);
                break;
            case Opcode.Convert or Opcode.Bitcast:
                if (!Aliases.IsAlias(op)) EmitConversion(op);
                break;
            case Opcode.Load or Opcode.Store or Opcode.PtrOffset or Opcode.DynamicSharedSize or Opcode.LocalAlloc or Opcode.Atomic or Opcode.Fence:
                EmitMemory(op);
                break;
            case >= Opcode.Barrier and <= Opcode.VoteAny:
                EmitCollective(op);
                break;
            case >= Opcode.Mma and <= Opcode.GridTriggerLaunchCompletion:
                EmitSpecialised(op);
                break;
            default:
                EmitArithmetic(op);
                break;
        }
    }

    void EmitSpecial(Op op)
    {
        string d = Register(op.Result);
        switch ((SpecialRegister)op.Attr)
        {
            case SpecialRegister.LaneIdx:
                I($"mov.u32 {d}, %laneid");
                break;
            case SpecialRegister.WarpIdx:
                string linear = New(RegisterClass.Word);
                I($"mov.u32 {linear}, %tid.x");
                if (_kernel.GroupSize == 0)
                {
                    // (z * DimY + y) * DimX + x
                    string y = New(RegisterClass.Word), z = New(RegisterClass.Word), dimX = New(RegisterClass.Word), dimY = New(RegisterClass.Word), row = New(RegisterClass.Word), all = New(RegisterClass.Word);
                    I($"mov.u32 {y}, %tid.y");
                    I($"mov.u32 {z}, %tid.z");
                    I($"mov.u32 {dimX}, %ntid.x");
                    I($"mov.u32 {dimY}, %ntid.y");
                    I($"mad.lo.s32 {row}, {z}, {dimY}, {y}");
                    I($"mad.lo.s32 {all}, {row}, {dimX}, {linear}");
                    linear = all;
                }

                I($"shr.u32 {d}, {linear}, 5");
                break;
            default:
                string family = (SpecialRegister)op.Attr switch
                {
                    <= SpecialRegister.GroupIdxZ => "%tid.",
                    <= SpecialRegister.GroupDimZ => "%ntid.",
                    <= SpecialRegister.GridIdxZ => "%ctaid.",
                    _ => "%nctaid.",
                };
                I($"mov.u32 {d}, {family}{"xyz"[op.Attr % 3]}");
                break;
        }
    }

    /// <summary>One instruction, under the current guard; the semicolon is added.</summary>
    void I(string text) => _out.Instruction(_guard + text + ";");

    string New(RegisterClass c) => _registers.New(c);

    string Label(string what) => "$" + what + "_" + Literals.Number(_labels++);

    /// <summary>The register of a result.</summary>
    string Register(Value v) => _assignment[v];

    /// <summary>An operand that must be a register: constants and addresses of shared blocks are moved into one.</summary>
    string Source(Value v)
    {
        if (Aliases.Constant(v) is { } bits)
        {
            // One register for all operands of an op that are the same constant.
            (RegisterClass, ulong) key = (RegisterFile.ClassOf(v.Type), bits);
            if (_constants.TryGetValue(key, out string? known)) return known;
            string r = New(key.Item1);
            MoveConstant(r, v.Type, bits);
            return _constants[key] = r;
        }

        if (SharedSymbol(v) is { } symbol)
        {
            // Once for the whole kernel, on entry.
            if (!_sharedBases.TryGetValue(symbol, out string? r))
            {
                _sharedBases[symbol] = r = New(RegisterClass.Word);
                _prologue.Instruction($"mov.u32 {r}, {symbol};");
            }

            return r;
        }

        return _assignment[v];
    }

    /// <summary>An operand that may also be an immediate.</summary>
    string Operand(Value v) => Aliases.Constant(v) is { } bits && v.Type != IrType.Pred ? Literals.Immediate(v.Type, bits) : Source(v);

    void MoveConstant(string register, IrType type, ulong bits)
    {
        if (type == IrType.Pred) I($"mov.pred {register}, {(bits != 0 ? "-1" : "0")}");
        else I($"mov.{RegisterFile.MoveType(RegisterFile.ClassOf(type))} {register}, {Literals.Immediate(type, bits)}");
    }

    /// <summary>The address of a shared block as a symbol with offset, or null for other values.</summary>
    string? SharedSymbol(Value v, long displacement = 0)
    {
        Op? op = v.Definition;
        if (op?.Code is not (Opcode.SharedAlloc or Opcode.DynamicShared)) return null;
        UsesDynamicShared |= op.Code == Opcode.DynamicShared;
        return Displaced(op.Code == Opcode.SharedAlloc ? PtxPrinter.StaticShared : PtxPrinter.DynamicShared, displacement + op.Offset);
    }

    static string Displaced(string at, long displacement) => displacement == 0 ? at : at + "+" + Literals.Number(displacement);
}
