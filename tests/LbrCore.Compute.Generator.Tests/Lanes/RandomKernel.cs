using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Tests.IR;

namespace LbrCore.Compute.Generator.Tests.Lanes;

/// <summary>
/// A random kernel that ends: arithmetic on all types, branches and loops on uniform and on lanes' own conditions, exchanges between lanes, local arrays,
/// and barriers between which every thread writes its own place of shared memory.
/// </summary>
internal sealed class RandomKernel
{
    public const int GroupSize = 64;
    public const int Length = 4 * GroupSize;

    static readonly IrType[] s_types = [IrType.S32, IrType.S32, IrType.S32, IrType.U32, IrType.F32, IrType.F32, IrType.S64, IrType.U64, IrType.F64, IrType.Pred];

    readonly Random _random;
    readonly Kernel _k;
    readonly Builder _b;
    readonly List<List<Value>> _scopes = [];
    readonly (Value Pointer, Value Length) _x, _y, _tile;
    readonly (Value Pointer, Value Length) _local;
    readonly Value _thread, _global;
    int _budget;

    public RandomKernel(int seed, int budget)
    {
        _random = new Random(seed);
        _budget = budget;
        _k = new Kernel($"random{seed}", GroupSize);
        _b = _k.Build;
        _x = _k.View("x");
        _y = _k.View("y");
        Value n = _k.Scalar("n", IrType.S32), f = _k.Scalar("f", IrType.F32), l = _k.Scalar("l", IrType.S64);
        _tile = _k.Shared(IrType.S32, GroupSize);
        _thread = _b.Special(SpecialRegister.GroupIdxX);
        _global = _b.Binary(Opcode.Add, _b.Binary(Opcode.Mul, _b.Special(SpecialRegister.GridIdxX), _b.Int(GroupSize)), _thread);
        _local = (_b.Emit(Opcode.LocalAlloc, [IrType.PtrLocal], [], op => (op.Elem, op.Count, op.Stride) = (IrType.S32, 8, 4))[0], _b.Long(8));
        _k.Store(_tile, _thread, _b.Int(0));
        _scopes.Add([n, f, l, _thread, _global, _b.Special(SpecialRegister.GridIdxX), _b.Special(SpecialRegister.LaneIdx)]);
        while (_budget > 0) Statement(Flow.Group);

        // Everything at the top level that is an int, in one sum.
        Value sum = _b.Int(0);
        foreach (Value v in _scopes[0].Where(v => v.Type == IrType.S32)) sum = _b.Binary(Opcode.Add, _b.Binary(Opcode.Mul, sum, _b.Int(31)), v);
        _k.Store(_y, _global, sum);
    }

    /// <summary>Which lanes are sure to be here.</summary>
    enum Flow { Group, Warp, Divergent }

    public IrKernel Ir => _k.Ir;

    /// <summary>One int is stored for every thread.</summary>
    public static int[] Input(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Length).Select(_ => random.Next(-50, 50))];
    }

    void Statements(Flow flow)
    {
        int count = _random.Next(2, 7);
        for (int i = 0; i < count && _budget > 0; i++) Statement(flow);
    }

    void Statement(Flow flow)
    {
        _budget--;
        switch (_random.Next(20))
        {
            case < 9:
                Scope.Add(Arithmetic());
                break;
            case < 12 when _scopes.Count < 5:
                If(flow);
                break;
            case < 14 when _scopes.Count < 4:
                Loop(flow);
                break;
            case 14:
                Scope.Add(_k.Load(_x, Index(Pick(IrType.S32), Length), IrType.S32));
                break;
            case 15:
                _k.Store(_local, Index(Pick(IrType.S32), 8), Pick(IrType.S32));
                break;
            case 16:
                Scope.Add(_k.Load(_local, Index(Pick(IrType.S32), 8), IrType.S32));
                break;
            case 17 when flow != Flow.Divergent:
                Value v = Pick(s_types[_random.Next(s_types.Length - 1)]);
                Value by = _random.Next(2) == 0 ? _b.Int(_random.Next(32)) : Pick(IrType.S32);
                int kind = _random.Next(4);
                Scope.Add(_b.Emit(Opcode.Shuffle, [v.Type], [v, by], op => op.Attr = kind)[0]);
                Scope.Add(_b.Emit(Opcode.Ballot, [IrType.U32], [Pick(IrType.Pred)])[0]);
                break;
            case 18 when flow == Flow.Group:
                _b.Emit(Opcode.Barrier, [], []);
                Scope.Add(_k.Load(_tile, Index(Pick(IrType.S32), GroupSize), IrType.S32));
                _b.Emit(Opcode.Barrier, [], []);
                _k.Store(_tile, _thread, Pick(IrType.S32));
                break;
            case 19 when flow == Flow.Group:
                int reduce = _random.Next(3);
                Scope.Add(_b.Emit(Opcode.BarrierReduce, [reduce == 2 ? IrType.S32 : IrType.Pred], [Pick(IrType.Pred)], op => op.Attr = reduce)[0]);
                break;
        }
    }

    List<Value> Scope => _scopes[^1];

    Value Pick(IrType type)
    {
        Value[] known = [.. _scopes.SelectMany(s => s).Where(v => v.Type == type)];
        if (known.Length > 0 && _random.Next(6) > 0) return known[^(1 + (int)(known.Length * Math.Pow(_random.NextDouble(), 2)))];
        Value i = _scopes.SelectMany(s => s).Last(v => v.Type == IrType.S32);
        return type switch
        {
            IrType.S32 => _b.Int(_random.Next(-9, 10)),
            IrType.F32 => _random.Next(2) == 0 ? _b.Float(_random.Next(-3, 4) * 0.5f) : _b.Convert(i, IrType.F32),
            IrType.Pred => _b.Compare(Opcode.Gt, _b.Binary(Opcode.And, i, _b.Int(_random.Next(1, 8))), _b.Int(_random.Next(3))),
            _ => _b.Convert(i, type),
        };
    }

    Value Arithmetic()
    {
        IrType t = s_types[_random.Next(s_types.Length)];
        if (t == IrType.Pred)
        {
            IrType of = s_types[_random.Next(s_types.Length - 1)];
            Opcode[] tests = [Opcode.Eq, Opcode.Ne, Opcode.Lt, Opcode.Le, Opcode.Gt, Opcode.Ge];
            Value test = Raw(tests[_random.Next(6)], IrType.Pred, Pick(of), Pick(of));
            return _random.Next(3) == 0 ? Raw(_random.Next(2) == 0 ? Opcode.And : Opcode.Xor, IrType.Pred, test, Pick(IrType.Pred)) : test;
        }

        Opcode[] codes = t.IsFloat()
            ? [Opcode.Add, Opcode.Sub, Opcode.Mul, Opcode.Neg, Opcode.Fma, Opcode.Min, Opcode.Max, Opcode.Abs, Opcode.Select, Opcode.Convert]
            : [Opcode.Add, Opcode.Sub, Opcode.Mul, Opcode.Neg, Opcode.And, Opcode.Or, Opcode.Xor, Opcode.Not, Opcode.Shl, Opcode.Shr, Opcode.Min, Opcode.Max, Opcode.Div, Opcode.Fma, Opcode.Select, Opcode.Convert];
        Opcode code = codes[_random.Next(codes.Length)];
        return code switch
        {
            Opcode.Neg or Opcode.Abs or Opcode.Not => Raw(code, t, Pick(t)),
            Opcode.Fma => Raw(code, t, Pick(t), Pick(t), Pick(t)),
            Opcode.Select => Raw(code, t, Pick(IrType.Pred), Pick(t), Pick(t)),
            Opcode.Convert => Raw(code, t, Pick(s_types.Where(x => x != t && x != IrType.Pred).ElementAt(_random.Next(s_types.Length - 4)))),
            Opcode.Shl or Opcode.Shr => Raw(code, t, Pick(t), Pick(IrType.S32)),
            _ => Raw(code, t, Pick(t), Pick(t)),
        };
    }

    // Not folded: the printer has to cope with constants everywhere.
    Value Raw(Opcode code, IrType t, params Value[] x) => _b.Emit(code, [t], x)[0];

    Value Index(Value v, int length) => Raw(Opcode.And, IrType.S32, v, _b.Int(length - 1));

    Value Condition(ref Flow flow)
    {
        if (_random.Next(2) == 0)
        {
            flow = Flow.Divergent;
            return Pick(IrType.Pred);
        }

        // The group's index, a parameter: the same for all.
        Value i = _scopes[0][_random.Next(2) == 0 ? 0 : 5];
        return Raw(Opcode.Lt, IrType.Pred, _b.Binary(Opcode.And, i, _b.Int(3)), _b.Int(_random.Next(4)));
    }

    void If(Flow flow)
    {
        Value c = Condition(ref flow);
        IrType[] yields = [.. Enumerable.Range(0, _random.Next(4)).Select(_ => s_types[_random.Next(s_types.Length)])];
        Value[] Arm(bool body)
        {
            _scopes.Add([]);
            if (body) Statements(flow);
            Value[] result = [.. yields.Select(Pick)];
            _scopes.RemoveAt(_scopes.Count - 1);
            return result;
        }

        int shape = _random.Next(4);
        Scope.AddRange(_k.If(c, () => Arm(shape != 0), () => Arm(shape != 1)));
    }

    void Loop(Flow flow)
    {
        // A counter ends the loop for sure, for every lane at its own time or for all at once.
        bool divergent = _random.Next(2) == 0;
        Value limit = divergent ? _b.Binary(Opcode.And, Pick(IrType.S32), _b.Int(3)) : _b.Int(_random.Next(1, 4));
        if (divergent) flow = Flow.Divergent;
        IrType[] types = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => s_types[_random.Next(s_types.Length)])];
        Value[] initial = [_b.Int(0), .. types.Select(Pick)];
        Scope.AddRange(_k.Loop(initial, a =>
        {
            _scopes.Add([.. a]);
            Statements(flow);
            Value next = Raw(Opcode.Add, IrType.S32, a[0], _b.Int(1));
            Value[] nexts = [next, .. types.Select(Pick)];
            Value again = Raw(Opcode.Lt, IrType.Pred, _random.Next(2) == 0 ? next : a[0], limit);
            if (_random.Next(3) == 0 && flow == Flow.Divergent) again = Raw(Opcode.And, IrType.Pred, again, Pick(IrType.Pred));
            _scopes.RemoveAt(_scopes.Count - 1);
            return (again, nexts);
        }));
    }
}
