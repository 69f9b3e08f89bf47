using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.KernelTests.Interpreter;

/// <summary>
/// Runs one group of a kernel's IR with all its lanes in step: a barrier is then nothing, and control flow is a mask. Slow and plain; its answers are
/// compared with the C# source of the kernel.
/// </summary>
internal sealed partial class GroupInterpreter
{
    const int MostRounds = 1_000_000;

    readonly IrKernel _kernel;
    readonly GlobalMemory _global;
    readonly Dim3 _grid;
    readonly Dim3 _size;
    readonly Dim3 _index;
    readonly int _lanes;
    readonly bool _checkLengths;
    readonly byte[] _shared;
    readonly int _dynamicStart;
    readonly int _dynamicBytes;
    readonly byte[][] _local;
    readonly Dictionary<Op, int> _localOffsets = [];
    readonly Dictionary<Value, ulong[]> _values = [];
    readonly Dictionary<Op, ulong[][]> _operands = [];

    public GroupInterpreter(IrKernel kernel, GlobalMemory global, ulong[] slots, LaunchConfig launch, Dim3 index, bool checkLengths)
    {
        (_kernel, _global, _grid, _size, _index, _checkLengths) = (kernel, global, launch.Grid, launch.Group, index, checkLengths);
        _lanes = (int)launch.Group.Count;
        _dynamicStart = (kernel.StaticSharedBytes + 127) / 128 * 128;
        _dynamicBytes = launch.DynamicSharedBytes;
        _shared = GC.AllocateArray<byte>(_dynamicStart + _dynamicBytes, pinned: true);
        int local = 0;
        foreach (Op op in Walk(kernel.Body).Where(o => o.Code == Opcode.LocalAlloc))
        {
            _localOffsets[op] = local;
            local += ((op.Count * op.Elem.Size()) + 15) / 16 * 16;
        }

        _local = [.. Enumerable.Range(0, _lanes).Select(_ => GC.AllocateArray<byte>(local, pinned: true))];
        for (int i = 0; i < slots.Length; i++)
        {
            IrType t = kernel.Parameters[i].Value.Type;
            Array.Fill(Of(kernel.Parameters[i].Value), t == IrType.Pred ? slots[i] & 0xff : Scalars.Wrap(t, slots[i]));
        }
    }

    public void Run()
    {
        bool[] all = new bool[_lanes];
        Array.Fill(all, true);
        Run(_kernel.Body, all);
    }

    static IEnumerable<Op> Walk(Region region) => region.Ops.SelectMany(op => op.Regions.SelectMany(Walk).Prepend(op));

    ulong[] Of(Value v)
    {
        if (!_values.TryGetValue(v, out ulong[]? lanes)) _values[v] = lanes = new ulong[_lanes];
        return lanes;
    }

    /// <summary>The lanes of an op's operands.</summary>
    ulong[][] Operands(Op op)
    {
        if (!_operands.TryGetValue(op, out ulong[][]? lanes)) _operands[op] = lanes = [.. op.Operands.Select(Of)];
        return lanes;
    }

    void Run(Region region, bool[] mask)
    {
        foreach (Op op in region.Ops)
        {
            switch (op.Code)
            {
                case Opcode.If:
                    RunIf(op, mask);
                    break;
                case Opcode.Loop:
                    RunLoop(op, mask);
                    break;
                case Opcode.Barrier or Opcode.WarpBarrier or Opcode.NamedBarrier or Opcode.Fence or Opcode.AsyncCommit or Opcode.AsyncWait or Opcode.GridDependencySynchronize or Opcode.GridTriggerLaunchCompletion:
                    break;
                case Opcode.BarrierReduce or Opcode.Shuffle or Opcode.Fold or Opcode.Ballot or Opcode.VoteAll or Opcode.VoteAny or Opcode.Mma or Opcode.LoadMatrix:
                    Cooperate(op, mask);
                    break;
                case Opcode.Load or Opcode.Store or Opcode.LoadRow or Opcode.StoreRow or Opcode.PtrOffset or Opcode.SharedAlloc or Opcode.DynamicShared or Opcode.DynamicSharedSize or Opcode.LocalAlloc or Opcode.Atomic or Opcode.AsyncCopy:
                    for (int lane = 0; lane < _lanes; lane++)
                        if (mask[lane]) Memory(op, lane);
                    break;
                default:
                    Compute(op, mask);
                    break;
            }
        }
    }

    void Compute(Op op, bool[] mask)
    {
        ulong[] result = Of(op.Result);
        ulong[][] operands = Operands(op);
        Span<ulong> x = stackalloc ulong[operands.Length];
        for (int lane = 0; lane < _lanes; lane++)
        {
            if (!mask[lane]) continue;
            for (int i = 0; i < x.Length; i++) x[i] = operands[i][lane];
            result[lane] = op.Code switch
            {
                Opcode.Const => op.Bits,
                Opcode.Special => (ulong)Special((SpecialRegister)op.Attr, lane),
                Opcode.RowLimit => (ulong)Math.Max((long)x[0] - 31, 0),
                _ => Scalars.Evaluate(op, x),
            };
        }
    }

    void RunIf(Op op, bool[] mask)
    {
        ulong[] condition = Of(op.Operands[0]);
        for (int arm = 0; arm < 2; arm++)
        {
            bool[] inside = new bool[_lanes];
            for (int lane = 0; lane < _lanes; lane++) inside[lane] = mask[lane] && condition[lane] != 0 == (arm == 0);
            if (!inside.Contains(true)) continue;
            Region region = op.Regions[arm];
            Run(region, inside);
            for (int i = 0; i < op.Results.Length; i++) Copy(Of(region.Yield[i]), Of(op.Results[i]), inside);
        }
    }

    void RunLoop(Op op, bool[] mask)
    {
        Region body = op.Regions[0];
        for (int i = 0; i < op.Operands.Length; i++) Copy(Of(op.Operands[i]), Of(body.Arguments[i]), mask);
        bool[] inside = [.. mask];
        for (int round = 0; inside.Contains(true); round++)
        {
            if (round == MostRounds) throw new InvalidOperationException("a loop does not end");
            Run(body, inside);
            ulong[][] next = [.. body.Yield.Skip(1).Select(v => (ulong[])Of(v).Clone())];
            ulong[] goOn = (ulong[])Of(body.Yield[0]).Clone();
            for (int i = 0; i < next.Length; i++)
            {
                Copy(next[i], Of(op.Results[i]), inside);
                Copy(next[i], Of(body.Arguments[i]), inside);
            }

            for (int lane = 0; lane < _lanes; lane++) inside[lane] &= goOn[lane] != 0;
        }
    }

    static void Copy(ulong[] from, ulong[] to, bool[] mask)
    {
        for (int lane = 0; lane < mask.Length; lane++)
            if (mask[lane]) to[lane] = from[lane];
    }

    int Special(SpecialRegister which, int lane)
    {
        int x = lane % _size.X, y = lane / _size.X % _size.Y, z = lane / _size.X / _size.Y;
        return which switch
        {
            SpecialRegister.GroupIdxX => x,
            SpecialRegister.GroupIdxY => y,
            SpecialRegister.GroupIdxZ => z,
            SpecialRegister.GroupDimX => _size.X,
            SpecialRegister.GroupDimY => _size.Y,
            SpecialRegister.GroupDimZ => _size.Z,
            SpecialRegister.GridIdxX => _index.X,
            SpecialRegister.GridIdxY => _index.Y,
            SpecialRegister.GridIdxZ => _index.Z,
            SpecialRegister.GridDimX => _grid.X,
            SpecialRegister.GridDimY => _grid.Y,
            SpecialRegister.GridDimZ => _grid.Z,
            SpecialRegister.LaneIdx => lane % 32,
            _ => lane / 32,
        };
    }
}
