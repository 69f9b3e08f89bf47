namespace LbrCore.Compute.Cuda;

/// <summary>Passes every call on to a driver and counts it. A count costs some nanoseconds, a driver call microseconds.</summary>
/// <param name="inner">The driver.</param>
internal sealed unsafe class CountingDriver(IDriverApi inner) : IDriverApi
{
    private long _kernelLaunches, _graphLaunches, _copies, _fills, _waits, _events, _allocations, _others;

    /// <summary>The calls so far.</summary>
    internal DriverCalls Calls => new(
        Volatile.Read(ref _kernelLaunches), Volatile.Read(ref _graphLaunches), Volatile.Read(ref _copies), Volatile.Read(ref _fills),
        Volatile.Read(ref _waits), Volatile.Read(ref _events), Volatile.Read(ref _allocations), Volatile.Read(ref _others));

    // Texts about codes are no work of the device and do not count.
    public string? WhyMissing() => inner.WhyMissing();

    public string ErrorName(int code) => inner.ErrorName(code);

    public string ErrorText(int code) => inner.ErrorText(code);

    // Start.
    public int Init(uint flags) => Count(ref _others).Init(flags);
    public int DriverGetVersion(out int version) => Count(ref _others).DriverGetVersion(out version);
    public int DeviceGetCount(out int count) => Count(ref _others).DeviceGetCount(out count);
    public int DeviceGet(out int device, int ordinal) => Count(ref _others).DeviceGet(out device, ordinal);
    public int DeviceGetName(byte* name, int length, int device) => Count(ref _others).DeviceGetName(name, length, device);
    public int DeviceGetAttribute(out int value, int attribute, int device) => Count(ref _others).DeviceGetAttribute(out value, attribute, device);
    public int DeviceTotalMem(out nuint bytes, int device) => Count(ref _others).DeviceTotalMem(out bytes, device);

    // Contexts.
    public int DevicePrimaryCtxRetain(out nint context, int device) => Count(ref _others).DevicePrimaryCtxRetain(out context, device);
    public int DevicePrimaryCtxRelease(int device) => Count(ref _others).DevicePrimaryCtxRelease(device);
    public int CtxSetCurrent(nint context) => Count(ref _others).CtxSetCurrent(context);

    // Modules and functions.
    public int ModuleLoadDataEx(out nint module, byte* image, uint optionCount, int* options, void** values) => Count(ref _others).ModuleLoadDataEx(out module, image, optionCount, options, values);
    public int ModuleUnload(nint module) => Count(ref _others).ModuleUnload(module);
    public int ModuleGetFunction(out nint function, nint module, byte* name) => Count(ref _others).ModuleGetFunction(out function, module, name);
    public int FuncGetAttribute(out int value, int attribute, nint function) => Count(ref _others).FuncGetAttribute(out value, attribute, function);
    public int FuncSetAttribute(nint function, int attribute, int value) => Count(ref _others).FuncSetAttribute(function, attribute, value);
    public int OccupancyMaxActiveBlocksPerMultiprocessor(out int groups, nint function, int groupSize, nuint dynamicSharedBytes) => Count(ref _others).OccupancyMaxActiveBlocksPerMultiprocessor(out groups, function, groupSize, dynamicSharedBytes);
    public int LaunchKernelEx(LaunchParameters* launch, nint function, void** parameters, void** extra) => Count(ref _kernelLaunches).LaunchKernelEx(launch, function, parameters, extra);

    // Memory.
    public int MemGetInfo(out nuint free, out nuint total) => Count(ref _others).MemGetInfo(out free, out total);
    public int MemAlloc(out nint pointer, nuint bytes) => Count(ref _allocations).MemAlloc(out pointer, bytes);
    public int MemFree(nint pointer) => Count(ref _allocations).MemFree(pointer);
    public int MemAllocAsync(out nint pointer, nuint bytes, nint stream) => Count(ref _allocations).MemAllocAsync(out pointer, bytes, stream);
    public int MemFreeAsync(nint pointer, nint stream) => Count(ref _allocations).MemFreeAsync(pointer, stream);
    public int DeviceGetDefaultMemPool(out nint pool, int device) => Count(ref _others).DeviceGetDefaultMemPool(out pool, device);
    public int MemPoolSetAttribute(nint pool, int attribute, ulong* value) => Count(ref _others).MemPoolSetAttribute(pool, attribute, value);
    public int MemPoolGetAttribute(nint pool, int attribute, ulong* value) => Count(ref _others).MemPoolGetAttribute(pool, attribute, value);
    public int MemPoolTrimTo(nint pool, nuint bytesToKeep) => Count(ref _others).MemPoolTrimTo(pool, bytesToKeep);
    public int MemHostAlloc(out nint pointer, nuint bytes, uint flags) => Count(ref _allocations).MemHostAlloc(out pointer, bytes, flags);
    public int MemFreeHost(nint pointer) => Count(ref _allocations).MemFreeHost(pointer);
    public int MemcpyHtoDAsync(nint destination, nint source, nuint bytes, nint stream) => Count(ref _copies).MemcpyHtoDAsync(destination, source, bytes, stream);
    public int MemcpyDtoHAsync(nint destination, nint source, nuint bytes, nint stream) => Count(ref _copies).MemcpyDtoHAsync(destination, source, bytes, stream);
    public int MemcpyDtoDAsync(nint destination, nint source, nuint bytes, nint stream) => Count(ref _copies).MemcpyDtoDAsync(destination, source, bytes, stream);
    public int MemsetD8Async(nint destination, byte value, nuint count, nint stream) => Count(ref _fills).MemsetD8Async(destination, value, count, stream);
    public int MemsetD16Async(nint destination, ushort value, nuint count, nint stream) => Count(ref _fills).MemsetD16Async(destination, value, count, stream);
    public int MemsetD32Async(nint destination, uint value, nuint count, nint stream) => Count(ref _fills).MemsetD32Async(destination, value, count, stream);

    // Streams and events.
    public int StreamCreate(out nint stream, uint flags) => Count(ref _others).StreamCreate(out stream, flags);
    public int StreamDestroy(nint stream) => Count(ref _others).StreamDestroy(stream);
    public int StreamSynchronize(nint stream) => Count(ref _waits).StreamSynchronize(stream);
    public int StreamWaitEvent(nint stream, nint mark, uint flags) => Count(ref _events).StreamWaitEvent(stream, mark, flags);
    public int EventCreate(out nint mark, uint flags) => Count(ref _others).EventCreate(out mark, flags);
    public int EventDestroy(nint mark) => Count(ref _others).EventDestroy(mark);
    public int EventRecord(nint mark, nint stream) => Count(ref _events).EventRecord(mark, stream);
    public int EventQuery(nint mark) => Count(ref _events).EventQuery(mark);
    public int EventSynchronize(nint mark) => Count(ref _waits).EventSynchronize(mark);
    public int EventElapsedTime(out float milliseconds, nint start, nint end) => Count(ref _others).EventElapsedTime(out milliseconds, start, end);

    // Graphs.
    public int StreamBeginCapture(nint stream, int mode) => Count(ref _others).StreamBeginCapture(stream, mode);
    public int StreamEndCapture(nint stream, out nint graph) => Count(ref _others).StreamEndCapture(stream, out graph);
    public int ThreadExchangeStreamCaptureMode(int* mode) => Count(ref _others).ThreadExchangeStreamCaptureMode(mode);
    public int GraphInstantiate(out nint executable, nint graph, ulong flags) => Count(ref _others).GraphInstantiate(out executable, graph, flags);
    public int GraphGetNodes(nint graph, nint* nodes, nuint* count) => Count(ref _others).GraphGetNodes(graph, nodes, count);
    public int GraphUpload(nint executable, nint stream) => Count(ref _others).GraphUpload(executable, stream);
    public int GraphLaunch(nint executable, nint stream) => Count(ref _graphLaunches).GraphLaunch(executable, stream);
    public int GraphDestroy(nint graph) => Count(ref _others).GraphDestroy(graph);
    public int GraphExecDestroy(nint executable) => Count(ref _others).GraphExecDestroy(executable);

    private IDriverApi Count(ref long counter)
    {
        Interlocked.Increment(ref counter);
        return inner;
    }
}
