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
/// Labels are drawn anew for every problem. The worked solution is a random shortest path, or a walk (<see cref="ReachabilityOptions.Walk"/>).
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
    public override int MaxAnswerLength => ((LongestPath + 1) * Options.Width) + 1;

    // In edges.
    private int LongestPath => Options.MaxHops + Detour;

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
            if (ProblemSplits.Of(hash.Value) == split && ReachabilityEnds.TryDraw(graph, hops, random, out ReachabilityEnds ends))
                return Write(graph, labels, hash.Value, hops, ends, random);
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
            : Options.Walk ? digits.Length / width > LongestPath || own.Graph.Successors(at) == 0 ? Verdict.Correct : Verdict.Wrong("an edge leads on")
            : at == own.Target ? Verdict.Correct
            : at == own.Decoy ? Verdict.Wrong("the unreachable target")
            : Verdict.Wrong("not a target");
    }

    /// <summary><c>valid_hops</c>: the share of an answer's hops that are edges, wherever they lead; nothing of an answer without hops.</summary>
    /// <inheritdoc/>
    public override IReadOnlyList<(string Name, double Value)> Measure(Problem problem, ReadOnlySpan<int> output)
    {
        ReachabilityProblem own = Own<ReachabilityProblem>(problem);
        TryGetBody(output, out ReadOnlySpan<int> digits);
        int width = Options.Width, hops = (digits.Length / width) - 1, valid = 0;
        for (int i = 0; i < hops; i++)
        {
            int from = NodeAt(digits, i), to = NodeAt(digits, i + 1);
            if (from >= 0 && to >= 0 && own.Graph.HasEdge(from, to)) valid++;
        }

        return hops > 0 ? [("valid_hops", (double)valid / hops)] : [];

        // -1 for what is no node; a label that no node has is none either.
        int NodeAt(ReadOnlySpan<int> nodes, int i) => _vocabulary.Read(nodes.Slice(i * width, width)) is >= 0 and int label ? own.NodeOf(label) : -1;
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

    private ReachabilityProblem Write(ReachabilityGraph graph, int[] labels, ulong hash, int hops, ReachabilityEnds ends, TaskRandom random)
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

        int shared = prompt.Count;
        Ask(prompt, labels, ends, random);
        int[] solution = Solve(graph, labels, hops, ends, random);
        return new ReachabilityProblem
        {
            Hash = hash,
            Prompt = [.. prompt],
            Solution = solution,
            Further = AskMore(graph, labels, shared, random),
            Graph = graph,
            Labels = labels,
            Root = ends.Root,
            Target = ends.Target,
            Decoy = ends.Decoy,
            Hops = hops,
        };
    }

    // After everything that is drawn for the problem itself, which so does not depend on how many questions there are.
    private FurtherQuestion[] AskMore(ReachabilityGraph graph, int[] labels, int shared, TaskRandom random)
    {
        var questions = new FurtherQuestion[Options.Questions - 1];
        for (int i = 0; i < questions.Length; i++)
        {
            int hops;
            ReachabilityEnds ends;
            // The graph has pairs at one distance at least, that of the problem.
            do hops = random.Between(Options.MinHops, Options.MaxHops);
            while (!ReachabilityEnds.TryDraw(graph, hops, random, out ends));
            var prompt = new List<int>();
            Ask(prompt, labels, ends, random);
            questions[i] = new FurtherQuestion(shared, [.. prompt], Solve(graph, labels, hops, ends, random));
        }

        return questions;
    }

    private void Ask(List<int> prompt, int[] labels, ReachabilityEnds ends, TaskRandom random)
    {
        bool targetFirst = random.Below(2) == 0;
        prompt.Add(_vocabulary.Question);
        _vocabulary.Append(prompt, labels[targetFirst ? ends.Target : ends.Decoy]);
        _vocabulary.Append(prompt, labels[targetFirst ? ends.Decoy : ends.Target]);
        prompt.Add(_vocabulary.Root);
        _vocabulary.Append(prompt, labels[ends.Root]);
        prompt.Add(_vocabulary.Answer);
    }

    private int[] Solve(ReachabilityGraph graph, int[] labels, int hops, ReachabilityEnds ends, TaskRandom random)
    {
        var solution = new List<int>(MaxAnswerLength);
        List<int> nodes = Options.Walk ? graph.DrawWalk(ends.Root, LongestPath, random) : graph.DrawShortestPath(ends.Root, ends.Target, hops, random);
        foreach (int node in nodes) _vocabulary.Append(solution, labels[node]);
        solution.Add(_vocabulary.End);
        return [.. solution];
    }

    private string Label(int label)
    {
        var digits = new List<int>();
        _vocabulary.Append(digits, label);
        return Vocabulary.Decode([.. digits]);
    }
}
