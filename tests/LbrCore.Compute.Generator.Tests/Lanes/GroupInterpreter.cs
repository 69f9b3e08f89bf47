using System.Numerics;
using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Tests.Lanes;

/// <summary>
/// Runs a kernel's IR for one group at a time: every op for every thread that is there, one value after the other, straight from the rules at
/// <see cref="Opcode"/>. Slow and plain on purpose.
/// </summary>
internal sealed class GroupInterpreter(IrKernel kernel, ulong[] scalars, byte[][] views)
{
    readonly int _threads = kernel.GroupSize;
    readonly Dictionary<Value, ulong[]> _values = [];
    readonly Dictionary<Value, ulong[][]> _locals = [];
    byte[] _shared = [];
    int _group;

    /// <summary>Runs a group. Pointers are a view's number in the upper and a byte in the lower half; the last view is shared memory.</summary>
    public void Run(int group)
    {
        _group = group;
        _shared = new byte[kernel.StaticSharedBytes];
        int view = 0, scalar = 0;
        foreach (IrParameter p in kernel.Parameters)
        {
            ulong value = p.IsViewPointer ? (ulong)view << 32 : p.IsViewLength ? scalars[scalar++] : scalars[scalar++];
            if (p.IsViewPointer) view++;
            _values[p.Value] = [.. Enumerable.Repeat(value, _threads)];
        }

        Region(kernel.Body, [.. Enumerable.Repeat(true, _threads)]);
    }

    void Region(Region region, bool[] active)
    {
        foreach (Op op in region.Ops) Execute(op, active);
    }

    void Execute(Op op, bool[] active)
    {
        switch (op.Code)
        {
            case Opcode.If:
                bool[] then = [.. active.Select((a, i) => a && _values[op.Operands[0]][i] != 0)], otherwise = [.. active.Select((a, i) => a && _values[op.Operands[0]][i] == 0)];
                foreach (Value r in op.Results) _values[r] = new ulong[_threads];
                foreach ((Region arm, bool[] there) in new[] { (op.Regions[0], then), (op.Regions[1], otherwise) })
                {
                    if (!there.Any(t => t)) continue;
                    Region(arm, there);
                    Copy(arm.Yield, op.Results, 0, there);
                }

                return;
            case Opcode.Loop:
                Region body = op.Regions[0];
                foreach (Value v in body.Arguments.Concat(op.Results)) _values[v] = new ulong[_threads];
                Copy(op.Operands, body.Arguments, 0, active);
                bool[] live = [.. active];
                while (live.Any(l => l))
                {
                    Region(body, live);
                    Copy(body.Yield, op.Results, 1, live);
                    bool[] next = [.. live.Select((l, i) => l && _values[body.Yield[0]][i] != 0)];
                    Copy(op.Results, body.Arguments, 0, next);
                    live = next;
                }

                return;
            case Opcode.LocalAlloc:
                _locals[op.Result] = [.. Enumerable.Range(0, _threads).Select(_ => new ulong[op.Count])];
                return;
        }

        ulong[][] x = [.. op.Operands.Select(v => _values.TryGetValue(v, out ulong[]? known) ? known : new ulong[_threads])];
        ulong[][] results = [.. op.Results.Select(r => _values.TryGetValue(r, out ulong[]? old) ? (ulong[])old.Clone() : new ulong[_threads])];
        for (int i = 0; i < _threads; i++)
        {
            if (!active[i]) continue;
            if (op.Code == Opcode.Store) Store(op, i, x);
            else if (op.Code == Opcode.Load) Load(op, i, x, results);
            else if (op.Code is Opcode.LoadRow or Opcode.StoreRow) Row(op, i, x, results);
            else if (op.Results.Length == 1) results[0][i] = Constants.Wrap(op.Result.Type, Compute(op, i, x, active));
        }

        for (int r = 0; r < results.Length; r++) _values[op.Results[r]] = results[r];
    }

    void Copy(IReadOnlyList<Value> from, IReadOnlyList<Value> to, int offset, bool[] active)
    {
        // All at once: what one value becomes may be what another one was.
        ulong[][] read = [.. to.Select((_, i) => (ulong[])_values[from[i + offset]].Clone())];
        for (int v = 0; v < to.Count; v++)
            for (int i = 0; i < _threads; i++)
                if (active[i]) _values[to[v]][i] = read[v][i];
    }

    (byte[] Memory, long At) Place(Op op, int i, ulong[][] x) =>
        (op.Operands[0].Type == IrType.PtrShared ? _shared : views[x[0][i] >> 32], (long)(uint)x[0][i] + (long)x[1][i] * op.Stride + op.Offset);

    void Load(Op op, int i, ulong[][] x, ulong[][] results)
    {
        if (op.Operands[0].Type == IrType.PtrLocal)
        {
            results[0][i] = _locals[op.Operands[0]][i][x[1][i]];
            return;
        }

        (byte[] memory, long at) = Place(op, i, x);
        for (int e = 0; e < op.Count; e++)
        {
            ulong bits = 0;
            for (int b = 0; b < op.Elem.Size(); b++) bits |= (ulong)memory[at + e * op.Elem.Size() + b] << 8 * b;
            results[e][i] = Constants.Wrap(op.Elem, bits);
        }
    }

    void Store(Op op, int i, ulong[][] x)
    {
        if (op.Operands[0].Type == IrType.PtrLocal)
        {
            _locals[op.Operands[0]][i][x[1][i]] = x[3][i];
            return;
        }

        (byte[] memory, long at) = Place(op, i, x);
        for (int e = 0; e < op.Count; e++)
            for (int b = 0; b < op.Elem.Size(); b++) memory[at + e * op.Elem.Size() + b] = (byte)(x[3 + e][i] >> 8 * b);
    }

    // Every lane's own element, the index given for the first one.
    void Row(Op op, int i, ulong[][] x, ulong[][] results)
    {
        ulong[][] own = [x[0], [.. x[1].Select((first, thread) => first + (ulong)(thread % 32))], x[2], .. x.Skip(4)];
        if (op.Code == Opcode.LoadRow) Load(op, i, own, results);
        else Store(op, i, own);
    }

    ulong Compute(Op op, int i, ulong[][] x, bool[] active)
    {
        IrType t = op.Operands.Length > 0 ? op.Operands[^1].Type : op.Result.Type;
        ulong A() => x[0][i];
        switch (op.Code)
        {
            case Opcode.Const: return op.Bits;
            case Opcode.SharedAlloc: return (ulong)op.Offset;
            case Opcode.Special:
                return (SpecialRegister)op.Attr switch
                {
                    SpecialRegister.GroupIdxX => (ulong)i,
                    SpecialRegister.GridIdxX => (ulong)_group,
                    SpecialRegister.LaneIdx => (ulong)(i % 32),
                    SpecialRegister.WarpIdx => (ulong)(i / 32),
                    SpecialRegister.GroupDimX => (ulong)_threads,
                    _ => throw new NotSupportedException(),
                };
            case Opcode.Barrier: return 0;
            case Opcode.BarrierReduce:
                int votes = Enumerable.Range(0, _threads).Count(j => active[j] && x[0][j] != 0);
                return op.Attr switch { 0 => votes == active.Count(a => a) ? 1ul : 0, 1 => votes > 0 ? 1ul : 0, _ => (ulong)votes };
            case Opcode.Ballot:
                ulong ballot = 0;
                for (int j = i / 32 * 32; j < Math.Min(_threads, i / 32 * 32 + 32); j++) if (active[j] && x[0][j] != 0) ballot |= 1ul << j % 32;
                return ballot;
            case Opcode.Shuffle:
                int lane = i % 32, by = (int)x[1][i] & 31;
                int source = (ShuffleKind)op.Attr switch
                {
                    ShuffleKind.Index => by,
                    ShuffleKind.Up => lane < by ? lane : lane - by,
                    ShuffleKind.Down => lane + by > 31 ? lane : lane + by,
                    _ => lane ^ by,
                };
                return x[0][i / 32 * 32 + source];
            case Opcode.Fold:
                ulong[] own = (i & op.Attr) == 0 ? x[0] : x[1];
                return Constants.FromFloat(Constants.ToFloat(own[i]) + Constants.ToFloat(own[i ^ op.Attr]));
            case Opcode.Select: return A() != 0 ? x[1][i] : x[2][i];
            case Opcode.Convert: return Constants.Convert(op.Operands[0].Type, op.Result.Type, A())!.Value;
            case Opcode.Bitcast: return A();
            case Opcode.Eq or Opcode.Ne or Opcode.Lt or Opcode.Le or Opcode.Gt or Opcode.Ge:
                return (t switch
                {
                    IrType.F32 => Compare(op.Code, Constants.ToFloat(A()), Constants.ToFloat(x[1][i])),
                    IrType.F64 => Compare(op.Code, Constants.ToDouble(A()), Constants.ToDouble(x[1][i])),
                    _ when t.IsSigned() => Compare(op.Code, (long)A(), (long)x[1][i]),
                    _ => Compare(op.Code, A(), x[1][i]),
                }) ? 1ul : 0;
            case Opcode.Shl: return A() << ((int)x[1][i] & (op.Result.Type.Size() * 8 - 1));
            case Opcode.Shr:
                int count = (int)x[1][i] & (op.Result.Type.Size() * 8 - 1);
                return op.Result.Type.IsSigned() ? (ulong)((long)A() >> count) : A() >> count;
            case Opcode.RowLimit: return (ulong)Math.Max((long)A() - 31, 0);
            case Opcode.PtrOffset: return A() + (ulong)((long)x[1][i] * op.Stride);
        }

        ulong[] y = [.. x.Select(v => v[i])];
        return op.Result.Type switch
        {
            IrType.F32 => Constants.FromFloat(Arithmetic<float>(op.Code, [.. y.Select(Constants.ToFloat)])),
            IrType.F64 => Constants.FromDouble(Arithmetic<double>(op.Code, [.. y.Select(Constants.ToDouble)])),
            IrType.S32 => (ulong)Integer<int>(op.Code, [.. y.Select(v => (int)v)]),
            IrType.U32 => Integer<uint>(op.Code, [.. y.Select(v => (uint)v)]),
            IrType.S64 => (ulong)Integer<long>(op.Code, [.. y.Select(v => (long)v)]),
            IrType.U64 => Integer<ulong>(op.Code, y),
            IrType.Pred => op.Code switch { Opcode.And => y[0] & y[1], Opcode.Or => y[0] | y[1], Opcode.Xor => y[0] ^ y[1], _ => 1 - y[0] },
            _ => throw new NotSupportedException(op.Code.ToString()),
        };
    }

    static bool Compare<T>(Opcode code, T a, T b) where T : IComparisonOperators<T, T, bool> => code switch
    {
        Opcode.Eq => a == b,
        Opcode.Ne => a != b,
        Opcode.Lt => a < b,
        Opcode.Le => a <= b,
        Opcode.Gt => a > b,
        _ => a >= b,
    };

    static T Arithmetic<T>(Opcode code, T[] x) where T : IFloatingPointIeee754<T> => code switch
    {
        Opcode.Add => x[0] + x[1],
        Opcode.Sub => x[0] - x[1],
        Opcode.Mul => x[0] * x[1],
        Opcode.Div => x[0] / x[1],
        Opcode.Neg => -x[0],
        Opcode.Fma => T.FusedMultiplyAdd(x[0], x[1], x[2]),
        Opcode.Min => T.Min(x[0], x[1]),
        Opcode.Max => T.Max(x[0], x[1]),
        Opcode.Abs => T.Abs(x[0]),
        Opcode.Sqrt => T.Sqrt(x[0]),
        Opcode.Floor => T.Floor(x[0]),
        _ => throw new NotSupportedException(code.ToString()),
    };

    static T Integer<T>(Opcode code, T[] x) where T : IBinaryInteger<T>, IMinMaxValue<T> => unchecked(code switch
    {
        Opcode.Add => x[0] + x[1],
        Opcode.Sub => x[0] - x[1],
        Opcode.Mul => x[0] * x[1],
        Opcode.Div => x[1] == T.Zero ? T.Zero : x[0] == T.MinValue && x[1] + T.One == T.Zero ? x[0] : x[0] / x[1],
        Opcode.Fma => x[0] * x[1] + x[2],
        Opcode.Neg => T.Zero - x[0],
        Opcode.Min => T.Min(x[0], x[1]),
        Opcode.Max => T.Max(x[0], x[1]),
        Opcode.And => x[0] & x[1],
        Opcode.Or => x[0] | x[1],
        Opcode.Xor => x[0] ^ x[1],
        Opcode.Not => ~x[0],
        _ => throw new NotSupportedException(code.ToString()),
    });
}
