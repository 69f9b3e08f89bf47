using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Passes;

namespace LbrCore.Compute.Generator.Lanes;

// One op as a statement.
internal sealed partial class LanesEmitter
{
    void Statement(Op op, Region region)
    {
        if (op.Code is Opcode.Const or Opcode.Special or Opcode.SharedAlloc or Opcode.DynamicShared or Opcode.DynamicSharedSize) return;
        if (op.Results.Length == 1 && _inlining[op.Result]) return;
        if (!op.HasEffect() && op.Code != Opcode.LocalAlloc && op.Results.All(r => _variables[r] == null)) return;
        Position(op);
        switch (op.Code)
        {
            case Opcode.Load:
                Load(op);
                break;
            case Opcode.Store:
                Store(op);
                break;
            case Opcode.LoadRow:
                LoadRow(op);
                break;
            case Opcode.StoreRow:
                StoreRow(op);
                break;
            case Opcode.Atomic:
                Atomic(op);
                break;
            case Opcode.LocalAlloc:
                AllocateLocal(op);
                break;
            case Opcode.Fence:
                // A group runs on one thread; only other groups need the fence.
                if (op.Attr != 0) Line("global::System.Threading.Interlocked.MemoryBarrier();");
                break;
            case Opcode.Shuffle:
                Shuffle(op);
                break;
            case Opcode.Fold:
                Fold(op);
                break;
            case Opcode.Ballot:
                Assign(_variables[op.Result]!, $"Lanes.Ballot({Use(op.Operands[0])}, {_mask})");
                break;
            case Opcode.VoteAll or Opcode.VoteAny:
                Assign(_variables[op.Result]!, $"Lanes.{op.Code}({Use(op.Operands[0])}, {_mask})");
                break;
            case Opcode.Mma:
                Mma(op);
                break;
            case Opcode.LoadMatrix:
                LoadMatrix(op);
                break;
            case Opcode.WarpGroupMma:
                MultiplyWarpGroup(op);
                break;
            case Opcode.AsyncCopy:
                AsyncCopy(op);
                break;
            case Opcode.NamedBarrier:
                Line("throw Fault(\"a named barrier of a part of the group does not exist on the CPU\");");
                break;
            case Opcode.Ptx:
                Line("throw Fault(\"raw PTX does not run on the CPU\");");
                break;
            case Opcode.WarpGroupFence or Opcode.WarpGroupCommit or Opcode.WarpGroupWait or Opcode.AsyncProxyFence:
            case Opcode.WarpBarrier or Opcode.AsyncCommit or Opcode.AsyncWait or Opcode.GridDependencySynchronize or Opcode.GridTriggerLaunchCompletion:
                // Lanes move together and copies are done at once: nothing to wait for.
                break;
            default:
                Compute(op);
                break;
        }
    }

    void Compute(Op op)
    {
        if (IsLimitOfParameter(op)) return;
        Variable target = _variables[op.Result]!;
        if (_pieces != null && target.Lanes)
        {
            AssignPieces(target, i => Piece(op, i));
            return;
        }

        if (_halves && target.Lanes && Parts(op) is { } parts)
        {
            Line((target.Declared ? "" : $"{target.CSharp} {target.Name}; ") + string.Join(" ", parts.Select(p => $"{target.Name}.{p.Field} = {p.Expression};")));
            target.Declared = true;
            return;
        }

        if (op.Operands.Length > 0 && op.Operands.All(v => v.IsConst) && !target.Lanes)
        {
            // C# would compute this itself and refuse overflow and division by zero.
            string first = _names.Unique("constant");
            Line($"{CSharpType.Scalar(op.Operands[0].Type)} {first} = {Use(op.Operands[0])};");
            _constant = (op.Operands[0], first);
            Assign(target, Expression(op).Text);
            _constant = default;
            return;
        }

        Assign(target, Expression(op).Text);
    }

    (Value? Value, string Name) _constant;

    // ---- warp and tensor cores

    void Shuffle(Op op)
    {
        Value value = op.Operands[0], lane = op.Operands[1];
        Variable target = _variables[op.Result]!;
        if (!target.Lanes)
        {
            // The same lane for all: a broadcast, of a scalar nothing.
            Assign(target, !IsLanes(value) ? Use(value).Text : lane.ConstInt is { } c ? $"{Use(value).In(Binding.Primary)}[{Number(c & 31)}]" : $"{Use(value).In(Binding.Primary)}[{Code.Binary(Use(lane), "&", Code.Primary("31"), Binding.And)}]");
            return;
        }

        if (Swap(op, target)) return;
        string name = (ShuffleKind)op.Attr == ShuffleKind.Index ? "Shuffle" : "Shuffle" + (ShuffleKind)op.Attr;
        Assign(target, $"Lanes.{name}({Lanes(value)}, {Use(lane)})");
    }

    /// <summary>The step of a butterfly: lanes whose numbers differ in one known bit swap their values, which moves whole parts of vectors.</summary>
    bool Swap(Op op, Variable target)
    {
        Value value = op.Operands[0];
        if ((ShuffleKind)op.Attr != ShuffleKind.Xor || op.Operands[1].ConstInt is not (1 or 2 or 4 or 8 or 16) || !IsLanes(value) || CSharpType.IsWide(value.Type)) return false;
        if (_variables[value] == target) return false;
        string name = Named(Use(value).Text, value, CSharpType.Lanes(value.Type), "swapped");
        long bit = op.Operands[1].ConstInt!.Value;
        if (bit == 16) AssignVectors(target, $"{name}.Hi", $"{name}.Lo");
        else AssignVectors(target, $"Lanes.Swap{Number(bit)}({name}.Lo)", $"Lanes.Swap{Number(bit)}({name}.Hi)");
        return true;
    }

    /// <summary>Written out over 512-bit vectors; a call on others, which would copy lane structs from function to function.</summary>
    void Fold(Op op)
    {
        if (_variables[op.Result] is not { } target) return;
        Value low = op.Operands[0], high = op.Operands[1];
        string l = Named(Use(low).Text, low, "F32", "low"), h = Named(Use(high).Text, high, "F32", "high");

        // The first vector of the result is written before the last one of the second operand is read.
        bool shared = op.Attr == 16 && _variables[high] == target;
        string to = shared ? _names.Unique("folded") : target.Name, bit = Number(op.Attr);
        string vectors = op.Attr == 16
            ? $"{to}.Lo = {l}.Lo + {l}.Hi; {to}.Hi = {h}.Hi + {h}.Lo;"
            : $"{to}.Lo = Lanes.Fold{bit}({l}.Lo, {h}.Lo); {to}.Hi = Lanes.Fold{bit}({l}.Hi, {h}.Hi);";
        if (shared || !target.Declared) Line($"F32 {to};");
        Line($"if (Vector512.IsHardwareAccelerated) {{ {vectors} }} else Lanes.Fold{bit}(&{l}, &{h}, &{to});");
        if (shared) Assign(target, to);
        target.Declared = true;
    }

    void Mma(Op op)
    {
        // The sums go in and out through the same variables, which must not be those of other operands.
        string[] sums = [.. Enumerable.Range(0, 4).Select(_ => _names.Unique("sum"))];
        Line($"F32 {string.Join(", ", sums.Select((s, i) => $"{s} = {Use(op.Operands[6 + i])}"))};");
        Line($"Lanes.Mma{(op.Attr == 0 ? "BFloat16" : "Half")}({string.Join(", ", op.Operands.Take(6).Select(v => Use(v).Text))}{string.Concat(sums.Select(s => ", ref " + s))});");
        for (int i = 0; i < 4; i++)
            if (_variables[op.Results[i]] is { } target) Assign(target, sums[i]);
    }

    // The sums travel through an array, which code outside the warp can have a reference to.
    void MultiplyWarpGroup(Op op)
    {
        Value[] x = op.Operands;
        var flags = (WarpGroupFlags)op.Attr;
        string sums = _names.Unique("sums");
        string Flag(WarpGroupFlags flag) => (flags & flag) != 0 ? "true" : "false";
        string First(Value v) => IsLanes(v) ? Use(v).In(Binding.Primary) + "[0]" : Use(v).Text;
        Line($"global::System.Span<F32> {sums} = Sums({op.Results.Length});");
        for (int i = 0; i < op.Results.Length; i++) Line($"{sums}[{i}] = {Use(x[6 + i])};");
        Line($"Lanes.MultiplyWarpGroup(this, {sums}, {First(x[0])}, {First(x[1])}, {First(x[2])}, {First(x[3])}, {First(x[4])}, {First(x[5])}, {Flag(WarpGroupFlags.Half)}, {Flag(WarpGroupFlags.TransposedA)}, {Flag(WarpGroupFlags.TransposedB)}, {Number((long)op.Bits)});");
        for (int i = 0; i < op.Results.Length; i++)
            if (_variables[op.Results[i]] is { } target) Assign(target, $"{sums}[{i}]");
    }

    void LoadMatrix(Op op)
    {
        string[] words = [.. op.Results.Select(_ => _names.Unique("matrix"))];
        Line($"Lanes.LoadMatrix(this, {Wide(op.Operands[0])}, {Wide(op.Operands[1])}, {Use(op.Operands[2])}, {Number(op.Stride)}, {Number(op.Offset)}, {(op.Attr == 1 ? "true" : "false")}{string.Concat(words.Select(w => ", out U32 " + w))});");
        for (int i = 0; i < words.Length; i++)
            if (_variables[op.Results[i]] is { } target) Assign(target, words[i]);
    }

    void AsyncCopy(Op op)
    {
        Value[] x = op.Operands;
        string Side(int at) => $"{Wide(x[at])}, {Wide(x[at + 1])}, {Use(x[at + 2])}";
        Line($"Lanes.CopyAsync(this, {Side(0)}, {Side(3)}, {Number(op.Stride)}, {Number((long)op.Bits)}, {Use(x[6])}, {_mask});");
    }
}
