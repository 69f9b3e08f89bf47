namespace LbrCore.Tests.Tasks.Reachability;

/// <summary>Reads a prompt as the specification writes it, from its text alone.</summary>
internal sealed class PromptReader
{
    public PromptReader(string prompt, int width)
    {
        string[] parts = prompt.Split("[Q]");
        Edges = [.. parts[0].TrimEnd('|').Split('|').Select(edge => (edge[..width], edge[width..]))];
        string[] rest = parts[1].Split("[R]");
        (First, Second) = (rest[0][..width], rest[0][width..]);
        Assert.EndsWith("[A]", rest[1]);
        Root = rest[1][..^3];
        Assert.All([Root, Second, .. Edges.Select(edge => edge.To)], label => Assert.Equal(width, label.Length));
    }

    public List<(string From, string To)> Edges { get; }

    public string First { get; }

    public string Second { get; }

    public string Root { get; }

    /// <summary>Edges of the shortest path by relaxing all edges again and again; null where there is none.</summary>
    public int? Distance(string to)
    {
        var distance = new Dictionary<string, int> { [Root] = 0 };
        for (int round = 0; round < Edges.Count; round++)
            foreach ((string from, string target) in Edges)
                if (distance.TryGetValue(from, out int d) && (!distance.TryGetValue(target, out int known) || known > d + 1)) distance[target] = d + 1;
        return distance.TryGetValue(to, out int found) ? found : null;
    }
}
