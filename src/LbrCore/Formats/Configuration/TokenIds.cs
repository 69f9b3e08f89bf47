using System.Collections;
using System.Runtime.CompilerServices;

namespace LbrCore.Formats.Configuration;

/// <summary>A short immutable list of token ids, compared by content. Built by collection expressions: <c>[1, 2]</c>.</summary>
[CollectionBuilder(typeof(TokenIds), nameof(Create))]
public sealed class TokenIds : IReadOnlyList<int>, IEquatable<TokenIds>
{
    private readonly int[] _ids;

    private TokenIds(int[] ids) => _ids = ids;

    /// <summary>No ids.</summary>
    public static TokenIds None { get; } = new([]);

    /// <summary>Number of ids.</summary>
    public int Count => _ids.Length;

    /// <summary>The id at a position.</summary>
    /// <param name="index">From 0 to <see cref="Count"/> - 1.</param>
    public int this[int index] => _ids[index];

    /// <summary>Copies ids into a list.</summary>
    /// <param name="ids">The ids, in order.</param>
    public static TokenIds Create(ReadOnlySpan<int> ids) => new(ids.ToArray());

    /// <summary>True where the list holds this id.</summary>
    /// <param name="id">A token id.</param>
    public bool Contains(int id) => Array.IndexOf(_ids, id) >= 0;

    /// <inheritdoc/>
    public bool Equals(TokenIds? other) => other is not null && _ids.AsSpan().SequenceEqual(other._ids);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TokenIds);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int id in _ids)
            hash.Add(id);
        return hash.ToHashCode();
    }

    /// <summary>For example <c>[151645, 151643]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", _ids)}]";

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)_ids).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
