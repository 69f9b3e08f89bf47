using System.Collections;
using System.ComponentModel;

namespace LbrCore;

/// <summary>
/// The sequence operators of LINQ as plain iterators. Compiled into the ahead-of-time build alone, where the sources under <c>LbrCore</c> bind to
/// them instead of <see cref="System.Linq.Enumerable"/>, because a namespace around the caller is searched before its using directives.
/// </summary>
/// <remarks>
/// .NET 9's iterators have a generic virtual <c>Select</c>, so that whatever one sequence of structs is mapped to must be compiled for every other,
/// and each of them drags <c>Skip</c>, <c>Take</c>, <c>ToList</c> and the like of its element behind it: 38,000 methods here, a third of the program.
/// .NET 10 has a switch against it (<c>UseSizeOptimizedLinq</c>); when the ahead-of-time build moves there, this file goes.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Sequences
{
    /// <inheritdoc cref="System.Linq.Enumerable.Select{TSource, TResult}(IEnumerable{TSource}, Func{TSource, TResult})"/>
    public static IEnumerable<TResult> Select<TSource, TResult>(this IEnumerable<TSource> source, Func<TSource, TResult> selector)
    {
        foreach (TSource item in source) yield return selector(item);
    }

    /// <inheritdoc cref="System.Linq.Enumerable.Select{TSource, TResult}(IEnumerable{TSource}, Func{TSource, int, TResult})"/>
    public static IEnumerable<TResult> Select<TSource, TResult>(this IEnumerable<TSource> source, Func<TSource, int, TResult> selector)
    {
        int index = 0;
        foreach (TSource item in source) yield return selector(item, index++);
    }

    /// <inheritdoc cref="System.Linq.Enumerable.Where{TSource}(IEnumerable{TSource}, Func{TSource, bool})"/>
    public static IEnumerable<TSource> Where<TSource>(this IEnumerable<TSource> source, Func<TSource, bool> predicate)
    {
        foreach (TSource item in source)
            if (predicate(item)) yield return item;
    }

    /// <inheritdoc cref="System.Linq.Enumerable.Where{TSource}(IEnumerable{TSource}, Func{TSource, int, bool})"/>
    public static IEnumerable<TSource> Where<TSource>(this IEnumerable<TSource> source, Func<TSource, int, bool> predicate)
    {
        int index = 0;
        foreach (TSource item in source)
            if (predicate(item, index++)) yield return item;
    }

    /// <inheritdoc cref="System.Linq.Enumerable.SelectMany{TSource, TResult}(IEnumerable{TSource}, Func{TSource, IEnumerable{TResult}})"/>
    public static IEnumerable<TResult> SelectMany<TSource, TResult>(this IEnumerable<TSource> source, Func<TSource, IEnumerable<TResult>> selector)
    {
        foreach (TSource item in source)
            foreach (TResult result in selector(item)) yield return result;
    }

    /// <inheritdoc cref="System.Linq.Enumerable.SelectMany{TSource, TResult}(IEnumerable{TSource}, Func{TSource, int, IEnumerable{TResult}})"/>
    public static IEnumerable<TResult> SelectMany<TSource, TResult>(this IEnumerable<TSource> source, Func<TSource, int, IEnumerable<TResult>> selector)
    {
        int index = 0;
        foreach (TSource item in source)
            foreach (TResult result in selector(item, index++)) yield return result;
    }

    /// <inheritdoc cref="System.Linq.Enumerable.SelectMany{TSource, TCollection, TResult}(IEnumerable{TSource}, Func{TSource, IEnumerable{TCollection}}, Func{TSource, TCollection, TResult})"/>
    public static IEnumerable<TResult> SelectMany<TSource, TCollection, TResult>(
        this IEnumerable<TSource> source, Func<TSource, IEnumerable<TCollection>> collectionSelector, Func<TSource, TCollection, TResult> resultSelector)
    {
        foreach (TSource item in source)
            foreach (TCollection part in collectionSelector(item)) yield return resultSelector(item, part);
    }

    /// <inheritdoc cref="System.Linq.Enumerable.Concat{TSource}"/>
    public static IEnumerable<TSource> Concat<TSource>(this IEnumerable<TSource> first, IEnumerable<TSource> second)
    {
        foreach (TSource item in first) yield return item;
        foreach (TSource item in second) yield return item;
    }

    /// <inheritdoc cref="System.Linq.Enumerable.Append{TSource}"/>
    public static IEnumerable<TSource> Append<TSource>(this IEnumerable<TSource> source, TSource element)
    {
        foreach (TSource item in source) yield return item;
        yield return element;
    }

    /// <inheritdoc cref="System.Linq.Enumerable.Prepend{TSource}"/>
    public static IEnumerable<TSource> Prepend<TSource>(this IEnumerable<TSource> source, TSource element)
    {
        yield return element;
        foreach (TSource item in source) yield return item;
    }

    /// <inheritdoc cref="System.Linq.Enumerable.Zip{TFirst, TSecond, TResult}(IEnumerable{TFirst}, IEnumerable{TSecond}, Func{TFirst, TSecond, TResult})"/>
    public static IEnumerable<TResult> Zip<TFirst, TSecond, TResult>(this IEnumerable<TFirst> first, IEnumerable<TSecond> second, Func<TFirst, TSecond, TResult> resultSelector)
    {
        using IEnumerator<TFirst> left = first.GetEnumerator();
        using IEnumerator<TSecond> right = second.GetEnumerator();
        while (left.MoveNext() && right.MoveNext()) yield return resultSelector(left.Current, right.Current);
    }

    /// <inheritdoc cref="System.Linq.Enumerable.Zip{TFirst, TSecond}(IEnumerable{TFirst}, IEnumerable{TSecond})"/>
    public static IEnumerable<(TFirst First, TSecond Second)> Zip<TFirst, TSecond>(this IEnumerable<TFirst> first, IEnumerable<TSecond> second) =>
        first.Zip(second, (left, right) => (left, right));

    /// <inheritdoc cref="System.Linq.Enumerable.Skip{TSource}"/>
    public static IEnumerable<TSource> Skip<TSource>(this IEnumerable<TSource> source, int count)
    {
        foreach (TSource item in source)
            if (count-- <= 0) yield return item;
    }

    /// <inheritdoc cref="System.Linq.Enumerable.Take{TSource}(IEnumerable{TSource}, int)"/>
    public static IEnumerable<TSource> Take<TSource>(this IEnumerable<TSource> source, int count)
    {
        if (count <= 0) yield break;
        foreach (TSource item in source)
        {
            yield return item;
            if (--count == 0) yield break;
        }
    }

    /// <inheritdoc cref="System.Linq.Enumerable.OfType{TResult}"/>
    public static IEnumerable<TResult> OfType<TResult>(this IEnumerable source)
    {
        foreach (object? item in source)
            if (item is TResult result) yield return result;
    }

    /// <inheritdoc cref="System.Linq.Enumerable.Distinct{TSource}(IEnumerable{TSource})"/>
    public static IEnumerable<TSource> Distinct<TSource>(this IEnumerable<TSource> source)
    {
        var seen = new HashSet<TSource>();
        foreach (TSource item in source)
            if (seen.Add(item)) yield return item;
    }

    /// <inheritdoc cref="System.Linq.Enumerable.Chunk{TSource}"/>
    public static IEnumerable<TSource[]> Chunk<TSource>(this IEnumerable<TSource> source, int size)
    {
        var chunk = new List<TSource>();
        foreach (TSource item in source)
        {
            chunk.Add(item);
            if (chunk.Count < size) continue;
            yield return chunk.ToArray();
            chunk.Clear();
        }

        if (chunk.Count > 0) yield return chunk.ToArray();
    }

    /// <inheritdoc cref="System.Linq.Enumerable.OrderBy{TSource, TKey}(IEnumerable{TSource}, Func{TSource, TKey})"/>
    public static OrderedSequence<TSource> OrderBy<TSource, TKey>(this IEnumerable<TSource> source, Func<TSource, TKey> keySelector, IComparer<TKey>? comparer = null) =>
        new(source, OrderedSequence<TSource>.By(keySelector, comparer));

    /// <inheritdoc cref="System.Linq.Enumerable.OrderByDescending{TSource, TKey}(IEnumerable{TSource}, Func{TSource, TKey})"/>
    public static OrderedSequence<TSource> OrderByDescending<TSource, TKey>(this IEnumerable<TSource> source, Func<TSource, TKey> keySelector, IComparer<TKey>? comparer = null) =>
        new(source, OrderedSequence<TSource>.Reversed(OrderedSequence<TSource>.By(keySelector, comparer)));

    /// <inheritdoc cref="System.Linq.Enumerable.Order{T}(IEnumerable{T})"/>
    public static OrderedSequence<TSource> Order<TSource>(this IEnumerable<TSource> source, IComparer<TSource>? comparer = null) => new(source, (comparer ?? Comparer<TSource>.Default).Compare);

    /// <inheritdoc cref="System.Linq.Enumerable.OrderDescending{T}(IEnumerable{T})"/>
    public static OrderedSequence<TSource> OrderDescending<TSource>(this IEnumerable<TSource> source) => new(source, OrderedSequence<TSource>.Reversed(Comparer<TSource>.Default.Compare));
}
