using LbrCore.Trees;

namespace LbrCore.Checks;

/// <summary>The text that leads to each node of a decoded trajectory, found from parents and committed tokens alone.</summary>
internal sealed class NodeTexts
{
    private readonly Dictionary<int, GrownNode> _nodes = [];
    private readonly Dictionary<int, int> _birth = [];
    private readonly Dictionary<int, int[]> _before = [];

    /// <summary>The texts of a trajectory.</summary>
    public NodeTexts(int[] prompt, IReadOnlyList<TreeStep> steps)
    {
        int[] prefix = prompt;
        foreach (TreeStep step in steps)
        {
            foreach (GrownNode node in step.Grown)
            {
                _nodes.Add(node.Id, node);
                _birth.Add(node.Id, step.Step);
                // A root stands behind the tokens that were committed at its birth; what lies below it, behind its parent, wherever that stands now.
                _before.Add(node.Id, node.Parent < 0 ? prefix : [.. _before[node.Parent], _nodes[node.Parent].Token]);
            }

            prefix = [.. prefix, step.Committed];
        }
    }

    /// <summary>The texts after which nodes grew.</summary>
    public IEnumerable<int[]> Parents => _before.Values;

    /// <summary>log pi~ of a node's token after its text.</summary>
    public double LogProbability(int node, CausalTexts texts, double temperature) => texts.After(_before[node], temperature)[_nodes[node].Token];

    /// <summary>A node with all below it that had grown by a step.</summary>
    public IEnumerable<int> Subtree(int root, int step) =>
        _nodes.Keys.Where(id => _birth[id] <= step && IsBelow(id, root));

    private bool IsBelow(int id, int root)
    {
        while (id >= 0 && id != root) id = _nodes[id].Parent;
        return id == root;
    }
}
