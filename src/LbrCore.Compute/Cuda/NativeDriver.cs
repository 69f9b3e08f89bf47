using System.Runtime.InteropServices;

namespace LbrCore.Compute.Cuda;

/// <summary>The driver library of this machine.</summary>
internal sealed unsafe class NativeDriver : IDriverApi
{
    private NativeDriver() => NativeMethods.RegisterLibrary();

    internal static NativeDriver Instance { get; } = new();

    public string? WhyMissing() => NativeMethods.IsPresent() ? null : $"no NVIDIA driver ({NativeMethods.FileName} is not on this machine)";

    public string ErrorName(int code) =>
        NativeMethods.GetErrorName(code, out byte* text) == 0 && text != null ? Marshal.PtrToStringUTF8((nint)text)! : $"CUDA error {code}";

    public string ErrorText(int code) =>
        NativeMethods.GetErrorString(code, out byte* text) == 0 && text != null ? Marshal.PtrToStringUTF8((nint)text)! : "the driver has no text for this code";

    // Start.
    public int Init(uint flags) => NativeMethods.Init(flags);
    public int DriverGetVersion(out int version) => NativeMethods.DriverGetVersion(out version);
    public int DeviceGetCount(out int count) => NativeMethods.DeviceGetCount(out count);
    public int DeviceGet(out int device, int ordinal) => NativeMethods.DeviceGet(out device, ordinal);
    public int DeviceGetName(byte* name, int length, int device) => NativeMethods.DeviceGetName(name, length, device);
    public int DeviceGetAttribute(out int value, int attribute, int device) => NativeMethods.DeviceGetAttribute(out value, attribute, device);
    public int DeviceTotalMem(out nuint bytes, int device) => NativeMethods.DeviceTotalMem(out bytes, device);

    // Contexts.
    public int DevicePrimaryCtxRetain(out nint context, int device) => NativeMethods.DevicePrimaryCtxRetain(out context, device);
    public int DevicePrimaryCtxRelease(int device) => NativeMethods.DevicePrimaryCtxRelease(device);
    public int CtxSetCurrent(nint context) => NativeMethods.CtxSetCurrent(context);

    // Modules and functions.
    public int ModuleLoadDataEx(out nint module, byte* image, uint optionCount, int* options, void** values) => NativeMethods.ModuleLoadDataEx(out module, image, optionCount, options, values);
    public int ModuleUnload(nint module) => NativeMethods.ModuleUnload(module);
    public int ModuleGetFunction(out nint function, nint module, byte* name) => NativeMethods.ModuleGetFunction(out function, module, name);
    public int FuncGetAttribute(out int value, int attribute, nint function) => NativeMethods.FuncGetAttribute(out value, attribute, function);
    public int FuncSetAttribute(nint function, int attribute, int value) => NativeMethods.FuncSetAttribute(function, attribute, value);
    public int OccupancyMaxActiveBlocksPerMultiprocessor(out int groups, nint function, int groupSize, nuint dynamicSharedBytes) => NativeMethods.OccupancyMaxActiveBlocksPerMultiprocessor(out groups, function, groupSize, dynamicSharedBytes);
    public int LaunchKernelEx(LaunchParameters* launch, nint function, void** parameters, void** extra) => NativeMethods.LaunchKernelEx(launch, function, parameters, extra);

    // Memory.
    public int MemGetInfo(out nuint free, out nuint total) => NativeMethods.MemGetInfo(out free, out total);
    public int MemAlloc(out nint pointer, nuint bytes) => NativeMethods.MemAlloc(out pointer, bytes);
    public int MemFree(nint pointer) => NativeMethods.MemFree(pointer);
    public int MemAllocAsync(out nint pointer, nuint bytes, nint stream) => NativeMethods.MemAllocAsync(out pointer, bytes, stream);
    public int MemFreeAsync(nint pointer, nint stream) => NativeMethods.MemFreeAsync(pointer, stream);
    public int DeviceGetDefaultMemPool(out nint pool, int device) => NativeMethods.DeviceGetDefaultMemPool(out pool, device);
    public int MemPoolSetAttribute(nint pool, int attribute, ulong* value) => NativeMethods.MemPoolSetAttribute(pool, attribute, value);
    public int MemPoolGetAttribute(nint pool, int attribute, ulong* value) => NativeMethods.MemPoolGetAttribute(pool, attribute, value);
    public int MemPoolTrimTo(nint pool, nuint bytesToKeep) => NativeMethods.MemPoolTrimTo(pool, bytesToKeep);
    public int MemHostAlloc(out nint pointer, nuint bytes, uint flags) => NativeMethods.MemHostAlloc(out pointer, bytes, flags);
    public int MemFreeHost(nint pointer) => NativeMethods.MemFreeHost(pointer);
    public int MemcpyHtoDAsync(nint destination, nint source, nuint bytes, nint stream) => NativeMethods.MemcpyHtoDAsync(destination, source, bytes, stream);
    public int MemcpyDtoHAsync(nint destination, nint source, nuint bytes, nint stream) => NativeMethods.MemcpyDtoHAsync(destination, source, bytes, stream);
    public int MemcpyDtoDAsync(nint destination, nint source, nuint bytes, nint stream) => NativeMethods.MemcpyDtoDAsync(destination, source, bytes, stream);
    public int MemsetD8Async(nint destination, byte value, nuint count, nint stream) => NativeMethods.MemsetD8Async(destination, value, count, stream);
    public int MemsetD16Async(nint destination, ushort value, nuint count, nint stream) => NativeMethods.MemsetD16Async(destination, value, count, stream);
    public int MemsetD32Async(nint destination, uint value, nuint count, nint stream) => NativeMethods.MemsetD32Async(destination, value, count, stream);

    // Streams and events.
    public int StreamCreate(out nint stream, uint flags) => NativeMethods.StreamCreate(out stream, flags);
    public int StreamDestroy(nint stream) => NativeMethods.StreamDestroy(stream);
    public int StreamSynchronize(nint stream) => NativeMethods.StreamSynchronize(stream);
    public int StreamWaitEvent(nint stream, nint mark, uint flags) => NativeMethods.StreamWaitEvent(stream, mark, flags);
    public int EventCreate(out nint mark, uint flags) => NativeMethods.EventCreate(out mark, flags);
    public int EventDestroy(nint mark) => NativeMethods.EventDestroy(mark);
    public int EventRecord(nint mark, nint stream) => NativeMethods.EventRecord(mark, stream);
    public int EventQuery(nint mark) => NativeMethods.EventQuery(mark);
    public int EventSynchronize(nint mark) => NativeMethods.EventSynchronize(mark);
    public int EventElapsedTime(out float milliseconds, nint start, nint end) => NativeMethods.EventElapsedTime(out milliseconds, start, end);

    // Graphs.
    public int StreamBeginCapture(nint stream, int mode) => NativeMethods.StreamBeginCapture(stream, mode);
    public int StreamEndCapture(nint stream, out nint graph) => NativeMethods.StreamEndCapture(stream, out graph);
    public int ThreadExchangeStreamCaptureMode(int* mode) => NativeMethods.ThreadExchangeStreamCaptureMode(mode);
    public int GraphInstantiate(out nint executable, nint graph, ulong flags) => NativeMethods.GraphInstantiate(out executable, graph, flags);
    public int GraphGetNodes(nint graph, nint* nodes, nuint* count) => NativeMethods.GraphGetNodes(graph, nodes, count);
    public int GraphUpload(nint executable, nint stream) => NativeMethods.GraphUpload(executable, stream);
    public int GraphLaunch(nint executable, nint stream) => NativeMethods.GraphLaunch(executable, stream);
    public int GraphDestroy(nint graph) => NativeMethods.GraphDestroy(graph);
    public int GraphExecDestroy(nint executable) => NativeMethods.GraphExecDestroy(executable);
}
