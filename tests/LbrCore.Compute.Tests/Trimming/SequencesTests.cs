using Xunit;
using Linq = System.Linq.Enumerable;

namespace LbrCore.Compute.Tests.Trimming;

/// <summary>The operators of the ahead-of-time build, which are compiled into this assembly and take the place of LINQ here too, beside LINQ itself.</summary>
public sealed class SequencesTests
{
    private static readonly int[] s_numbers = [5, 3, 8, 3, 1, 9, 5, 2, 7];

    public static TheoryData<string, IEnumerable<int>, IEnumerable<int>> Pairs => new()
    {
        { "Select", Sequences.Select(s_numbers, x => x * 2), Linq.Select(s_numbers, x => x * 2) },
        { "Select with index", Sequences.Select(s_numbers, (x, i) => x * i), Linq.Select(s_numbers, (x, i) => x * i) },
        { "Where", Sequences.Where(s_numbers, x => x > 3), Linq.Where(s_numbers, x => x > 3) },
        { "Where with index", Sequences.Where(s_numbers, (x, i) => x > i), Linq.Where(s_numbers, (x, i) => x > i) },
        { "SelectMany", Sequences.SelectMany(s_numbers, x => Linq.Repeat(x, x % 3)), Linq.SelectMany(s_numbers, x => Linq.Repeat(x, x % 3)) },
        { "SelectMany with index", Sequences.SelectMany(s_numbers, (x, i) => Linq.Repeat(x, i % 3)), Linq.SelectMany(s_numbers, (x, i) => Linq.Repeat(x, i % 3)) },
        { "SelectMany of two", Sequences.SelectMany(s_numbers, _ => s_numbers, (x, y) => x - y), Linq.SelectMany(s_numbers, _ => s_numbers, (x, y) => x - y) },
        { "Concat", Sequences.Concat(s_numbers, s_numbers), Linq.Concat(s_numbers, s_numbers) },
        { "Append", Sequences.Append(s_numbers, 4), Linq.Append(s_numbers, 4) },
        { "Prepend", Sequences.Prepend(s_numbers, 4), Linq.Prepend(s_numbers, 4) },
        { "Zip", Sequences.Zip(s_numbers, Linq.Skip(s_numbers, 2), (x, y) => x - y), Linq.Zip(s_numbers, Linq.Skip(s_numbers, 2), (x, y) => x - y) },
        { "Zip to pairs", Linq.Select(Sequences.Zip(s_numbers, s_numbers), pair => pair.First + pair.Second), Linq.Select(s_numbers, x => 2 * x) },
        { "Skip", Sequences.Skip(s_numbers, 4), Linq.Skip(s_numbers, 4) },
        { "Skip all", Sequences.Skip(s_numbers, 99), [] },
        { "Take", Sequences.Take(s_numbers, 4), Linq.Take(s_numbers, 4) },
        { "Take none", Sequences.Take(s_numbers, -1), [] },
        { "Take all", Sequences.Take(s_numbers, 99), s_numbers },
        { "Distinct", Sequences.Distinct(s_numbers), Linq.Distinct(s_numbers) },
        { "OfType", Sequences.OfType<int>(new object?[] { 1, "2", null, 3 }), [1, 3] },
        { "Chunk", Linq.Select(Sequences.Chunk(s_numbers, 4), chunk => (chunk.Length * 100) + chunk[0]), Linq.Select(Linq.Chunk(s_numbers, 4), chunk => (chunk.Length * 100) + chunk[0]) },
        { "Order", Sequences.Order(s_numbers), Linq.Order(s_numbers) },
        { "OrderDescending", Sequences.OrderDescending(s_numbers), Linq.OrderDescending(s_numbers) },
        { "OrderBy, stable", Sequences.OrderBy(s_numbers, x => x % 3), Linq.OrderBy(s_numbers, x => x % 3) },
        { "OrderByDescending, stable", Sequences.OrderByDescending(s_numbers, x => x % 3), Linq.OrderByDescending(s_numbers, x => x % 3) },
        { "ThenBy", Sequences.OrderByDescending(s_numbers, x => x % 3).ThenBy(x => x), Linq.OrderByDescending(s_numbers, x => x % 3).ThenBy(x => x) },
        { "ThenByDescending", Sequences.OrderBy(s_numbers, x => x % 3).ThenByDescending(x => x), Linq.OrderBy(s_numbers, x => x % 3).ThenByDescending(x => x) },
        { "Range", Enumerable.Range(3, 5), Linq.Range(3, 5) },
        { "Repeat", Enumerable.Repeat(3, 5), Linq.Repeat(3, 5) },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void They_give_what_linq_gives(string name, IEnumerable<int> ours, IEnumerable<int> theirs)
    {
        Assert.NotEmpty(name);
        Assert.Equal(Linq.ToArray(theirs), Linq.ToArray(ours));
        // A second time, from the beginning.
        Assert.Equal(Linq.ToArray(theirs), Linq.ToArray(ours));
    }

    [Fact]
    public void Nothing_is_read_before_it_is_asked_for()
    {
        int read = 0;
        IEnumerable<int> counted = Sequences.Take(Sequences.Select(s_numbers, x => read++), 2);
        Assert.Equal(0, read);
        Assert.Equal([0, 1], Linq.ToArray(counted));
        Assert.Equal(2, read);
    }
}
