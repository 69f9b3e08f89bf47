using System.Text.Json;

namespace LbrCore.Tasks.Reachability;

/// <summary>Sizes of radix-translated reachability.</summary>
public sealed record ReachabilityOptions
{
    /// <summary>Most nodes: sets of them are the bits of a word.</summary>
    public const int MaximumNodes = 64;

    /// <summary>Most questions about a graph.</summary>
    public const int MaximumQuestions = 256;

    /// <summary>Nodes of a graph.</summary>
    public int Nodes { get; init; } = 16;

    /// <summary>Edges of a graph, always exactly so many, so all prompts have one length; about 1.6 a node.</summary>
    public int Edges { get; init; } = 26;

    /// <summary>Most edges that leave a node.</summary>
    public int MaxOutDegree { get; init; } = 4;

    /// <summary>Least length of the shortest path, in edges. Lengths from here to <see cref="MaxHops"/> are equally frequent.</summary>
    public int MinHops { get; init; } = 2;

    /// <summary>Greatest length of the shortest path, in edges.</summary>
    public int MaxHops { get; init; } = 4;

    /// <summary>Digits that there are: 2 for binary.</summary>
    public int Radix { get; init; } = 2;

    /// <summary>Digits of a node's label.</summary>
    public int Width { get; init; } = 4;

    /// <summary>Whether graphs have no cycles.</summary>
    public bool Acyclic { get; init; } = true;

    /// <summary>
    /// Questions about each graph that supervised training sees, the first of which is the problem. Most tokens of a prompt are edges, so further questions are much learned for little
    /// work. Their lengths are drawn from those that the graph has.
    /// </summary>
    public int Questions { get; init; } = 1;

    /// <summary>
    /// Whether solutions are walks instead of paths to the target: every edge of a node is taken alike, until none leads on or the walk is as long as an answer may be. Teaches to look
    /// up edges in the format of the paths, where targets cannot be copied.
    /// </summary>
    public bool Walk { get; init; }

    /// <summary>Labels that there are: radix to the power of width.</summary>
    public int Labels
    {
        get
        {
            int labels = 1;
            for (int i = 0; i < Width && labels <= 1 << 20; i++) labels *= Radix;
            return labels;
        }
    }

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="ArgumentException">A size is out of range; the message names it and its bounds.</exception>
    public void Validate()
    {
        Require(Nodes, 4, MaximumNodes, nameof(Nodes));
        Require(MaxOutDegree, 1, MaximumNodes, nameof(MaxOutDegree));
        Require(MinHops, 1, Nodes - 2, nameof(MinHops));
        Require(MaxHops, MinHops, Nodes - 2, nameof(MaxHops));
        Require(Radix, 2, RadixVocabulary.MaximumRadix, nameof(Radix));
        Require(Width, 1, 16, nameof(Width));
        if (Labels < Nodes) throw new ArgumentException($"{Width} digits of radix {Radix} make {Labels} labels, too few for {Nodes} nodes; raise the width.", nameof(Width));
        Require(Questions, 1, MaximumQuestions, nameof(Questions));
        int most = 0;
        for (int node = 0; node < Nodes; node++) most += Math.Min(MaxOutDegree, Acyclic ? Nodes - 1 - node : Nodes - 1);
        // A path and an edge into the other target need these at least; denser graphs than that reach everything.
        Require(Edges, MaxHops + 1, most, nameof(Edges));
    }

    /// <summary>Reads the members of a configuration.</summary>
    internal static ReachabilityOptions Read(TaskMembers members)
    {
        var usual = new ReachabilityOptions();
        return new ReachabilityOptions
        {
            Nodes = members.Number("nodes", usual.Nodes),
            Edges = members.Number("edges", usual.Edges),
            MaxOutDegree = members.Number("max_out_degree", usual.MaxOutDegree),
            MinHops = members.Number("min_hops", usual.MinHops),
            MaxHops = members.Number("max_hops", usual.MaxHops),
            Radix = members.Number("radix", usual.Radix),
            Width = members.Number("width", usual.Width),
            Acyclic = members.Flag("acyclic", usual.Acyclic),
            Questions = members.Number("questions", usual.Questions),
            Walk = members.Flag("walk", usual.Walk),
        };
    }

    /// <summary>Writes the members of a configuration.</summary>
    internal void Write(Utf8JsonWriter writer)
    {
        writer.WriteNumber("nodes", Nodes);
        writer.WriteNumber("edges", Edges);
        writer.WriteNumber("max_out_degree", MaxOutDegree);
        writer.WriteNumber("min_hops", MinHops);
        writer.WriteNumber("max_hops", MaxHops);
        writer.WriteNumber("radix", Radix);
        writer.WriteNumber("width", Width);
        writer.WriteBoolean("acyclic", Acyclic);
        // How a model was taught, not what it is asked: left out where usual, so that files stay as they were before there was a choice.
        if (Questions != 1) writer.WriteNumber("questions", Questions);
        if (Walk) writer.WriteBoolean("walk", Walk);
    }

    private static void Require(int value, int least, int most, string name)
    {
        if (value < least || value > most) throw new ArgumentException($"{name} is {value}; it must be {least} to {most}.", name);
    }
}
