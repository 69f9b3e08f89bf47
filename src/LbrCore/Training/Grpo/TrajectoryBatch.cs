using LbrCore.Decoding;
using LbrCore.Trees;

namespace LbrCore.Training.Grpo;

/// <summary>Rollouts as rows of a packed batch: each prompt once, below it the answers of its group with every node that was grown; and the routes that were taken.</summary>
/// <param name="shape">The trees.</param>
/// <param name="readsParents">Whether the router reads the states before candidates: then only what was committed needs a row, and a place of a tree has its parent's.</param>
/// <param name="options">How nodes were drawn.</param>
/// <param name="vocabulary">Tokens that there are. Where they are few, distinct siblings list all others, which makes the probability of the rest exact.</param>
internal sealed class TrajectoryBatch(TreeShape shape, bool readsParents = false, GrpoOptions? options = null, int vocabulary = int.MaxValue)
{
    /// <summary>A node that was drawn.</summary>
    /// <param name="Rollout">Which rollout.</param>
    /// <param name="OldLogProb">Its log-probability when it was drawn.</param>
    /// <param name="Siblings">Nodes that grew in the same step.</param>
    /// <param name="Committed">Whether it became part of the answer, or of what was fed.</param>
    internal readonly record struct Draw(int Rollout, float OldLogProb, int Siblings, bool Committed = true);

    /// <summary>A route that was taken.</summary>
    /// <param name="Rollout">Which rollout.</param>
    /// <param name="Slots">Subtrees that there were.</param>
    /// <param name="Chosen">The one that was committed.</param>
    /// <param name="OldLogProb">Its log-probability when it was chosen.</param>
    /// <param name="BiasSet">The set of siblings that its scores have the bias of; -1 for none.</param>
    internal readonly record struct Route(int Rollout, int Slots, int Chosen, float OldLogProb, int BiasSet);

    /// <summary>Tokens up to which all are listed beside distinct siblings.</summary>
    public const int SmallVocabulary = 256;

    private readonly GrpoOptions _options = options ?? new GrpoOptions();

    // Targets by row and token, where several sets may ask for one.
    private readonly Dictionary<(int Row, int Token), int> _targets = [];

    private readonly List<int> _nodeRows = [];
    private readonly List<float> _nodeLogProbs = [];
    private readonly List<int> _nodeTokens = [];

    /// <summary>The rows.</summary>
    public PackedBatch Rows { get; } = new();

    /// <summary>Events: one for each draw, or for each set of siblings whose order does not count.</summary>
    public List<Draw> Draws { get; } = [];

    /// <summary>What makes events of targets; empty where every target of <see cref="Rows"/> is an event.</summary>
    public SiblingSets Sets { get; } = new(options?.Siblings == SiblingSampling.Distinct && shape.Width > 1, options?.SiblingOrder ?? default);

    /// <summary>Routes with a choice.</summary>
    public List<Route> Routes { get; } = [];

    /// <summary>[routes, nodes]: row that the router reads at each place of the tree, of the node or of its parent; -1 where there is no node.</summary>
    public List<int> NodeRows => _nodeRows;

    /// <summary>[routes, nodes]: token of each node, -1 where there is none.</summary>
    public List<int> NodeTokens => _nodeTokens;

    /// <summary>[routes, nodes]: log-probability of each node when it was drawn.</summary>
    public List<float> NodeLogProbs => _nodeLogProbs;

    /// <summary>Rows that a group will take.</summary>
    public int RowsOf(IReadOnlyList<Rollout> group) =>
        group[0].Problem.Prompt.Length + group.Sum(rollout => readsParents || IsMixed(rollout) ? rollout.Steps.Count : rollout.Steps.Sum(step => step.Grown.Count));

    /// <summary>Routes that a group will take.</summary>
    public static int RoutesOf(IReadOnlyList<Rollout> group) => group.Sum(rollout => rollout.Steps.Count(step => step.Slots.Count > 1));

    /// <summary>Adds rollouts of one problem.</summary>
    /// <param name="group">The rollouts.</param>
    /// <param name="first">Number of the first.</param>
    public void Add(IReadOnlyList<Rollout> group, int first)
    {
        int prompt = Rows.AddText(group[0].Problem.Prompt);
        for (int i = 0; i < group.Count; i++) Add(group[i], first + i, prompt);
    }

    private bool IsDistinct => _options.Siblings == SiblingSampling.Distinct && shape.Width > 1;

    private static bool IsMixed(Rollout rollout) => rollout.Steps.Any(step => step.Mixture.Count > 0);

    // One row a step: what was fed. All draws of a step are targets of the row before it.
    private void AddMixed(Rollout rollout, int number, int row)
    {
        foreach (TreeStep step in rollout.Steps)
        {
            foreach (GrownNode draw in step.Grown)
            {
                Rows.AddTarget(row, draw.Token);
                Draws.Add(new Draw(number, draw.LogProbability, step.Grown.Count));
            }

            // Nothing follows the last.
            if (ReferenceEquals(step, rollout.Steps[^1])) return;
            row = step.Mixture.Count == 0 ? Rows.AddRow(step.Committed, row) : Rows.AddMixture([.. step.Grown.Select(draw => draw.Token)], [.. step.Mixture], row);
        }
    }

    private void Add(Rollout rollout, int number, int prompt)
    {
        if (IsMixed(rollout))
        {
            AddMixed(rollout, number, prompt);
            return;
        }

        // Who follows whom, by ids that count from 0; below -1 stands the end of the prefix, which is what was committed last.
        var nodes = new List<(GrownNode Node, int Parent)>();
        int committed = -1;
        foreach (TreeStep step in rollout.Steps)
        {
            foreach (GrownNode node in step.Grown) nodes.Add((node, node.Parent < 0 ? committed : node.Parent));
            committed = step.Slots[step.Chosen];
        }

        int[] rows = AddRows(nodes, prompt), setOfNode = new int[nodes.Count];
        Array.Fill(setOfNode, -1);
        HashSet<int> answer = [.. rollout.Steps.Select(step => step.Slots[step.Chosen])];
        foreach (TreeStep step in rollout.Steps)
        {
            if (IsDistinct || _options.IsFiltered)
            {
                AddSets(step, number, RowOf, setOfNode, answer);
                continue;
            }

            foreach (GrownNode node in step.Grown)
            {
                Rows.AddTarget(RowOf(node), node.Token);
                Draws.Add(new Draw(number, node.LogProbability, step.Grown.Count, answer.Contains(node.Id)));
            }
        }

        AddRoutes(rollout, number, nodes, rows, setOfNode, prompt);

        // The row after which a node was drawn.
        int RowOf(GrownNode node) => nodes[node.Id].Parent < 0 ? prompt : rows[nodes[node.Id].Parent];
    }

    // Siblings together, with all other tokens that they could have been, as far as those are needed.
    private void AddSets(TreeStep step, int number, Func<GrownNode, int> rowOf, int[] setOfNode, HashSet<int> answer)
    {
        GrownNode[][] families = [.. step.Grown.GroupBy(node => node.Parent).Select(family => family.ToArray())];
        int events = families.Sum(family => Sets.EventsOf(family.Length));
        foreach (GrownNode[] family in families)
        {
            int row = rowOf(family[0]);
            int[] siblings = [.. family.Select(node => Target(row, node.Token))];
            IEnumerable<int>? all = _options.IsFiltered ? SupportOf(step, family[0].Parent) : vocabulary <= SmallVocabulary ? Enumerable.Range(0, vocabulary) : null;
            int[]? others = all is null ? null : [.. all.Except(family.Select(node => node.Token)).Select(token => Target(row, token))];
            int set = Sets.Add(siblings, others, _options.IsFiltered, Draws.Count);
            foreach (GrownNode node in family) setOfNode[node.Id] = set;
            if (Sets.EventsOf(family.Length) == family.Length) Draws.AddRange(family.Select(node => new Draw(number, node.DrawLogProbability ?? node.LogProbability, events, answer.Contains(node.Id))));
            else Draws.Add(new Draw(number, (float)SiblingSets.UnorderedOf([.. family.Select(node => (double)node.LogProbability)], family[^1].DrawLogProbability!.Value), events));
        }
    }

    private IReadOnlyList<int> SupportOf(TreeStep step, int parent)
    {
        KeptSupport support = step.Supports.FirstOrDefault(one => one.Parent == parent) ?? throw new InvalidOperationException($"Step {step.Step} recorded no tokens that its filters kept.");
        return support.Tokens.Count > 0 ? support.Tokens
            : throw new ArgumentException($"The filters kept {support.Count} tokens at a step; the trainer looks at no more than {_options.SupportCapacity}. Use a smaller top_k or top_p, or raise support_capacity.");
    }

    private int Target(int row, int token)
    {
        if (!_targets.TryGetValue((row, token), out int target)) _targets.Add((row, token), target = Rows.AddTarget(row, token));
        return target;
    }

    // Rows in preorder. A node's id is its index; -1 for a node without a row.
    private int[] AddRows(List<(GrownNode Node, int Parent)> nodes, int prompt)
    {
        var firstChild = new int[nodes.Count + 1];
        var nextSibling = new int[nodes.Count];
        Array.Fill(firstChild, -1);
        // From the last to the first, so that children come in their order. Place 0 is the prompt's.
        for (int id = nodes.Count - 1; id >= 0; id--)
        {
            int parent = nodes[id].Parent + 1;
            (nextSibling[id], firstChild[parent]) = (firstChild[parent], id);
        }

        var rows = new int[nodes.Count];
        var open = new Stack<int>();
        if (firstChild[0] >= 0) open.Push(firstChild[0]);
        while (open.TryPop(out int id))
        {
            if (nextSibling[id] >= 0) open.Push(nextSibling[id]);
            int parent = nodes[id].Parent;
            if (readsParents && firstChild[id + 1] < 0)
            {
                rows[id] = -1;
                continue;
            }

            rows[id] = Rows.AddRow(nodes[id].Node.Token, parent < 0 ? prompt : rows[parent]);
            if (firstChild[id + 1] >= 0) open.Push(firstChild[id + 1]);
        }

        return rows;
    }

    // The trees as the router saw them: which node stood at which place.
    private void AddRoutes(Rollout rollout, int number, List<(GrownNode Node, int Parent)> nodes, int[] rows, int[] setOfNode, int prompt)
    {
        var places = new int[shape.Nodes];
        var children = new int[shape.Nodes + 1];
        Array.Fill(places, -1);
        foreach (TreeStep step in rollout.Steps)
        {
            Array.Clear(children);
            foreach (GrownNode node in step.Grown)
            {
                int parent = node.Parent < 0 ? -1 : Array.IndexOf(places, node.Parent);
                int from = parent < 0 ? 0 : parent - shape.Offset(node.Depth - 1);
                places[shape.Offset(node.Depth) + (from * shape.Width) + children[parent + 1]++] = node.Id;
            }

            if (step.Slots.Count > 1)
            {
                foreach (int id in places)
                {
                    _nodeRows.Add(id < 0 ? -1 : !readsParents ? rows[id] : nodes[id].Parent < 0 ? prompt : rows[nodes[id].Parent]);
                    _nodeTokens.Add(id < 0 ? -1 : nodes[id].Node.Token);
                    _nodeLogProbs.Add(id < 0 ? 0 : nodes[id].Node.LogProbability);
                }

                Routes.Add(new Route(number, step.Slots.Count, step.Chosen, step.RouterLogProbabilities[step.Chosen], IsDistinct ? setOfNode[step.Slots[0]] : -1));
            }

            Shift(places, step.Chosen);
        }
    }

    private void Shift(int[] places, int chosen)
    {
        int to = -1;
        foreach (int from in shape.Subtree(chosen))
        {
            if (to >= 0) places[to] = places[from];
            to++;
        }

        for (int place = Math.Max(to, 0); place < places.Length; place++) places[place] = -1;
    }
}
