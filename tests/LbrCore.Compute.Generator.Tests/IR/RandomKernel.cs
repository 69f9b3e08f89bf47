using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Tests.IR;

/// <summary>Random kernels that end, stay in bounds and use what passes and printer care about: nested loops and branches, exits, counters, addresses.</summary>
internal sealed class RandomKernel
{
    readonly Random _random;
    readonly Kernel _kernel;
    readonly Builder _b;
    readonly (Value Pointer, Value Length) _x, _y, _shared;
    // The pool of a type that values never have keeps the indices.
    const IrType Indices = IrType.PtrLocal;
    Dictionary<IrType, List<Value>> _pool = new() { [Indices] = [] };
    int _budget = 90;

    RandomKernel(int seed)
    {
        _random = new Random(seed);
        _kernel = new Kernel("random", groupSize: _random.Next(2) * 64);
        _b = _kernel.Build;
        _x = _kernel.View("x");
        _y = _kernel.View("y");
        foreach (IrType t in (IrType[])[IrType.S32, IrType.F32, IrType.Pred, IrType.U32, IrType.S64]) _pool[t] = [];
        _pool[IrType.S32].Add(_kernel.Scalar("n", IrType.S32));
        _pool[IrType.S32].Add(_kernel.Scalar("m", IrType.S32));
        _pool[IrType.F32].Add(_kernel.Scalar("f", IrType.F32));
        _pool[IrType.S32].Add(_b.Special(SpecialRegister.GroupIdxX));
        _pool[IrType.Pred].Add(_b.Compare(Opcode.Lt, _pool[IrType.S32][0], _pool[IrType.S32][1]));
        _shared = _kernel.Shared(IrType.S32, 64);
        Value clear = _b.Int(0);
        for (int i = 0; i < 4; i++) _kernel.Store(_shared, _b.Int(i), clear);
    }

    /// <summary>The kernel of a seed; parameters are two views of 256 four-byte elements, two int and a float.</summary>
    public static Kernel Make(int seed)
    {
        var r = new RandomKernel(seed);
        r.Statements(0);
        foreach (Value v in r._pool[IrType.S32]) r._kernel.Store(r._y, r._b.Int(r._random.Next(64)), v);
        foreach (Value v in r._pool[IrType.F32]) r._kernel.Store(r._y, r._b.Int(64 + r._random.Next(64)), v);
        return r._kernel;
    }

    Value Any(IrType t) => _random.Next(4) == 0 || _pool[t].Count == 0 ? Constant(t) : _pool[t][_random.Next(_pool[t].Count)];

    Value Constant(IrType t) => t switch
    {
        IrType.F32 => _b.Float(_random.Next(-3, 4)),
        IrType.Pred => _pool[t].Count > 0 ? _pool[t][_random.Next(_pool[t].Count)] : _b.Bool(_random.Next(2) == 0),
        IrType.U32 => _b.Const(t, (ulong)_random.Next(9)),
        _ => _b.Const(t, (ulong)(long)_random.Next(-3, 9)),
    };

    T Pick<T>(params T[] items) => items[_random.Next(items.Length)];

    void Statements(int depth)
    {
        int count = _random.Next(2, 7);
        for (int i = 0; i < count && _budget-- > 0; i++)
        {
            switch (_random.Next(10))
            {
                case 0 or 1 when depth < 4:
                    Branch(depth);
                    break;
                case 2 when depth < 3:
                    Loop(depth);
                    break;
                case 3:
                    _kernel.Store(Pick(_y, _shared), Index(), Any(IrType.S32));
                    break;
                case 5:
                    Update(Pick(_y, _shared), Index());
                    break;
                case 4:
                    _pool[IrType.S32].Add(_kernel.Load(Pick(_x, _y, _shared), Index(), IrType.S32, offset: 4 * _random.Next(3)));
                    break;
                default:
                    Arithmetic();
                    break;
            }
        }
    }

    // Reads, writes and reads again, in neighbouring elements.
    void Update((Value Pointer, Value Length) view, Value index)
    {
        int at = 4 * _random.Next(3);
        Value old = _kernel.Load(view, index, IrType.S32, offset: at);
        int count = _random.Next(1, 4);
        if (_random.Next(3) == 0) index = _b.Binary(Opcode.And, index, _b.Const(index.Type, ~3UL));
        for (int i = 0; i < count; i++)
        {
            _kernel.Store(view, _b.Binary(Opcode.Add, index, _b.Const(index.Type, (ulong)i)), Any(IrType.S32));
            if (_random.Next(3) == 0) _pool[IrType.S32].Add(_kernel.Load(view, index, IrType.S32));
        }

        Value now = _kernel.Load(view, index, IrType.S32, offset: at);
        _pool[IrType.S32].Add(_b.Binary(Opcode.Sub, now, old));
        _kernel.Store(_y, _b.Int(_random.Next(64)), _pool[IrType.S32][^1]);
    }

    // In [0, 60), of shapes that address lowering takes apart; often one used before, so that accesses meet.
    Value Index()
    {
        List<Value> before = _pool[Indices];
        if (before.Count > 0 && _random.Next(2) == 0) return before[_random.Next(before.Count)];
        Value fresh = FreshIndex();
        before.Add(fresh);
        return fresh;
    }

    Value FreshIndex()
    {
        Value low = _b.Binary(Opcode.And, Any(IrType.S32), _b.Int(7));
        Value scaled = _random.Next(4) switch
        {
            0 => _b.Binary(Opcode.Mul, low, _b.Int(_random.Next(1, 5))),
            3 => _b.Binary(Opcode.Mul, _b.Binary(Opcode.Add, low, _b.Binary(Opcode.And, Any(IrType.S32), _b.Int(1))), _b.Binary(Opcode.And, Any(IrType.S32), _b.Int(3))),
            1 => _b.Binary(Opcode.Shl, low, _b.Int(_random.Next(0, 3))),
            _ => _b.Binary(Opcode.Add, low, _b.Binary(Opcode.And, Any(IrType.S32), _b.Int(3))),
        };
        Value index = _b.Binary(Opcode.Add, scaled, _b.Int(_random.Next(24)));
        return _random.Next(3) == 0 ? _b.Convert(index, IrType.S64) : index;
    }

    void Arithmetic()
    {
        switch (_random.Next(9))
        {
            case 0:
                _pool[IrType.Pred].Add(_b.Compare(Pick(Opcode.Lt, Opcode.Le, Opcode.Eq, Opcode.Ne, Opcode.Gt, Opcode.Ge), Any(IrType.S32), Any(IrType.S32)));
                break;
            case 1:
                _pool[IrType.Pred].Add(_random.Next(3) == 0 ? _b.Pure(Opcode.Not, IrType.Pred, [Any(IrType.Pred)]) : _b.Binary(Pick(Opcode.And, Opcode.Or, Opcode.Xor), Any(IrType.Pred), Any(IrType.Pred)));
                break;
            case 2:
                _pool[IrType.F32].Add(_b.Binary(Pick(Opcode.Add, Opcode.Sub, Opcode.Mul, Opcode.Max), Any(IrType.F32), Any(IrType.F32)));
                break;
            case 3:
                IrType t = Pick(IrType.S32, IrType.F32, IrType.Pred);
                _pool[t].Add(_b.Select(Any(IrType.Pred), Any(t), Any(t)));
                break;
            case 4:
                _pool[IrType.U32].Add(_random.Next(3) == 0 ? _b.Binary(Opcode.Shr, Any(IrType.U32), Any(IrType.S32)) : _b.Binary(Pick(Opcode.Add, Opcode.Mul, Opcode.Div, Opcode.Rem), Any(IrType.U32), Any(IrType.U32)));
                break;
            case 5:
                _pool[IrType.S32].Add(_b.Convert(Any(Pick(IrType.S64, IrType.U32)), IrType.S32));
                _pool[IrType.U32].Add(_b.Convert(Any(IrType.S32), IrType.U32));
                _pool[IrType.S64].Add(_b.Convert(Any(IrType.S32), IrType.S64));
                break;
            case 6:
                _pool[IrType.S64].Add(_b.Binary(Pick(Opcode.Add, Opcode.Sub, Opcode.Mul), Any(IrType.S64), Any(IrType.S64)));
                break;
            case 7:
                _pool[IrType.S32].Add(_b.Binary(Pick(Opcode.Shl, Opcode.Shr), Any(IrType.S32), Any(IrType.S32)));
                break;
            default:
                _pool[IrType.S32].Add(_b.Binary(Pick(Opcode.Add, Opcode.Sub, Opcode.Mul, Opcode.And, Opcode.Xor, Opcode.Min, Opcode.Div, Opcode.Rem), Any(IrType.S32), Any(IrType.S32)));
                break;
        }
    }

    // Runs what fills a region, with a pool of its own.
    T Scoped<T>(Func<T> body)
    {
        Dictionary<IrType, List<Value>> outer = _pool;
        _pool = outer.ToDictionary(p => p.Key, p => p.Value.ToList());
        T result = body();
        _pool = outer;
        return result;
    }

    void Branch(int depth)
    {
        IrType[] types = [.. Enumerable.Range(0, _random.Next(4)).Select(_ => Pick(IrType.S32, IrType.F32, IrType.Pred, IrType.S32))];
        Value[] Arm() => Scoped<Value[]>(() =>
        {
            if (_random.Next(4) > 0) Statements(depth + 1);
            if (_random.Next(2) == 0) _kernel.Store(_y, _b.Int(_random.Next(64)), Any(IrType.S32));
            return [.. types.Select(Any)];
        });
        Value condition = _random.Next(3) > 0 ? _b.Compare(Pick(Opcode.Lt, Opcode.Eq, Opcode.Ge), _b.Binary(Opcode.And, Any(IrType.S32), _b.Int(3)), _b.Int(_random.Next(1, 3))) : Any(IrType.Pred);
        bool empty = types.Length == 0 && _random.Next(2) == 0;
        Value[] results = _kernel.If(condition, Arm, empty ? null : Arm);
        for (int i = 0; i < results.Length; i++) _pool[types[i]].Add(results[i]);
    }

    void Loop(int depth)
    {
        IrType[] types = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Pick(IrType.S32, IrType.F32, IrType.Pred))];
        Value start = _random.Next(2) == 0 ? _b.Int(_random.Next(3)) : _b.Binary(Opcode.And, Any(IrType.S32), _b.Int(3));
        Value limit = _random.Next(2) == 0 ? _b.Int(_random.Next(1, 7)) : _b.Binary(Opcode.And, Any(IrType.S32), _b.Int(7));
        Value step = _random.Next(3) == 0 ? _b.Binary(Opcode.Add, _b.Binary(Opcode.And, Any(IrType.S32), _b.Int(1)), _b.Int(1)) : _b.Int(_random.Next(1, 3));
        int shape = _random.Next(4);
        Value seen = Index();
        (Value, Value) view = Pick(_y, _shared);
        _pool[IrType.S32].Add(_kernel.Load(view, seen, IrType.S32));
        Value[] results = _kernel.Loop([start, .. types.Select(Any)], a => Scoped<(Value, Value[])>(() =>
        {
            _pool[IrType.S32].Add(a[0]);
            for (int i = 0; i < types.Length; i++) _pool[types[i]].Add(a[i + 1]);
            // The counter, at most nine, in indices that can advance with it.
            Value fixedPart = _b.Binary(Opcode.And, _pool[IrType.S32][0], _b.Int(3));
            _pool[Indices].Add(_b.Binary(Opcode.Add, _b.Binary(Opcode.Mul, _b.Binary(Opcode.Add, a[0], _b.Int(_random.Next(3))), fixedPart), _b.Int(_random.Next(20))));
            _pool[Indices].Add(_b.Binary(Opcode.Mul, _b.Convert(_b.Binary(Opcode.Add, a[0], fixedPart), IrType.S64), _b.Convert(_random.Next(2) == 0 ? _b.Int(4) : fixedPart, IrType.S64)));
            _pool[IrType.S32].Add(_kernel.Load(view, seen, IrType.S32));
            _kernel.Store(_y, _b.Binary(Opcode.Add, a[0], _b.Int(130 + _random.Next(8))), Any(IrType.S32));
            if (_random.Next(2) == 0) _kernel.Store(view, seen, _b.Binary(Opcode.Add, _pool[IrType.S32][^1], Any(IrType.S32)));
            if (shape == 0) return Round(depth, a, limit, step, types);
            if (shape == 1)
            {
                // A test on top, or a break: one arm leaves.
                Value[] r = _kernel.If(_b.Compare(Opcode.Lt, a[0], limit),
                    () => Scoped<Value[]>(() =>
                    {
                        (Value goOn, Value[] next) = Round(depth, a, limit, step, types);
                        return [_random.Next(2) == 0 ? _b.Bool(true) : goOn, .. next];
                    }),
                    () => Scoped<Value[]>(() =>
                    {
                        if (_random.Next(2) == 0) Statements(depth + 2);
                        return [_b.Bool(false), a[0], .. types.Select(Any)];
                    }));
                return (r[0], r[1..]);
            }

            // The front end's form of a break: what follows is skipped, the counter kept.
            Value left = Any(IrType.Pred);
            Value not = _b.Pure(Opcode.Not, IrType.Pred, [left]);
            Value[] s = _kernel.If(not, () => Scoped<Value[]>(() =>
            {
                Statements(depth + 2);
                return [Any(IrType.S32)];
            }), () => [_b.Int(7)]);
            _pool[IrType.S32].Add(s[0]);
            Value moved = _b.Binary(Opcode.Add, a[0], step);
            Value again = _b.Binary(Opcode.And, not, _b.Compare(Opcode.Lt, moved, limit));
            return (again, [shape == 2 ? _b.Select(not, moved, a[0]) : moved, .. types.Select(Any)]);
        }));
        if (_random.Next(2) == 0) _pool[IrType.S32].Add(results[0]);
        for (int i = 0; i < types.Length; i++) _pool[types[i]].Add(results[i + 1]);
    }

    (Value, Value[]) Round(int depth, Value[] a, Value limit, Value step, IrType[] types)
    {
        Statements(depth + 1);
        Value next = _b.Binary(Opcode.Add, a[0], step);
        return (_b.Compare(Opcode.Lt, next, limit), [next, .. types.Select(Any)]);
    }
}
