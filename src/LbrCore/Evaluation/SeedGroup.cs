namespace LbrCore.Evaluation;

/// <summary>A figure of every problem that methods can be compared by.</summary>
public enum ProblemFigure
{
    /// <summary>Pass@k.</summary>
    Pass,

    /// <summary>Whether the majority of the samples that vote is right.</summary>
    Majority,

    /// <summary>Whether the most probable of the samples that vote is right.</summary>
    Best,
}

/// <summary>One method of models that differ in their seed alone, on the same problems.</summary>
/// <remarks>
/// A problem that is hard for one seed is so for the others: seeds are averaged problem by problem, and problems are what intervals draw anew. Answers of three seeds to a thousand problems
/// as three thousand problems would make intervals too narrow. How much seeds differ is another matter; <see cref="DifferenceOfEachSeed"/> shows it.
/// </remarks>
public sealed class SeedGroup
{
    private readonly SortedList<int, WrittenMethod> _seeds = [];

    /// <summary>A group without seeds.</summary>
    /// <param name="name">Its name.</param>
    public SeedGroup(string name) => Name = name;

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>The seeds, rising.</summary>
    public IList<WrittenMethod> Seeds => _seeds.Values;

    /// <summary>Answers to each problem that every seed has.</summary>
    public int Samples => Seeds.Min(seed => seed.Samples);

    /// <summary>Adds the evaluation of a seed.</summary>
    /// <param name="seed">Its number.</param>
    /// <param name="method">The evaluation.</param>
    /// <exception cref="ArgumentException">The seed is there already, or it answered other problems than the seeds before.</exception>
    public void Add(int seed, WrittenMethod method)
    {
        ArgumentNullException.ThrowIfNull(method);
        if (_seeds.ContainsKey(seed)) throw new ArgumentException($"There are two evaluations of {Name} with seed {seed}; give each a number of its own at the end of its name.", nameof(seed));
        if (Seeds.FirstOrDefault() is { } first && !IsSameSet(first, method)) throw new ArgumentException($"The seeds of {Name} answered different problems; evaluate them with the same --seed and --problems.", nameof(method));
        _seeds.Add(seed, method);
    }

    /// <summary>The figure of each problem, as the mean over seeds; null where a seed has none.</summary>
    /// <param name="figure">Which one.</param>
    /// <param name="k">The k of Pass@k.</param>
    public double[]? OfEachProblem(ProblemFigure figure, int k = 1)
    {
        double[]?[] seeds = [.. Seeds.Select(seed => Of(seed, figure, k))];
        if (seeds.Length == 0 || Array.Exists(seeds, seed => seed is null)) return null;
        var means = new double[seeds[0]!.Length];
        for (int i = 0; i < means.Length; i++) means[i] = seeds.Average(seed => seed![i]);
        return means;
    }

    /// <summary>The figure of each seed, as the mean over problems; null where a seed has none.</summary>
    /// <param name="figure">Which one.</param>
    /// <param name="k">The k of Pass@k.</param>
    public double[]? OfEachSeed(ProblemFigure figure, int k = 1)
    {
        double[]?[] seeds = [.. Seeds.Select(seed => Of(seed, figure, k))];
        return Array.Exists(seeds, seed => seed is null) ? null : [.. seeds.Select(seed => seed!.Average())];
    }

    /// <summary>The interval of Pass@k of this group minus a figure of another; null where one lacks it or they answered different problems.</summary>
    /// <param name="other">The other.</param>
    /// <param name="figure">Figure of the other.</param>
    /// <param name="k">The k of Pass@k, of both.</param>
    /// <param name="seed">The same seed gives the same interval.</param>
    /// <remarks>Of the seeds that both have where there are such: a method is not to gain from having been spared a bad one.</remarks>
    public Interval? Difference(SeedGroup other, ProblemFigure figure, int k = 1, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(other);
        (SeedGroup one, SeedGroup another) = Matched(other);
        return HasSameProblems(other) && one.OfEachProblem(ProblemFigure.Pass, k) is { } own && another.OfEachProblem(figure, k) is { } their ? Bootstrap.PairedDifference(own, their, seed) : null;
    }

    /// <summary>The same difference for each seed that both have; null where there is none, or one lacks the figure.</summary>
    /// <param name="other">The other.</param>
    /// <param name="figure">Figure of the other.</param>
    /// <param name="k">The k of Pass@k, of both.</param>
    public double[]? DifferenceOfEachSeed(SeedGroup other, ProblemFigure figure, int k = 1)
    {
        ArgumentNullException.ThrowIfNull(other);
        (SeedGroup one, SeedGroup another) = Matched(other);
        return one._seeds.Keys.SequenceEqual(another._seeds.Keys) && one.OfEachSeed(ProblemFigure.Pass, k) is { } own && another.OfEachSeed(figure, k) is { } their
            ? [.. own.Zip(their, (value, subtracted) => value - subtracted)]
            : null;
    }

    /// <summary>Whether both answered the same problems.</summary>
    /// <param name="other">The other.</param>
    public bool HasSameProblems(SeedGroup other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return IsSameSet(Seeds[0], other.Seeds[0]);
    }

    // Both with the seeds that they share, or as they are where they share none: numbers then do not pair models.
    private (SeedGroup One, SeedGroup Another) Matched(SeedGroup other)
    {
        int[] common = [.. _seeds.Keys.Intersect(other._seeds.Keys)];
        return common.Length == 0 ? (this, other) : (With(common), other.With(common));
    }

    private SeedGroup With(int[] seeds)
    {
        var group = new SeedGroup(Name);
        foreach (int seed in seeds) group._seeds.Add(seed, _seeds[seed]);
        return group;
    }

    private static bool IsSameSet(WrittenMethod one, WrittenMethod other) =>
        one.Correct.Length == other.Correct.Length && (one.ProblemSet is null || other.ProblemSet is null || one.ProblemSet == other.ProblemSet);

    private static double[]? Of(WrittenMethod method, ProblemFigure figure, int k) => figure switch
    {
        ProblemFigure.Majority => method.Majority,
        ProblemFigure.Best => method.Best,
        _ => k <= method.Samples ? method.PassAt(k) : null,
    };
}
