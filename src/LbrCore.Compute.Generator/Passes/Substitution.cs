using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>Values that stand for others from now on.</summary>
internal sealed class Substitution
{
    readonly Dictionary<Value, Value> _map = [];

    /// <summary>True when nothing was replaced.</summary>
    public bool IsEmpty => _map.Count == 0;

    /// <summary>What <paramref name="v"/> is replaced by, through all steps; itself when it is not.</summary>
    public Value this[Value v]
    {
        get
        {
            while (_map.TryGetValue(v, out Value? next)) v = next;
            return v;
        }
    }

    /// <summary>From now on <paramref name="old"/> means <paramref name="replacement"/>.</summary>
    public void Replace(Value old, Value replacement)
    {
        replacement = this[replacement];
        if (!ReferenceEquals(old, replacement)) _map[old] = replacement;
    }

    /// <summary>Takes a replacement back, where it holds in one region only.</summary>
    public void Restore(Value old) => _map.Remove(old);

    /// <summary>Rewrites an op's operands.</summary>
    public void Apply(Op op)
    {
        for (int i = 0; i < op.Operands.Length; i++) op.Operands[i] = this[op.Operands[i]];
    }

    /// <summary>Rewrites what a region yields.</summary>
    public void ApplyYield(Region region)
    {
        for (int i = 0; i < region.Yield.Count; i++) region.Yield[i] = this[region.Yield[i]];
    }

    /// <summary>Rewrites everything in a region.</summary>
    public void Apply(Region region)
    {
        if (IsEmpty) return;
        foreach (Op op in region.Ops)
        {
            Apply(op);
            foreach (Region r in op.Regions) Apply(r);
        }

        ApplyYield(region);
    }
}
