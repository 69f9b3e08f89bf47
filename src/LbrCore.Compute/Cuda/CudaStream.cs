namespace LbrCore.Compute.Cuda;

/// <summary>A non-blocking stream of the driver.</summary>
internal sealed unsafe class CudaStream : ComputeStream
{
    private static readonly Version s_firstWithCarveout = new(12, 8);

    private readonly CudaDevice _device;
    private readonly LaunchLog _log = new();
    private LaunchLog? _captureLog;
    private long _seenAllocations;

    internal CudaStream(CudaDevice device) : base(device)
    {
        _device = device;
        device.Enter();
        device.Check(device.Driver.StreamCreate(out nint handle, DriverFlag.StreamNonBlocking), "Creating a stream");
        Handle = handle;
    }

    internal nint Handle { get; }

    // Older drivers refuse a launch with an attribute that they do not know.
    private int? KnownCarveout => _device.Info.DriverVersion >= s_firstWithCarveout ? SharedMemoryCarveout : null;

    /// <summary>Launches since the host last waited for this stream.</summary>
    internal LaunchLog Log => _log;

    /// <summary>Whether something was queued that a memory's return must wait for.</summary>
    internal bool IsDirty { get; set; }

    private protected override void LaunchCore(KernelVariant variant, in LaunchConfig config, ReadOnlySpan<ulong> slots)
    {
        Enter();
        CudaKernel kernel = _device.Kernel(variant);
        kernel.Configure(in config);
        LaunchParameters parameters;
        LaunchAttribute* attributes = stackalloc LaunchAttribute[LaunchParameters.MaxAttributes];
        LaunchParameters.Set(&parameters, attributes, in config, Handle, kernel.CanDepend);
        LaunchParameters.Prefer(&parameters, parameters.AttributeCount, KnownCarveout);
        void** addresses = stackalloc void*[slots.Length];
        fixed (ulong* start = slots)
        {
            for (int i = 0; i < slots.Length; i++) addresses[i] = start + i;
            Submit(&parameters, kernel, addresses, in config);
        }
    }

    private protected override void LaunchPreparedCore(PreparedLaunch launch)
    {
        Enter();
        var prepared = (CudaPreparedLaunch)launch;
        prepared.Parameters->Stream = Handle;
        LaunchParameters.Prefer(prepared.Parameters, prepared.AttributeCount, KnownCarveout);
        Submit(prepared.Parameters, prepared.Kernel, prepared.Addresses, prepared.Config);
    }

    private protected override void LaunchGraphCore(Graph graph)
    {
        Enter();
        var cudaGraph = (CudaGraph)graph;
        _log.Add(cudaGraph);
        Check(_device.Driver.GraphLaunch(cudaGraph.Handle, Handle), "Launching a graph");
    }

    private protected override void CopyCore(nint source, nint destination, long bytes, CopyDirection direction)
    {
        Enter();
        IDriverApi driver = _device.Driver;
        int code = direction switch
        {
            CopyDirection.HostToDevice => driver.MemcpyHtoDAsync(destination, source, (nuint)bytes, Handle),
            CopyDirection.DeviceToHost => driver.MemcpyDtoHAsync(destination, source, (nuint)bytes, Handle),
            _ => driver.MemcpyDtoDAsync(destination, source, (nuint)bytes, Handle),
        };
        if (code != DriverCode.Success) Check(code, $"Copying {bytes} bytes ({direction})");
    }

    private protected override void FillCore(nint destination, in FillPattern pattern)
    {
        Enter();
        IDriverApi driver = _device.Driver;
        int code = pattern.UnitBytes switch
        {
            1 => driver.MemsetD8Async(destination, (byte)pattern.Unit, (nuint)pattern.Count, Handle),
            2 => driver.MemsetD16Async(destination, (ushort)pattern.Unit, (nuint)pattern.Count, Handle),
            _ => driver.MemsetD32Async(destination, pattern.Unit, (nuint)pattern.Count, Handle),
        };
        if (code != DriverCode.Success) Check(code, $"Filling {pattern.Bytes} bytes");
    }

    private protected override void RecordCore(ComputeEvent mark)
    {
        Enter();
        Check(_device.Driver.EventRecord(((CudaEvent)mark).Handle, Handle), "Recording an event");
    }

    private protected override void WaitCore(ComputeEvent mark)
    {
        Enter();
        Check(_device.Driver.StreamWaitEvent(Handle, ((CudaEvent)mark).Handle, 0), "Making a stream wait for an event");
    }

    private protected override void SynchronizeCore()
    {
        _device.Enter();
        Check(_device.Driver.StreamSynchronize(Handle), "Waiting for a stream");
        _log.Clear();
        IsDirty = false;
    }

    private protected override void BeginCaptureCore()
    {
        // What the graph will use was allocated before: the order is made now, since it cannot be made inside.
        Enter();
        Check(_device.Driver.StreamBeginCapture(Handle, DriverFlag.CaptureThreadLocal), "Beginning a capture");
        _captureLog = new LaunchLog();
    }

    private protected override Graph EndCaptureCore()
    {
        LaunchLog log = TakeCaptureLog();
        _device.Enter();
        IDriverApi driver = _device.Driver;
        Check(driver.StreamEndCapture(Handle, out nint graph), "Ending a capture");
        try
        {
            nuint nodes = 0;
            Check(driver.GraphGetNodes(graph, null, &nodes), "Counting the nodes of a graph");
            Check(driver.GraphInstantiate(out nint executable, graph, 0), $"Instantiating a graph of {nodes} nodes");
            return new CudaGraph(_device, executable, (int)nodes, log.Describe());
        }
        finally
        {
            driver.GraphDestroy(graph);
        }
    }

    private protected override void AbandonCaptureCore()
    {
        TakeCaptureLog();
        _device.Enter();
        if (_device.Driver.StreamEndCapture(Handle, out nint graph) == DriverCode.Success && graph != 0) _device.Driver.GraphDestroy(graph);
    }

    private protected override void DisposeCore()
    {
        if (_device.IsFaulted) return;
        _device.Enter();
        _device.Driver.StreamSynchronize(Handle);
        _device.Driver.StreamDestroy(Handle);
    }

    private void Submit(LaunchParameters* parameters, CudaKernel kernel, void** addresses, in LaunchConfig config)
    {
        LaunchLog log = CaptureOrigin is CudaStream origin ? origin._captureLog! : _log;
        log.Add(kernel.Variant, in config);
        int code = _device.Driver.LaunchKernelEx(parameters, kernel.Function, addresses, null);
        if (code != DriverCode.Success) throw _device.Failure(code, "Launching a kernel", kernel.Variant, config);
    }

    private void Check(int code, string attempted)
    {
        if (code != DriverCode.Success) throw _device.Failure(code, attempted, null, null);
    }

    /// <summary>Before anything is queued: the context is current, and memory that was allocated meanwhile on the default stream is ours to use.</summary>
    private void Enter()
    {
        _device.Enter();
        if (IsCapturing) return;
        IsDirty = true;
        long allocations = _device.Allocations;
        if (_seenAllocations == allocations) return;
        _seenAllocations = allocations;
        _device.OrderAfterAllocations(this);
    }

    private LaunchLog TakeCaptureLog()
    {
        LaunchLog log = _captureLog!;
        _captureLog = null;
        return log;
    }
}
