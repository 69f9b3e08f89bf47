using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Passes;

namespace LbrCore.Compute.Generator.Lanes;

/// <summary>
/// Accesses of neighbouring elements by a whole warp become rows: the index of lane 0, which all lanes share, takes the place of the vector of indices. What
/// only served to compute that vector is dead afterwards, and one comparison of scalars checks the bounds. A load whose index is a minimum, so that the last
/// lanes read the last element, is a row where no lane comes to that, and one element for all where every lane does.
/// </summary>
internal sealed class RowForming
{
    readonly IrKernel _kernel;
    readonly Uniformity _uniformity;
    readonly LaneSteps _steps, _clampedSteps;

    // What is to stand behind the definition of a value: its lane 0, and the limit of a length.
    readonly HashSet<Value> _wanted = [];
    readonly HashSet<Value> _lengths = [];
    readonly Dictionary<Value, Value> _first = [];
    readonly Dictionary<Value, Value> _limits = [];

    // Minima, and whether none of the lanes is at its bound, or all are.
    readonly Dictionary<Value, Value> _below = [];
    readonly Dictionary<Value, Value> _above = [];

    RowForming(IrKernel kernel)
    {
        _kernel = kernel;
        _uniformity = Uniformity.Analyze(kernel, localArrays: true);
        _steps = new LaneSteps(kernel, _uniformity);
        _clampedSteps = new LaneSteps(kernel, _uniformity, clamps: true);
    }

    /// <summary>Runs on a kernel, behind <see cref="WarpIndexForming"/>.</summary>
    public static void Run(IrKernel kernel)
    {
        // A warp that is not full has lanes that must not touch memory.
        if (kernel.GroupSize == 0 || kernel.GroupSize % 32 != 0) return;
        var pass = new RowForming(kernel);
        var rows = new HashSet<Op>();
        pass.Find(kernel.Body, rows);
        if (rows.Count == 0) return;
        foreach (IrParameter p in kernel.Parameters)
            if (pass._lengths.Contains(p.Value)) kernel.Body.Ops.Insert(0, pass.Limit(p.Value, kernel.Source));
        pass.Rewrite(kernel.Body, rows);
    }

    void Find(Region region, HashSet<Op> rows)
    {
        foreach (Op op in region.Ops)
        {
            // Where lanes have left, or wait for others, an access is under a mask.
            bool masked = op.Code == Opcode.If ? IsLanes(op.Operands[0]) : op.Code == Opcode.Loop && IsLanes(op.Regions[0].Yield[0]);
            if (!masked)
                foreach (Region r in op.Regions) Find(r, rows);
            if (!IsRow(op, _steps) && !IsClamped(op)) continue;
            rows.Add(op);
            _lengths.Add(op.Operands[2]);
            Want(op.Operands[1]);
        }
    }

    bool IsClamped(Op op) => op.Code == Opcode.Load && IsRow(op, _clampedSteps) && Minima(op.Operands[1]).Distinct().Count() == 1;

    IEnumerable<Value> Minima(Value index) => !IsLanes(index) ? [] : index.Definition!.Code == Opcode.Min ? [index] : index.Definition.Operands.SelectMany(Minima);

    bool IsRow(Op op, LaneSteps steps) =>
        op.Code is Opcode.Load or Opcode.Store && op.Count == 1 && op.Offset == 0 && op.Stride == op.Elem.Size() && op.Operands[0].Type != IrType.PtrLocal
        && (CacheKind)op.Attr != CacheKind.Volatile && !IsLanes(op.Operands[0]) && !IsLanes(op.Operands[2]) && IsLanes(op.Operands[1])
        && steps[op.Operands[1]] == 1;

    bool IsLanes(Value v) => !v.IsConst && _uniformity[v] == Uniform.Divergent;

    void Want(Value v)
    {
        if (!IsLanes(v) || !_wanted.Add(v)) return;
        foreach (Value x in v.Definition!.Operands) Want(x);
    }

    void Rewrite(Region region, HashSet<Op> rows)
    {
        var result = new List<Op>(region.Ops.Count);
        foreach (Value v in region.Arguments)
            if (_lengths.Contains(v)) result.Add(Limit(v, default));
        foreach (Op op in region.Ops)
        {
            foreach (Region r in op.Regions) Rewrite(r, rows);
            if (rows.Contains(op))
            {
                result.Add(IsRow(op, _steps) ? Row(op, op.Results) : ClampedRow(op));
                continue;
            }

            result.Add(op);
            foreach (Value v in op.Results)
            {
                if (_wanted.Contains(v)) First(v, op, result);
                if (_lengths.Contains(v)) result.Add(Limit(v, op.Source));
            }
        }

        region.Ops.Clear();
        region.Ops.AddRange(result);
    }

    Op Row(Op op, Value[] results)
    {
        bool load = op.Code == Opcode.Load;
        Value[] operands = [op.Operands[0], _first[op.Operands[1]], op.Operands[2], _limits[op.Operands[2]], .. op.Operands.Skip(3)];
        var row = new Op(load ? Opcode.LoadRow : Opcode.StoreRow, operands, results) { Attr = op.Attr, Elem = op.Elem, Stride = op.Stride, Source = op.Source, Origin = op.Origin };
        foreach (Value r in row.Results) r.Definition = row;
        return row;
    }

    Op ClampedRow(Op op)
    {
        var then = new Region();
        Op row = Row(op, [new Value(op.Result.Type)]);
        then.Ops.Add(row);
        then.Yield.Add(row.Result);

        // The vector of indices is only computed where it is read.
        Value minimum = Minima(op.Operands[1]).First();
        Region some = Loaded(op, new Substitution());
        if (!IsUniformBeside(op.Operands[1])) return Branch(_below[minimum], then, some, op.Results, op);
        var atBound = new Substitution();
        atBound.Replace(minimum, minimum.Definition!.Operands[IsLanes(minimum.Definition.Operands[0]) ? 1 : 0]);
        var rest = new Region();
        rest.Ops.Add(Branch(_above[minimum], Loaded(op, atBound), some, [new Value(op.Result.Type)], op));
        rest.Yield.Add(rest.Ops[0].Result);
        return Branch(_below[minimum], then, rest, op.Results, op);
    }

    Region Loaded(Op op, Substitution map)
    {
        var region = new Region();
        Sink(op.Operands[1], region, map);
        Op load = IrClone.Copy(op, map);
        region.Ops.Add(load);
        region.Yield.Add(load.Result);
        return region;
    }

    static Op Branch(Value condition, Region then, Region otherwise, Value[] results, Op of)
    {
        var branch = new Op(Opcode.If, [condition], results) { Regions = [then, otherwise], Source = of.Source, Origin = of.Origin };
        branch.Result.Definition = branch;
        return branch;
    }

    /// <summary>Whether nothing but the minimum differs from lane to lane in an index.</summary>
    bool IsUniformBeside(Value index) => !IsLanes(index) || index.Definition!.Code == Opcode.Min || (index.Definition.Operands.Length > 0 && index.Definition.Operands.All(IsUniformBeside));

    void Sink(Value v, Region region, Substitution map)
    {
        if (!IsLanes(v) || v.Definition!.Code is Opcode.Special or Opcode.Min || !ReferenceEquals(map[v], v)) return;
        foreach (Value x in v.Definition.Operands) Sink(x, region, map);
        region.Ops.Add(IrClone.Copy(v.Definition, map));
    }

    Op Limit(Value length, SourceLine source)
    {
        Op op = length.ConstInt is { } count
            ? IrClone.Constant(IrType.S64, (ulong)Math.Max(count - 31, 0), source)
            : IrClone.New(Opcode.RowLimit, [IrType.S64], [length], source);
        string name = length.Name ?? "view";
        op.Result.Name = (name.EndsWith("Length", StringComparison.Ordinal) ? name.Substring(0, name.Length - "Length".Length) : name) + "Rows";
        _limits[length] = op.Result;
        return op;
    }

    // The same sum of products as the vector's, of what lane 0 has.
    void First(Value v, Op op, List<Op> result)
    {
        if (op.Code == Opcode.Special)
        {
            if ((SpecialRegister)op.Attr == SpecialRegister.LaneIdx)
            {
                _first[v] = Add(IrClone.Constant(IrType.S32, 0, op.Source));
                return;
            }

            Op warp = IrClone.New(Opcode.Special, [IrType.S32], [], op.Source);
            warp.Attr = (int)SpecialRegister.WarpIdx;
            _first[v] = Compute(Opcode.Mul, IrType.S32, [Add(warp), Add(IrClone.Constant(IrType.S32, 32, op.Source))]);
            return;
        }

        if (op.Code == Opcode.Min)
        {
            Value growing = op.Operands[IsLanes(op.Operands[0]) ? 0 : 1], bound = op.Operands[IsLanes(op.Operands[0]) ? 1 : 0];
            _first[v] = _first[growing];
            Value last = Compute(Opcode.Add, IrType.S64, [Compute(Opcode.Convert, IrType.S64, [_first[v]]), Add(IrClone.Constant(IrType.S64, 31, op.Source))]);
            _below[v] = Compute(Opcode.Le, IrType.Pred, [last, Compute(Opcode.Convert, IrType.S64, [bound])]);
            _above[v] = Compute(Opcode.Ge, IrType.Pred, [_first[v], bound]);
            return;
        }

        _first[v] = Compute(op.Code, v.Type, [.. op.Operands.Select(x => IsLanes(x) ? _first[x] : x)]);

        Value Add(Op made)
        {
            result.Add(made);
            return made.Result;
        }

        Value Compute(Opcode code, IrType type, Value[] x) =>
            Folder.Fold(code, type, x, 0, (t, bits) => Add(IrClone.Constant(t, bits, op.Source))) ?? Add(IrClone.New(code, [type], x, op.Source));
    }
}
