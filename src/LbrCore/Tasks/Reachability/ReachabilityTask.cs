using System.Numerics;
using System.Text;
using System.Text.Json;
using LbrCore.Formats.Tokenization;

namespace LbrCore.Tasks.Reachability;

/// <summary>
/// Radix-translated reachability: a directed graph as a shuffled list of edges, two candidate targets, a root; the answer is a path from the root to the target that
/// can be reached. Nodes are written as several digits, so that a path branches where digits of different nodes part.
/// </summary>
/// <remarks>
/// Prompt: <c>u v |</c> for every edge, <c>[Q]</c> two targets, <c>[R]</c> root, <c>[A]</c>. Answer: the nodes of the path, root included, then <c>&lt;eos&gt;</c>.
/// Labels are drawn anew for every problem. The worked solution is a random shortest path.
/// </remarks>
public sealed class ReachabilityTask : ReasoningTask
{
    /// <summary>The name in configurations.</summary>
    public const string TaskName = "reachability";

    // Paths need not be the shortest: so many edges more than the greatest distance have room.
    private const int Detour = 1;

    // Options under which so many graphs give no problem give none at all.
    private const int MaximumDraws = 1_000_000;

    private readonly RadixVocabulary _vocabulary;

    /// <summary>The task.</summary>
    /// <param name="options">Sizes; null for the usual ones.</param>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    public ReachabilityTask(ReachabilityOptions? options = null)
    {
        Options = options ?? new ReachabilityOptions();
        Options.Validate();
        _vocabulary = new RadixVocabulary(Options.Radix, Options.Width);
    }

    /// <summary>Sizes.</summary>
    public ReachabilityOptions Options { get; }

    /// <summary>Digits and marks.</summary>
    public RadixVocabulary Radix => _vocabulary;

    /// <inheritdoc/>
    public override string Name => TaskName;

    /// <inheritdoc/>
    public override ITokenizer Vocabulary => _vocabulary.Tokens;

    /// <inheritdoc/>
    public override int MaxPromptLength => (Options.Edges * ((2 * Options.Width) + 1)) + (3 * Options.Width) + 3;

    /// <inheritdoc/>
    public override int MaxAnswerLength => ((Options.MaxHops + 1 + Detour) * Options.Width) + 1;

    /// <inheritdoc/>
    public override Problem GetProblem(ProblemSplit split, ulong seed, long index)
    {
        var random = TaskRandom.ForProblem(split, seed, index);
        int hops = random.Between(Options.MinHops, Options.MaxHops);
        for (int draw = 0; draw < MaximumDraws; draw++)
        {
            ReachabilityGraph graph = ReachabilityGraph.Draw(Options, random);
            int[] labels = DrawLabels(random);
            var hash = default(StableHash);
            graph.HashAs(labels, ref hash);
            if (ProblemSplits.Of(hash.Value) == split && TryDrawEnds(graph, hops, random, out int root, out int target, out int decoy))
                return Write(graph, labels, hash.Value, hops, (root, target, decoy), random);
        }

        throw new InvalidOperationException($"{MaximumDraws} graphs of {Options.Nodes} nodes and {Options.Edges} edges gave none with a path of {hops} edges beside an unreachable node; use other sizes.");
    }

    /// <inheritdoc/>
    public override Verdict Verify(Problem problem, ReadOnlySpan<int> output)
    {
        ReachabilityProblem own = Own<ReachabilityProblem>(problem);
        bool ended = TryGetBody(output, out ReadOnlySpan<int> digits);
        int width = Options.Width, at = own.Root;
        for (int i = 0; i + width <= digits.Length; i += width)
        {
            int label = _vocabulary.Read(digits.Slice(i, width));
            if (label < 0) return Verdict.Wrong("not a digit");
            int node = own.NodeOf(label);
            if (node < 0) return Verdict.Wrong("no such node");
            if (i == 0 && node != own.Root) return Verdict.Wrong("not from the root");
            if (i > 0 && !own.Graph.HasEdge(at, node)) return Verdict.Wrong("not an edge");
            at = node;
        }

        return !ended ? Verdict.Unfinished
            : digits.Length % width != 0 || digits.Length == 0 ? Verdict.Wrong("half a node")
            : at == own.Target ? Verdict.Correct
            : at == own.Decoy ? Verdict.Wrong("the unreachable target")
            : Verdict.Wrong("not a target");
    }

    /// <inheritdoc/>
    public override string Describe(Problem problem)
    {
        ReachabilityProblem own = Own<ReachabilityProblem>(problem);
        var text = new StringBuilder($"from {Label(own.Labels[own.Root])} to ");
        // In the order of the prompt, which does not tell which one can be reached.
        int first = MaxPromptLength - (3 * Options.Width) - 2;
        text.Append($"{Vocabulary.Decode(own.Prompt.AsSpan(first, Options.Width))} or {Vocabulary.Decode(own.Prompt.AsSpan(first + Options.Width, Options.Width))} by");
        for (int edge = 0; edge < Options.Edges; edge++)
        {
            ReadOnlySpan<int> ends = own.Prompt.AsSpan(edge * ((2 * Options.Width) + 1), 2 * Options.Width);
            text.Append($" {Vocabulary.Decode(ends[..Options.Width])}>{Vocabulary.Decode(ends[Options.Width..])}");
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public override string DescribeAnswer(ReadOnlySpan<int> output)
    {
        var text = new StringBuilder();
        for (int i = 0; i < output.Length; i++)
        {
            if (Vocabulary.IsSpecial(output[i])) break;
            if (i > 0 && i % Options.Width == 0) text.Append(" > ");
            text.Append(Vocabulary.IdToToken(output[i]));
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public override void WriteMembers(Utf8JsonWriter writer) => Options.Write(writer);

    private int[] DrawLabels(TaskRandom random)
    {
        int[] labels = [.. Enumerable.Range(0, Options.Labels)];
        for (int i = 0; i < Options.Nodes; i++)
        {
            int at = i + random.Below(labels.Length - i);
            (labels[i], labels[at]) = (labels[at], labels[i]);
        }

        return labels[..Options.Nodes];
    }

    /// <summary>A root and a target at the distance, each such pair alike, and a node that has an edge but cannot be reached from the root.</summary>
    private static bool TryDrawEnds(ReachabilityGraph graph, int hops, TaskRandom random, out int root, out int target, out int decoy)
    {
        int n = graph.Nodes, pairs = 0;
        Span<ulong> levels = stackalloc ulong[n], targets = stackalloc ulong[n], decoys = stackalloc ulong[n];
        ulong entered = graph.Targets();
        for (int node = 0; node < n; node++)
        {
            decoys[node] = entered & ~graph.Search(node, levels);
            targets[node] = decoys[node] == 0 ? 0 : levels[hops];
            pairs += BitOperations.PopCount(targets[node]);
        }

        (root, target, decoy) = (0, 0, 0);
        if (pairs == 0) return false;
        int chosen = random.Below(pairs);
        for (; chosen >= BitOperations.PopCount(targets[root]); root++) chosen -= BitOperations.PopCount(targets[root]);
        target = random.SetBit(targets[root]);
        decoy = random.SetBit(decoys[root]);
        return true;
    }

    private ReachabilityProblem Write(ReachabilityGraph graph, int[] labels, ulong hash, int hops, (int Root, int Target, int Decoy) ends, TaskRandom random)
    {
        var prompt = new List<int>(MaxPromptLength);
        (int From, int To)[] edges = [.. graph.EnumerateEdges()];
        random.Shuffle(edges.AsSpan());
        foreach ((int from, int to) in edges)
        {
            _vocabulary.Append(prompt, labels[from]);
            _vocabulary.Append(prompt, labels[to]);
            prompt.Add(_vocabulary.Bar);
        }

        bool targetFirst = random.Below(2) == 0;
        prompt.Add(_vocabulary.Question);
        _vocabulary.Append(prompt, labels[targetFirst ? ends.Target : ends.Decoy]);
        _vocabulary.Append(prompt, labels[targetFirst ? ends.Decoy : ends.Target]);
        prompt.Add(_vocabulary.Root);
        _vocabulary.Append(prompt, labels[ends.Root]);
        prompt.Add(_vocabulary.Answer);

        var solution = new List<int>(MaxAnswerLength);
        foreach (int node in DrawShortestPath(graph, ends.Root, ends.Target, hops, random)) _vocabulary.Append(solution, labels[node]);
        solution.Add(_vocabulary.End);
        return new ReachabilityProblem
        {
            Hash = hash,
            Prompt = [.. prompt],
            Solution = [.. solution],
            Graph = graph,
            Labels = labels,
            Root = ends.Root,
            Target = ends.Target,
            Decoy = ends.Decoy,
            Hops = hops,
        };
    }

    /// <summary>A shortest path: at each node one of the edges that lead on to the target in the steps that are left, each alike.</summary>
    private static List<int> DrawShortestPath(ReachabilityGraph graph, int root, int target, int hops, TaskRandom random)
    {
        // near[d]: nodes from which a path of exactly d edges leads to the target.
        Span<ulong> near = stackalloc ulong[hops + 1];
        near[0] = 1UL << target;
        for (int d = 1; d <= hops; d++)
            for (int node = 0; node < graph.Nodes; node++)
                if ((graph.Successors(node) & near[d - 1]) != 0) near[d] |= 1UL << node;

        var path = new List<int>(hops + 1) { root };
        for (int left = hops - 1; left >= 0; left--) path.Add(random.SetBit(graph.Successors(path[^1]) & near[left]));
        return path;
    }

    private string Label(int label)
    {
        var digits = new List<int>();
        _vocabulary.Append(digits, label);
        return Vocabulary.Decode([.. digits]);
    }
}
