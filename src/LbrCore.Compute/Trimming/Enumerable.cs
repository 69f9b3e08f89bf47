using System.ComponentModel;

namespace LbrCore;

/// <summary>Sequences made of nothing; of the ahead-of-time build alone, like <see cref="Sequences"/>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Enumerable
{
    /// <inheritdoc cref="System.Linq.Enumerable.Range"/>
    public static IEnumerable<int> Range(int start, int count)
    {
        for (int i = 0; i < count; i++) yield return start + i;
    }

    /// <inheritdoc cref="System.Linq.Enumerable.Repeat"/>
    public static IEnumerable<TResult> Repeat<TResult>(TResult element, int count)
    {
        for (int i = 0; i < count; i++) yield return element;
    }
}
