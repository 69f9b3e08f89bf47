using System.Reflection;
using System.Runtime.InteropServices;

namespace LbrCore.Compute.Cuda;

/// <summary>The CUDA driver library's functions (CUDA Driver API reference), found when the first of them is called.</summary>
internal static unsafe partial class NativeMethods
{
    private const string Library = "cuda";

    /// <summary>The file that the driver is.</summary>
    internal static string FileName => OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";

    /// <summary>Tells the runtime where to look. Once, before the first call.</summary>
    internal static void RegisterLibrary() => NativeLibrary.SetDllImportResolver(typeof(NativeMethods).Assembly, Resolve);

    /// <summary>Whether the library is on this machine and can be loaded.</summary>
    internal static bool IsPresent() => Find() != 0;

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name == Library ? Find() : 0;

    // Loading a library that is loaded only counts references, which is what the resolver wants.
    private static nint Find() => NativeLibrary.TryLoad(FileName, out nint handle) ? handle : 0;

    // Start.
    [LibraryImport(Library, EntryPoint = "cuInit")]
    internal static partial int Init(uint flags);

    [LibraryImport(Library, EntryPoint = "cuDriverGetVersion")]
    internal static partial int DriverGetVersion(out int version);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetCount")]
    internal static partial int DeviceGetCount(out int count);

    [LibraryImport(Library, EntryPoint = "cuDeviceGet")]
    internal static partial int DeviceGet(out int device, int ordinal);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetName")]
    internal static partial int DeviceGetName(byte* name, int length, int device);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetAttribute")]
    internal static partial int DeviceGetAttribute(out int value, int attribute, int device);

    [LibraryImport(Library, EntryPoint = "cuDeviceTotalMem_v2")]
    internal static partial int DeviceTotalMem(out nuint bytes, int device);

    // Contexts.
    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRetain")]
    internal static partial int DevicePrimaryCtxRetain(out nint context, int device);

    [LibraryImport(Library, EntryPoint = "cuDevicePrimaryCtxRelease_v2")]
    internal static partial int DevicePrimaryCtxRelease(int device);

    [LibraryImport(Library, EntryPoint = "cuCtxSetCurrent")]
    internal static partial int CtxSetCurrent(nint context);

    // Modules and functions.
    [LibraryImport(Library, EntryPoint = "cuModuleLoadDataEx")]
    internal static partial int ModuleLoadDataEx(out nint module, byte* image, uint optionCount, int* options, void** values);

    [LibraryImport(Library, EntryPoint = "cuModuleUnload")]
    internal static partial int ModuleUnload(nint module);

    [LibraryImport(Library, EntryPoint = "cuModuleGetFunction")]
    internal static partial int ModuleGetFunction(out nint function, nint module, byte* name);

    [LibraryImport(Library, EntryPoint = "cuFuncGetAttribute")]
    internal static partial int FuncGetAttribute(out int value, int attribute, nint function);

    [LibraryImport(Library, EntryPoint = "cuFuncSetAttribute")]
    internal static partial int FuncSetAttribute(nint function, int attribute, int value);

    [LibraryImport(Library, EntryPoint = "cuOccupancyMaxActiveBlocksPerMultiprocessor")]
    internal static partial int OccupancyMaxActiveBlocksPerMultiprocessor(out int groups, nint function, int groupSize, nuint dynamicSharedBytes);

    [LibraryImport(Library, EntryPoint = "cuLaunchKernelEx")]
    internal static partial int LaunchKernelEx(LaunchParameters* launch, nint function, void** parameters, void** extra);

    // Memory.
    [LibraryImport(Library, EntryPoint = "cuMemGetInfo_v2")]
    internal static partial int MemGetInfo(out nuint free, out nuint total);

    [LibraryImport(Library, EntryPoint = "cuMemAlloc_v2")]
    internal static partial int MemAlloc(out nint pointer, nuint bytes);

    [LibraryImport(Library, EntryPoint = "cuMemFree_v2")]
    internal static partial int MemFree(nint pointer);

    [LibraryImport(Library, EntryPoint = "cuMemAllocAsync")]
    internal static partial int MemAllocAsync(out nint pointer, nuint bytes, nint stream);

    [LibraryImport(Library, EntryPoint = "cuMemFreeAsync")]
    internal static partial int MemFreeAsync(nint pointer, nint stream);

    [LibraryImport(Library, EntryPoint = "cuDeviceGetDefaultMemPool")]
    internal static partial int DeviceGetDefaultMemPool(out nint pool, int device);

    [LibraryImport(Library, EntryPoint = "cuMemPoolSetAttribute")]
    internal static partial int MemPoolSetAttribute(nint pool, int attribute, ulong* value);

    [LibraryImport(Library, EntryPoint = "cuMemPoolGetAttribute")]
    internal static partial int MemPoolGetAttribute(nint pool, int attribute, ulong* value);

    [LibraryImport(Library, EntryPoint = "cuMemPoolTrimTo")]
    internal static partial int MemPoolTrimTo(nint pool, nuint bytesToKeep);

    [LibraryImport(Library, EntryPoint = "cuMemHostAlloc")]
    internal static partial int MemHostAlloc(out nint pointer, nuint bytes, uint flags);

    [LibraryImport(Library, EntryPoint = "cuMemFreeHost")]
    internal static partial int MemFreeHost(nint pointer);

    [LibraryImport(Library, EntryPoint = "cuMemcpyHtoDAsync_v2")]
    internal static partial int MemcpyHtoDAsync(nint destination, nint source, nuint bytes, nint stream);

    [LibraryImport(Library, EntryPoint = "cuMemcpyDtoHAsync_v2")]
    internal static partial int MemcpyDtoHAsync(nint destination, nint source, nuint bytes, nint stream);

    [LibraryImport(Library, EntryPoint = "cuMemcpyDtoDAsync_v2")]
    internal static partial int MemcpyDtoDAsync(nint destination, nint source, nuint bytes, nint stream);

    [LibraryImport(Library, EntryPoint = "cuMemsetD8Async")]
    internal static partial int MemsetD8Async(nint destination, byte value, nuint count, nint stream);

    [LibraryImport(Library, EntryPoint = "cuMemsetD16Async")]
    internal static partial int MemsetD16Async(nint destination, ushort value, nuint count, nint stream);

    [LibraryImport(Library, EntryPoint = "cuMemsetD32Async")]
    internal static partial int MemsetD32Async(nint destination, uint value, nuint count, nint stream);

    // Streams and events.
    [LibraryImport(Library, EntryPoint = "cuStreamCreate")]
    internal static partial int StreamCreate(out nint stream, uint flags);

    [LibraryImport(Library, EntryPoint = "cuStreamDestroy_v2")]
    internal static partial int StreamDestroy(nint stream);

    [LibraryImport(Library, EntryPoint = "cuStreamSynchronize")]
    internal static partial int StreamSynchronize(nint stream);

    [LibraryImport(Library, EntryPoint = "cuStreamWaitEvent")]
    internal static partial int StreamWaitEvent(nint stream, nint mark, uint flags);

    [LibraryImport(Library, EntryPoint = "cuEventCreate")]
    internal static partial int EventCreate(out nint mark, uint flags);

    [LibraryImport(Library, EntryPoint = "cuEventDestroy_v2")]
    internal static partial int EventDestroy(nint mark);

    [LibraryImport(Library, EntryPoint = "cuEventRecord")]
    internal static partial int EventRecord(nint mark, nint stream);

    [LibraryImport(Library, EntryPoint = "cuEventQuery")]
    internal static partial int EventQuery(nint mark);

    [LibraryImport(Library, EntryPoint = "cuEventSynchronize")]
    internal static partial int EventSynchronize(nint mark);

    [LibraryImport(Library, EntryPoint = "cuEventElapsedTime")]
    internal static partial int EventElapsedTime(out float milliseconds, nint start, nint end);

    // Graphs.
    [LibraryImport(Library, EntryPoint = "cuStreamBeginCapture_v2")]
    internal static partial int StreamBeginCapture(nint stream, int mode);

    [LibraryImport(Library, EntryPoint = "cuStreamEndCapture")]
    internal static partial int StreamEndCapture(nint stream, out nint graph);

    [LibraryImport(Library, EntryPoint = "cuThreadExchangeStreamCaptureMode")]
    internal static partial int ThreadExchangeStreamCaptureMode(int* mode);

    [LibraryImport(Library, EntryPoint = "cuGraphInstantiateWithFlags")]
    internal static partial int GraphInstantiate(out nint executable, nint graph, ulong flags);

    [LibraryImport(Library, EntryPoint = "cuGraphGetNodes")]
    internal static partial int GraphGetNodes(nint graph, nint* nodes, nuint* count);

    [LibraryImport(Library, EntryPoint = "cuGraphUpload")]
    internal static partial int GraphUpload(nint executable, nint stream);

    [LibraryImport(Library, EntryPoint = "cuGraphLaunch")]
    internal static partial int GraphLaunch(nint executable, nint stream);

    [LibraryImport(Library, EntryPoint = "cuGraphDestroy")]
    internal static partial int GraphDestroy(nint graph);

    [LibraryImport(Library, EntryPoint = "cuGraphExecDestroy")]
    internal static partial int GraphExecDestroy(nint executable);

    // Texts of errors.

    [LibraryImport(Library, EntryPoint = "cuGetErrorName")]
    internal static partial int GetErrorName(int code, out byte* text);

    [LibraryImport(Library, EntryPoint = "cuGetErrorString")]
    internal static partial int GetErrorString(int code, out byte* text);
}
