using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>
/// Gives every memory op of a PTX kernel an address of the form register + immediate: its index becomes 0, the constant part its <see cref="Op.Offset"/>,
/// and the variable part a chain of <see cref="Opcode.PtrOffset"/>, one for each loop depth, outermost first, so that the parts that a loop does not change
/// can leave it and neighbours share them. View lengths, which only the CPU reads, are dropped.
/// </summary>
internal sealed class AddressLowering
{
    // The machine's immediate offsets have 24 bits.
    const long LargestImmediate = (1 << 23) - 16;

    readonly Ranges _ranges;
    readonly LoopDepths _depths;
    readonly Dictionary<Value, int> _order = [];
    readonly Op _zero = IrClone.Constant(IrType.S32, 0, default);
    readonly Op _unbounded = IrClone.Constant(IrType.S64, long.MaxValue, default);
    readonly Op _shared;
    bool _usesShared;
    List<Op> _out = [];
    SourceLine _source;

    AddressLowering(IrKernel kernel)
    {
        _ranges = Ranges.Analyze(kernel);
        _depths = LoopDepths.Of(kernel);
        _shared = IrClone.New(Opcode.SharedAlloc, [IrType.PtrShared], [], default);
        (_shared.Bits, _shared.Attr) = ((ulong)kernel.StaticSharedBytes, kernel.StaticSharedAlignment);
        foreach (IrParameter p in kernel.Parameters) Number(p.Value);
    }

    /// <summary>Runs on a kernel. Index arithmetic left without a reader stays for <see cref="DeadCode"/>.</summary>
    public static void Run(IrKernel kernel)
    {
        var pass = new AddressLowering(kernel);
        pass.Visit(kernel.Body);
        kernel.Body.Ops.InsertRange(0, pass._usesShared ? [pass._zero, pass._unbounded, pass._shared] : [pass._zero, pass._unbounded]);
    }

    void Visit(Region region)
    {
        foreach (Value a in region.Arguments) Number(a);
        Op[] ops = [.. region.Ops];
        List<Op> outer = _out;
        _out = region.Ops;
        _out.Clear();
        foreach (Op op in ops)
        {
            _source = op.Source;
            foreach (Region r in op.Regions) Visit(r);
            foreach (Value r in op.Results) Number(r);
            switch (op.Code)
            {
                case Opcode.Load or Opcode.Store or Opcode.Atomic or Opcode.LoadMatrix:
                    (op.Operands[0], op.Offset) = Lower(op.Operands[0], op.Operands[1], op.Stride, op.Offset);
                    (op.Operands[1], op.Operands[2]) = (_zero.Result, _unbounded.Result);
                    break;
                case Opcode.AsyncCopy or Opcode.WarpGroupMma:
                    // Two addresses: their constants stand in the indices, which count bytes from here on.
                    for (int i = 0; i <= 3; i += 3)
                    {
                        (op.Operands[i], long bytes) = Lower(op.Operands[i], op.Operands[i + 1], op.Stride, 0);
                        (op.Operands[i + 1], op.Operands[i + 2]) = (Emit(IrClone.Constant(IrType.S64, (ulong)bytes, _source)), _unbounded.Result);
                    }

                    op.Stride = 1;
                    break;
            }

            _out.Add(op);
        }

        _out = outer;
    }

    void Number(Value v) => _order[v] = _order.Count;

    (Value Pointer, long Offset) Lower(Value pointer, Value index, long stride, long offset)
    {
        LinearAddress a = LinearAddress.Of(pointer, index, stride, offset, _ranges, _depths);
        Value p = a.Base;
        if (p.Definition?.Code == Opcode.SharedAlloc)
        {
            p = _shared.Result;
            _usesShared = true;
        }

        var groups = a.Terms
            .GroupBy(t => (Depth: Depth(t), Other: _depths.Counts(t.Value, t.Times) ? 0 : 1, t.Island, t.Unit, Type: t.Times?.Type ?? t.Value.Type))
            .OrderBy(g => g.Key.Depth).ThenBy(g => g.Key.Other).ThenBy(g => g.Min(t => Order(t.Value)));
        foreach (var g in groups) p = Add(p, [.. g.GroupBy(t => (t.Value, t.Times)).Select(same => same.First() with { Factor = same.Sum(t => t.Factor) }).Where(t => t.Factor != 0)], g.Key.Unit);

        if (Math.Abs(a.Constant) <= LargestImmediate) return (p, a.Constant);
        return (Move(p, Emit(IrClone.Constant(IrType.S64, (ulong)a.Constant, _source)), 1), 0);
    }

    int Depth(LinearAddress.Term t) => t.Times == null ? _depths[t.Value] : Math.Max(_depths[t.Value], _depths[t.Times]);

    int Order(Value v) => _order.TryGetValue(v, out int n) ? n : int.MaxValue;

    // One pointer move for terms that may be summed in their own type.
    Value Add(Value pointer, LinearAddress.Term[] terms, long unit)
    {
        if (terms.Length == 0) return pointer;
        IrType type = terms[0].Times?.Type ?? terms[0].Value.Type;
        LinearAddress.Term[] ordered = [.. terms.OrderBy(t => t.Factor < 0).ThenBy(t => Order(t.Value))];
        long common = ordered.Aggregate(0L, (g, t) => Gcd(g, Math.Abs(t.Factor)));
        if (ordered[0].Factor < 0) common = -common;
        Value? sum = null;
        foreach (LinearAddress.Term t in ordered)
        {
            long factor = t.Factor / common;
            Value x = t.Value.Type == type ? t.Value : Pure(Opcode.Convert, type, t.Value);
            if (t.Times != null) x = Pure(Opcode.Mul, type, x, t.Times);
            if (Math.Abs(factor) != 1) x = Pure(Opcode.Mul, type, x, Emit(IrClone.Constant(type, (ulong)Math.Abs(factor), _source)));
            sum = sum == null ? x : Pure(factor < 0 ? Opcode.Sub : Opcode.Add, type, sum, x);
        }

        long stride = unit * common;
        if (Math.Abs(stride) <= int.MaxValue) return Move(pointer, sum!, (int)stride);
        Value wide = type == IrType.S64 ? sum! : Pure(Opcode.Convert, IrType.S64, sum!);
        return Move(pointer, Pure(Opcode.Mul, IrType.S64, wide, Emit(IrClone.Constant(IrType.S64, (ulong)stride, _source))), 1);
    }

    static long Gcd(long a, long b)
    {
        while (b != 0) (a, b) = (b, a % b);
        return a;
    }

    Value Move(Value pointer, Value index, int stride)
    {
        Op op = IrClone.New(Opcode.PtrOffset, [pointer.Type], [pointer, index], _source);
        op.Stride = stride;
        return Emit(op);
    }

    Value Pure(Opcode code, IrType type, params Value[] operands) => Emit(IrClone.New(code, [type], operands, _source));

    Value Emit(Op op)
    {
        _out.Add(op);
        _depths.Add(op.Result, op.Operands.Length == 0 ? 0 : op.Operands.Max(v => _depths[v]));
        return op.Result;
    }
}
