using System.Text.Json;
using LbrCore.Formats.Tokenization;

namespace LbrCore.Tasks.Reachability;

/// <summary>The warm-up for reachability: edges with different sources, then sources of some of them, each to be answered by where its edge leads.</summary>
/// <remarks>
/// Finding the edge that begins with several given digits takes attention over several tokens at once, which reachability alone teaches very slowly. Few edges first, then more.
/// Prompt: <c>u v |</c> for every edge, <c>[A]</c>, then u of the first query. Solution: v, then u v for each further query; only the v are learned.
/// </remarks>
public sealed class RecallTask : ReasoningTask
{
    /// <summary>The name in configurations.</summary>
    public const string TaskName = "recall";

    private const int MaximumDraws = 10_000;

    private readonly RadixVocabulary _vocabulary;
    private readonly int _labels;

    /// <summary>The task.</summary>
    /// <param name="radix">Digits that there are.</param>
    /// <param name="width">Digits of a label.</param>
    /// <param name="edges">Edges of a problem, at most as many as there are labels.</param>
    /// <param name="queries">Most queries of a problem.</param>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    public RecallTask(int radix = 2, int width = 4, int edges = 4, int queries = 6)
    {
        _labels = new ReachabilityOptions { Radix = radix, Width = width }.Labels;
        Require(radix, 2, RadixVocabulary.MaximumRadix, nameof(radix));
        Require(width, 1, 16, nameof(width));
        Require(edges, 1, Math.Min(_labels, 1024), nameof(edges));
        Require(queries, 1, 1024, nameof(queries));
        (Edges, Queries) = (edges, queries);
        _vocabulary = new RadixVocabulary(radix, width);
    }

    /// <summary>Edges of a problem.</summary>
    public int Edges { get; }

    /// <summary>Most queries of a problem.</summary>
    public int Queries { get; }

    /// <inheritdoc/>
    public override string Name => TaskName;

    /// <inheritdoc/>
    public override ITokenizer Vocabulary => _vocabulary.Tokens;

    /// <inheritdoc/>
    public override int MaxPromptLength => (Edges * ((2 * _vocabulary.Width) + 1)) + 1 + _vocabulary.Width;

    /// <inheritdoc/>
    public override int MaxAnswerLength => _vocabulary.Width * ((2 * Math.Min(Queries, Edges)) - 1);

    /// <inheritdoc/>
    public override Problem GetProblem(ProblemSplit split, ulong seed, long index)
    {
        var random = TaskRandom.ForProblem(split, seed, index);
        for (int draw = 0; draw < MaximumDraws; draw++)
        {
            // Pairs of labels: the first Edges places of a shuffled list are the sources.
            int[] sources = [.. Enumerable.Range(0, _labels)];
            random.Shuffle(sources.AsSpan());
            Array.Resize(ref sources, Edges);
            int[] targets = [.. sources.Select(_ => random.Below(_labels))];
            var tokens = new List<int>(MaxPromptLength);
            for (int i = 0; i < Edges; i++)
            {
                _vocabulary.Append(tokens, sources[i]);
                _vocabulary.Append(tokens, targets[i]);
                tokens.Add(_vocabulary.Bar);
            }

            ulong hash = StableHash.Of([.. tokens]);
            if (ProblemSplits.Of(hash) != split) continue;
            tokens.Add(_vocabulary.Answer);
            int[] queries = [.. Enumerable.Range(0, Edges)];
            random.Shuffle(queries.AsSpan());
            return Ask(tokens, queries.AsSpan(0, Math.Min(Queries, Edges)), sources, targets, hash);
        }

        throw new ArgumentException($"There are too few lists of {Edges} edges between {_labels} labels for a {split} split; use more of either.");
    }

    /// <summary>Right where the output begins with the digits that answer the first query.</summary>
    /// <inheritdoc/>
    public override Verdict Verify(Problem problem, ReadOnlySpan<int> output)
    {
        ArgumentNullException.ThrowIfNull(problem);
        int width = _vocabulary.Width;
        return output.Length < width ? Verdict.Unfinished
            : output[..width].SequenceEqual(problem.Solution.AsSpan(0, width)) ? Verdict.Correct
            : Verdict.Wrong("another node");
    }

    /// <inheritdoc/>
    public override void WriteMembers(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteNumber("radix", _vocabulary.Radix);
        writer.WriteNumber("width", _vocabulary.Width);
        writer.WriteNumber("edges", Edges);
        writer.WriteNumber("queries", Queries);
    }

    /// <summary>Reads the members of a configuration.</summary>
    internal static RecallTask Read(TaskMembers members) =>
        new(members.Number("radix", 2), members.Number("width", 4), members.Number("edges", 4), members.Number("queries", 6));

    private Problem Ask(List<int> prompt, ReadOnlySpan<int> queries, int[] sources, int[] targets, ulong hash)
    {
        var solution = new List<int>(MaxAnswerLength);
        var mask = new List<bool>(MaxAnswerLength);
        for (int i = 0; i < queries.Length; i++)
        {
            _vocabulary.Append(i == 0 ? prompt : solution, sources[queries[i]]);
            while (mask.Count < solution.Count) mask.Add(false);
            _vocabulary.Append(solution, targets[queries[i]]);
            while (mask.Count < solution.Count) mask.Add(true);
        }

        return new Problem { Hash = hash, Prompt = [.. prompt], Solution = [.. solution], SolutionMask = [.. mask] };
    }

    private static void Require(int value, int least, int most, string name)
    {
        if (value < least || value > most) throw new ArgumentException($"{name} is {value}; it must be {least} to {most}.", name);
    }
}
