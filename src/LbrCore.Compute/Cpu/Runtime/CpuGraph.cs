namespace LbrCore.Compute.Cpu;

/// <summary>Captured work of the CPU: a list that is run from first to last.</summary>
internal sealed class CpuGraph : Graph
{
    private CpuGraphNode[]? _nodes;

    internal CpuGraph(CpuDevice device, CpuGraphNode[] nodes) : base(device)
    {
        _nodes = nodes;
        NodeCount = nodes.Length;
    }

    /// <summary>Runs all of it now.</summary>
    internal void Run()
    {
        foreach (CpuGraphNode node in _nodes!) node.Run();
    }

    public override void Dispose() => _nodes = null;

    private protected override bool IsDisposed => _nodes is null;

    private protected override void UploadCore(ComputeStream stream)
    {
    }
}
