using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>
/// Replaces an op by an equal one that stands before it in the same or an enclosing region. Loads count as equal only while nothing in between may write
/// memory or order accesses, and never across the start of a loop; loads marked read-only do up to the point where the grid waits for its predecessor.
/// </summary>
internal sealed class CommonSubexpressions
{
    readonly Dictionary<Key, Value[]> _known = [];
    readonly Dictionary<Value, int> _numbers = [];
    readonly Substitution _map = new();
    int _memory, _grid;

    CommonSubexpressions()
    {
    }

    /// <summary>Runs on a kernel.</summary>
    public static void Run(IrKernel kernel) => new CommonSubexpressions().Visit(kernel.Body);

    void Visit(Region region)
    {
        var added = new List<Key>();
        region.Ops.RemoveAll(op => Merge(op, added));
        _map.ApplyYield(region);
        foreach (Key k in added) _known.Remove(k);
    }

    // True when an equal op stands for this one.
    bool Merge(Op op, List<Key> added)
    {
        _map.Apply(op);
        if (op.Regions.Length > 0)
        {
            bool touches = op.TouchesMemoryOrder();
            // A round of a loop may see what another lane wrote since the last one.
            if (op.Code == Opcode.Loop) _memory++;
            foreach (Region r in op.Regions) Visit(r);
            if (touches || op.Code == Opcode.Loop) _memory++;
            return false;
        }

        if (op.TouchesMemoryOrder())
        {
            _memory++;
            if (op.Code == Opcode.GridDependencySynchronize) _grid++;
            return false;
        }

        bool load = op.Code == Opcode.Load;
        if (!load && !op.IsPure()) return false;
        var key = new Key(op, this, !load ? 0 : (CacheKind)op.Attr == CacheKind.ReadOnly ? _grid : _memory);
        if (_known.TryGetValue(key, out Value[]? same))
        {
            for (int i = 0; i < same.Length; i++) _map.Replace(op.Results[i], same[i]);
            return true;
        }

        _known[key] = op.Results;
        added.Add(key);
        return false;
    }

    int Number(Value v)
    {
        if (!_numbers.TryGetValue(v, out int n)) _numbers[v] = n = _numbers.Count;
        return n;
    }

    // What makes two ops equal.
    readonly struct Key : IEquatable<Key>
    {
        readonly Op _op;
        readonly IrType _type;
        readonly int[] _operands;
        readonly int _memory;

        public Key(Op op, CommonSubexpressions pass, int memory)
        {
            _op = op;
            _type = op.Results[0].Type;
            _memory = memory;
            _operands = [.. op.Operands.Select(pass.Number)];
            if (op.Code is Opcode.Add or Opcode.Mul or Opcode.MulHigh or Opcode.MulWide or Opcode.And or Opcode.Or or Opcode.Xor or Opcode.Eq or Opcode.Ne or Opcode.Min or Opcode.Max && _operands[0] > _operands[1])
                (_operands[0], _operands[1]) = (_operands[1], _operands[0]);
        }

        public bool Equals(Key other) =>
            _op.Code == other._op.Code && _type == other._type && _memory == other._memory && _op.Attr == other._op.Attr && _op.Bits == other._op.Bits && _op.Elem == other._op.Elem
            && _op.Count == other._op.Count && _op.Stride == other._op.Stride && _op.Offset == other._op.Offset && _operands.SequenceEqual(other._operands);

        public override bool Equals(object? obj) => obj is Key k && Equals(k);

        public override int GetHashCode()
        {
            unchecked
            {
                int hash = ((((int)_op.Code * 31) + (int)_type) * 31) + _op.Attr;
                hash = (((hash * 31) + _op.Bits.GetHashCode()) * 31) + _op.Offset.GetHashCode();
                foreach (int n in _operands) hash = (hash * 31) + n;
                return (hash * 31) + _memory;
            }
        }
    }
}
