namespace LbrCore.Compute.Cuda;

/// <summary>An instantiated graph of the driver.</summary>
internal sealed class CudaGraph : Graph
{
    private readonly CudaDevice _device;
    private readonly string _contents;
    private nint _handle;

    /// <summary>Takes an instantiated graph.</summary>
    /// <param name="device">The device.</param>
    /// <param name="handle">The driver's handle, owned from now on.</param>
    /// <param name="nodeCount">Nodes of the graph it was made from.</param>
    /// <param name="contents">The kernels in it, for messages.</param>
    internal CudaGraph(CudaDevice device, nint handle, int nodeCount, string contents) : base(device)
    {
        _device = device;
        _handle = handle;
        _contents = contents;
        NodeCount = nodeCount;
    }

    internal nint Handle => _handle;

    public override void Dispose()
    {
        nint handle = Interlocked.Exchange(ref _handle, 0);
        if (handle == 0 || _device.IsDisposed || _device.IsFaulted) return;
        _device.Enter();
        _device.Driver.GraphExecDestroy(handle);
    }

    public override string ToString() => $"graph of {NodeCount} nodes [{_contents}]";

    private protected override bool IsDisposed => _handle == 0;

    private protected override void UploadCore(ComputeStream stream)
    {
        _device.Enter();
        _device.Check(_device.Driver.GraphUpload(_handle, ((CudaStream)stream).Handle), "Uploading a graph");
    }
}
