namespace LbrCore.Compute.Cpu;

/// <summary>A stream of the CPU: runs each piece of work before the call returns, or records it while it captures.</summary>
internal sealed unsafe class CpuStream : ComputeStream
{
    private List<CpuGraphNode>? _recording;

    internal CpuStream(CpuDevice device) : base(device)
    {
    }

    private CpuDevice Cpu => (CpuDevice)Device;

    private protected override void LaunchCore(KernelVariant variant, in LaunchConfig config, ReadOnlySpan<ulong> slots)
    {
        Cpu.Load(variant);
        if (IsCapturing)
        {
            Append(new CpuGraphNode.Kernel(new CpuPreparedLaunch(Cpu, variant, in config, slots)));
            return;
        }

        fixed (ulong* address = slots) Cpu.Run(variant, in config, address);
    }

    private protected override void LaunchPreparedCore(PreparedLaunch launch)
    {
        var prepared = (CpuPreparedLaunch)launch;
        if (IsCapturing) Append(new CpuGraphNode.Kernel(prepared.Snapshot()));
        else prepared.Run();
    }

    private protected override void LaunchGraphCore(Graph graph) => ((CpuGraph)graph).Run();

    private protected override void CopyCore(nint source, nint destination, long bytes, CopyDirection direction)
    {
        var copy = new CpuGraphNode.Copy(source, destination, bytes);
        if (IsCapturing) Append(copy);
        else copy.Run();
    }

    private protected override void FillCore(nint destination, in FillPattern pattern)
    {
        var fill = new CpuGraphNode.Fill(destination, pattern);
        if (IsCapturing) Append(fill);
        else fill.Run();
    }

    private protected override void RecordCore(ComputeEvent mark) => ((CpuEvent)mark).Record(IsCapturing);

    // What was queued before the mark has run already.
    private protected override void WaitCore(ComputeEvent mark)
    {
    }

    private protected override void SynchronizeCore()
    {
    }

    private protected override void BeginCaptureCore() => _recording = [];

    private protected override Graph EndCaptureCore()
    {
        var graph = new CpuGraph(Cpu, [.. _recording!]);
        _recording = null;
        return graph;
    }

    private protected override void AbandonCaptureCore() => _recording = null;

    private protected override void DisposeCore()
    {
    }

    private void Append(CpuGraphNode node) => ((CpuStream)CaptureOrigin!)._recording!.Add(node);
}
