using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace LbrCore.Compute.Generator.FrontEnd;

/// <summary>What an earlier attempt learned; see <see cref="RestartException"/>.</summary>
internal sealed class Facts
{
    readonly HashSet<SyntaxNode> _localArrays = [];

    /// <summary>Loops that must be unrolled, and the register array for whose index that was tried (null: something that must be constant).</summary>
    readonly Dictionary<SyntaxNode, SyntaxNode?> _unrolled = [];

    /// <summary>Whether an array is indexed at run time and lives in local memory.</summary>
    public bool IsLocal(SyntaxNode allocation) => _localArrays.Contains(allocation);

    public bool IsUnrolled(SyntaxNode loop) => _unrolled.ContainsKey(loop);

    /// <summary>Asks for a loop to be unrolled; false when it already is.</summary>
    public bool Unroll(SyntaxNode loop, SyntaxNode? array)
    {
        if (_unrolled.ContainsKey(loop)) return false;
        _unrolled.Add(loop, array);
        return true;
    }

    /// <summary>Gives up on an array: it goes to memory, and the loops that were unrolled for it need not be.</summary>
    public void GiveUp(SyntaxNode array)
    {
        _localArrays.Add(array);
        foreach (SyntaxNode loop in _unrolled.Where(u => u.Value == array).Select(u => u.Key).ToArray()) _unrolled.Remove(loop);
    }

    public Facts Copy()
    {
        var copy = new Facts();
        copy.Restore(this);
        return copy;
    }

    public void Restore(Facts from)
    {
        _localArrays.Clear();
        _localArrays.UnionWith(from._localArrays);
        _unrolled.Clear();
        foreach (KeyValuePair<SyntaxNode, SyntaxNode?> u in from._unrolled) _unrolled.Add(u.Key, u.Value);
    }
}
