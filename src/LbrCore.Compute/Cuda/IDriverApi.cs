namespace LbrCore.Compute.Cuda;

/// <summary>
/// The CUDA driver as this library sees it: one method for each driver function, named and ordered as in the CUDA Driver API reference, each giving the
/// driver's result code. It is an interface so that tests put a driver in its place that fails as they wish.
/// </summary>
internal unsafe interface IDriverApi
{
    /// <summary>Why the driver cannot be called at all, or null if it can.</summary>
    string? WhyMissing();

    /// <summary>The driver's name of a result code.</summary>
    string ErrorName(int code);

    /// <summary>The driver's description of a result code.</summary>
    string ErrorText(int code);

    // Start.
    int Init(uint flags);
    int DriverGetVersion(out int version);
    int DeviceGetCount(out int count);
    int DeviceGet(out int device, int ordinal);
    int DeviceGetName(byte* name, int length, int device);
    int DeviceGetAttribute(out int value, int attribute, int device);
    int DeviceTotalMem(out nuint bytes, int device);

    // Contexts.
    int DevicePrimaryCtxRetain(out nint context, int device);
    int DevicePrimaryCtxRelease(int device);
    int CtxSetCurrent(nint context);

    // Modules and functions.
    int ModuleLoadDataEx(out nint module, byte* image, uint optionCount, int* options, void** values);
    int ModuleUnload(nint module);
    int ModuleGetFunction(out nint function, nint module, byte* name);
    int FuncGetAttribute(out int value, int attribute, nint function);
    int FuncSetAttribute(nint function, int attribute, int value);
    int OccupancyMaxActiveBlocksPerMultiprocessor(out int groups, nint function, int groupSize, nuint dynamicSharedBytes);
    int LaunchKernelEx(LaunchParameters* launch, nint function, void** parameters, void** extra);

    // Memory.
    int MemGetInfo(out nuint free, out nuint total);
    int MemAlloc(out nint pointer, nuint bytes);
    int MemFree(nint pointer);
    int MemAllocAsync(out nint pointer, nuint bytes, nint stream);
    int MemFreeAsync(nint pointer, nint stream);
    int DeviceGetDefaultMemPool(out nint pool, int device);
    int MemPoolSetAttribute(nint pool, int attribute, ulong* value);
    int MemPoolGetAttribute(nint pool, int attribute, ulong* value);
    int MemPoolTrimTo(nint pool, nuint bytesToKeep);
    int MemHostAlloc(out nint pointer, nuint bytes, uint flags);
    int MemFreeHost(nint pointer);
    int MemcpyHtoDAsync(nint destination, nint source, nuint bytes, nint stream);
    int MemcpyDtoHAsync(nint destination, nint source, nuint bytes, nint stream);
    int MemcpyDtoDAsync(nint destination, nint source, nuint bytes, nint stream);
    int MemsetD8Async(nint destination, byte value, nuint count, nint stream);
    int MemsetD16Async(nint destination, ushort value, nuint count, nint stream);
    int MemsetD32Async(nint destination, uint value, nuint count, nint stream);

    // Streams and events.
    int StreamCreate(out nint stream, uint flags);
    int StreamDestroy(nint stream);
    int StreamSynchronize(nint stream);
    int StreamWaitEvent(nint stream, nint mark, uint flags);
    int EventCreate(out nint mark, uint flags);
    int EventDestroy(nint mark);
    int EventRecord(nint mark, nint stream);
    int EventQuery(nint mark);
    int EventSynchronize(nint mark);
    int EventElapsedTime(out float milliseconds, nint start, nint end);

    // Graphs.
    int StreamBeginCapture(nint stream, int mode);
    int StreamEndCapture(nint stream, out nint graph);
    int ThreadExchangeStreamCaptureMode(int* mode);
    int GraphInstantiate(out nint executable, nint graph, ulong flags);
    int GraphGetNodes(nint graph, nint* nodes, nuint* count);
    int GraphUpload(nint executable, nint stream);
    int GraphLaunch(nint executable, nint stream);
    int GraphDestroy(nint graph);
    int GraphExecDestroy(nint executable);
}
