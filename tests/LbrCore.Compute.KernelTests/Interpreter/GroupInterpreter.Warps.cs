using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.KernelTests.Interpreter;

// What lanes do together. All lanes of a warp that are there are active: the convergence check saw to that.
internal sealed unsafe partial class GroupInterpreter
{
    void Cooperate(Op op, bool[] mask)
    {
        if (op.Code == Opcode.BarrierReduce)
        {
            ulong[] votes = Of(op.Operands[0]);
            int present = mask.Count(m => m), count = Enumerable.Range(0, _lanes).Count(l => mask[l] && votes[l] != 0);
            ulong r = op.Attr switch { 0 => count == present ? 1UL : 0UL, 1 => count > 0 ? 1UL : 0UL, _ => (ulong)count };
            for (int lane = 0; lane < _lanes; lane++)
                if (mask[lane]) Of(op.Result)[lane] = r;
            return;
        }

        for (int first = 0; first < _lanes; first += 32)
        {
            int[] warp = [.. Enumerable.Range(first, Math.Min(32, _lanes - first)).Where(l => mask[l])];
            if (warp.Length == 0) continue;
            if (op.Code == Opcode.Mma) Multiply(op, first);
            else if (op.Code == Opcode.LoadMatrix) LoadRows(op, first);
            else if (op.Code == Opcode.Shuffle) Shuffle(op, first, warp);
            else if (op.Code == Opcode.Fold) Fold(op, warp);
            else Vote(op, first, warp);
        }
    }

    void Vote(Op op, int first, int[] warp)
    {
        ulong[] votes = Of(op.Operands[0]);
        uint ballot = warp.Aggregate(0u, (b, l) => votes[l] != 0 ? b | (1u << (l - first)) : b);
        ulong r = op.Code switch
        {
            Opcode.Ballot => ballot,
            Opcode.VoteAny => ballot != 0 ? 1UL : 0UL,
            _ => warp.All(l => votes[l] != 0) ? 1UL : 0UL,
        };
        foreach (int lane in warp) Of(op.Result)[lane] = r;
    }

    // Which of the two a lane sums is a matter of its own bit.
    void Fold(Op op, int[] warp)
    {
        foreach (int lane in warp)
        {
            ulong[] x = Of(op.Operands[(lane & op.Attr) == 0 ? 0 : 1]);
            Of(op.Result)[lane] = Scalars.Bits(Scalars.F(x[lane]) + Scalars.F(x[lane ^ op.Attr]));
        }
    }

    void Shuffle(Op op, int first, int[] warp)
    {
        ulong[] values = (ulong[])Of(op.Operands[0]).Clone(), by = Of(op.Operands[1]);
        foreach (int lane in warp)
        {
            int delta = (int)by[lane], own = lane - first;
            int from = (ShuffleKind)op.Attr switch { ShuffleKind.Index => delta & 31, ShuffleKind.Up => own - delta, ShuffleKind.Down => own + delta, _ => own ^ delta };
            Of(op.Result)[lane] = from is >= 0 and < 32 && warp.Contains(first + from) ? values[first + from] : values[lane];
        }
    }

    void LoadRows(Op op, int first)
    {
        for (int matrix = 0; matrix < op.Count; matrix++)
        {
            for (int lane = 0; lane < 32; lane++)
            {
                ulong word = 0;
                for (int half = 0; half < 2; half++)
                {
                    (int row, int column) = op.Attr == 1 ? MmaLayout.LoadMatrixTransposedElement(lane, half) : MmaLayout.LoadMatrixElement(lane, half);
                    int owner = first + MmaLayout.LoadMatrixAddressLane(matrix, row);
                    word |= (ulong)((ushort*)Address(op, 0, op.Stride, op.Offset, 16, owner))[column] << (16 * half);
                }

                Of(op.Results[matrix])[first + lane] = word;
            }
        }
    }

    void Multiply(Op op, int first)
    {
        float[,] a = new float[16, 16], b = new float[16, 8];
        for (int lane = 0; lane < 32; lane++)
        {
            for (int half = 0; half < 2; half++)
            {
                for (int register = 0; register < 4; register++)
                {
                    (int row, int column) = MmaLayout.A(lane, register, half);
                    a[row, column] = Element(op, register, first + lane, half);
                }

                for (int register = 0; register < 2; register++)
                {
                    (int row, int column) = MmaLayout.B(lane, register, half);
                    b[row, column] = Element(op, 4 + register, first + lane, half);
                }
            }
        }

        for (int lane = 0; lane < 32; lane++)
        {
            for (int register = 0; register < 4; register++)
            {
                (int row, int column) = MmaLayout.Accumulator(lane, register);
                float sum = Scalars.F(Of(op.Operands[6 + register])[first + lane]);
                for (int k = 0; k < 16; k++) sum = MathF.FusedMultiplyAdd(a[row, k], b[k, column], sum);
                Of(op.Results[register])[first + lane] = Scalars.Bits(sum);
            }
        }
    }

    float Element(Op op, int operand, int lane, int half)
    {
        ushort bits = (ushort)(Of(op.Operands[operand])[lane] >> (16 * half));
        return op.Attr == 1 ? (float)BitConverter.UInt16BitsToHalf(bits) : BitConverter.UInt32BitsToSingle((uint)bits << 16);
    }
}
