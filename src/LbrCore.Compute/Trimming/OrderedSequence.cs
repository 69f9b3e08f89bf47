using System.Collections;
using System.ComponentModel;

namespace LbrCore;

/// <summary>A sequence in a stable order; of the ahead-of-time build alone, like <see cref="Sequences"/>.</summary>
/// <typeparam name="TSource">Its elements.</typeparam>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class OrderedSequence<TSource> : IEnumerable<TSource>
{
    private readonly IEnumerable<TSource> _source;
    private readonly Comparison<TSource> _order;

    internal OrderedSequence(IEnumerable<TSource> source, Comparison<TSource> order) => (_source, _order) = (source, order);

    /// <summary>The same, with those that were equal in the order of a key.</summary>
    public OrderedSequence<TSource> ThenBy<TKey>(Func<TSource, TKey> keySelector, IComparer<TKey>? comparer = null) => Then(By(keySelector, comparer));

    /// <summary>The same, with those that were equal in the reversed order of a key.</summary>
    public OrderedSequence<TSource> ThenByDescending<TKey>(Func<TSource, TKey> keySelector, IComparer<TKey>? comparer = null) => Then(Reversed(By(keySelector, comparer)));

    /// <inheritdoc/>
    public IEnumerator<TSource> GetEnumerator()
    {
        var items = new List<TSource>(_source);
        int[] places = new int[items.Count];
        for (int i = 0; i < places.Length; i++) places[i] = i;
        Array.Sort(places, (i, j) => _order(items[i], items[j]) is var order and not 0 ? order : i.CompareTo(j));
        foreach (int place in places) yield return items[place];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal static Comparison<TSource> By<TKey>(Func<TSource, TKey> keySelector, IComparer<TKey>? comparer)
    {
        comparer ??= Comparer<TKey>.Default;
        return (x, y) => comparer.Compare(keySelector(x), keySelector(y));
    }

    internal static Comparison<TSource> Reversed(Comparison<TSource> order) => (x, y) => order(y, x);

    private OrderedSequence<TSource> Then(Comparison<TSource> second)
    {
        Comparison<TSource> first = _order;
        return new OrderedSequence<TSource>(_source, (x, y) => first(x, y) is var order and not 0 ? order : second(x, y));
    }
}
