using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using LbrCore.Compute.Cuda;

namespace LbrCore.Compute.Tests.Cuda;

/// <summary>What the driver was told at a launch.</summary>
internal sealed record FakeLaunch(nint Function, Dim3 Grid, Dim3 Group, uint SharedBytes, nint Stream, (int Id, uint X, uint Y, uint Z)[] Attributes, ulong[] Arguments);

/// <summary>A driver without a GPU: memory is host memory, kernels do nothing, and each call fails when a test wants it to.</summary>
internal sealed unsafe class FakeDriver : IDriverApi
{
    private static long s_handles = 0x1000;

    private readonly Dictionary<string, (int Code, int Times)> _failures = [];
    private readonly Dictionary<nint, nuint> _memory = [];
    private readonly Dictionary<nint, int> _captures = [];

    internal string? Missing { get; init; }

    internal int Version { get; init; } = 12040;

    internal int DeviceCount { get; init; } = 1;

    internal ulong TotalBytes { get; init; } = 1 << 30;

    internal Dictionary<int, int> Attributes { get; } = new()
    {
        [DeviceAttribute.ComputeCapabilityMajor] = 9,
        [DeviceAttribute.ComputeCapabilityMinor] = 0,
        [DeviceAttribute.MaxThreadsPerBlock] = 1024,
        [DeviceAttribute.MultiprocessorCount] = 132,
        [DeviceAttribute.MaxSharedMemoryPerBlockOptin] = 232448,
        [DeviceAttribute.MemoryPoolsSupported] = 1,
    };

    internal Dictionary<int, ulong> PoolAttributes { get; } = [];

    internal Dictionary<int, int> FunctionAttributes { get; } = new()
    {
        [FunctionAttribute.MaxThreadsPerBlock] = 1024,
        [FunctionAttribute.NumRegs] = 40,
    };

    /// <summary>Names of all calls in order.</summary>
    internal List<string> Calls { get; } = [];

    internal List<FakeLaunch> Launches { get; } = [];

    internal List<string> LoadedTexts { get; } = [];

    internal List<(int Attribute, int Value)> FunctionSettings { get; } = [];

    /// <summary>(stream, event) of records and waits.</summary>
    internal List<(string What, nint Stream, nint Event)> Marks { get; } = [];

    internal string ErrorLog { get; set; } = "";

    /// <summary>Number of arguments that a launch of the kernel under test has.</summary>
    internal int ArgumentCount { get; set; }

    /// <summary>Whether calls are noted. Off for tests that count allocations.</summary>
    internal bool Notes { get; set; } = true;

    internal int LiveBlocks => _memory.Count;

    internal ulong UsedBytes { get; private set; }

    /// <summary>An error that every call from now on gives, as after a bad address.</summary>
    internal int Sticky { get; set; }

    internal int Count(string call) => Calls.Count(name => name == call);

    /// <summary>Makes the next calls of a function fail.</summary>
    internal void Fail(string call, int code, int times = 1) => _failures[call] = (code, times);

    public string? WhyMissing() => Missing;

    public string ErrorName(int code) => code switch
    {
        2 => "CUDA_ERROR_OUT_OF_MEMORY",
        218 => "CUDA_ERROR_INVALID_PTX",
        700 => "CUDA_ERROR_ILLEGAL_ADDRESS",
        _ => $"CUDA_ERROR_{code}",
    };

    public string ErrorText(int code) => $"text of {code}";

    public int Init(uint flags) => Enter();

    public int DriverGetVersion(out int version) => Give(out version, Version);

    public int DeviceGetCount(out int count) => Give(out count, DeviceCount);

    public int DeviceGet(out int device, int ordinal) => Give(out device, ordinal);

    public int DeviceGetName(byte* name, int length, int device)
    {
        Encoding.UTF8.GetBytes($"Fake {device}\0").CopyTo(new Span<byte>(name, length));
        return Enter();
    }

    public int DeviceGetAttribute(out int value, int attribute, int device) => Give(out value, Attributes.GetValueOrDefault(attribute));

    public int DeviceTotalMem(out nuint bytes, int device) => Give(out bytes, (nuint)TotalBytes);

    public int DevicePrimaryCtxRetain(out nint context, int device) => Give(out context, NewHandle());

    public int DevicePrimaryCtxRelease(int device) => Enter();

    public int CtxSetCurrent(nint context) => Enter();

    public int ModuleLoadDataEx(out nint module, byte* image, uint optionCount, int* options, void** values)
    {
        string text = Marshal.PtrToStringUTF8((nint)image)!;
        LoadedTexts.Add(text);
        int code = Give(out module, NewHandle());
        for (int i = 0; code != 0 && i < optionCount; i++)
            if (options[i] == JitOption.ErrorLogBuffer) Encoding.UTF8.GetBytes(ErrorLog + '\0').CopyTo(new Span<byte>(values[i], 1 << 14));
        return code;
    }

    public int ModuleUnload(nint module) => Enter();

    public int ModuleGetFunction(out nint function, nint module, byte* name) => Give(out function, NewHandle());

    public int FuncGetAttribute(out int value, int attribute, nint function) => Give(out value, FunctionAttributes.GetValueOrDefault(attribute));

    public int FuncSetAttribute(nint function, int attribute, int value)
    {
        FunctionSettings.Add((attribute, value));
        return Enter();
    }

    public int OccupancyMaxActiveBlocksPerMultiprocessor(out int groups, nint function, int groupSize, nuint dynamicSharedBytes) => Give(out groups, 2048 / groupSize);

    public int LaunchKernelEx(LaunchParameters* launch, nint function, void** parameters, void** extra)
    {
        int code = Enter();
        if (code != 0 || !Notes) return code;
        var arguments = new ulong[ArgumentCount];
        for (int i = 0; i < arguments.Length; i++) arguments[i] = *(ulong*)parameters[i];
        var attributes = new (int, uint, uint, uint)[launch->AttributeCount];
        for (int i = 0; i < attributes.Length; i++)
            attributes[i] = (launch->Attributes[i].Id, launch->Attributes[i].Value0, launch->Attributes[i].Value1, launch->Attributes[i].Value2);
        Launches.Add(new FakeLaunch(
            function, ((int)launch->GridX, (int)launch->GridY, (int)launch->GridZ), ((int)launch->GroupX, (int)launch->GroupY, (int)launch->GroupZ),
            launch->DynamicSharedBytes, launch->Stream, attributes, arguments));
        if (_captures.ContainsKey(launch->Stream)) _captures[launch->Stream]++;
        return code;
    }

    public int MemGetInfo(out nuint free, out nuint total)
    {
        free = (nuint)(TotalBytes - UsedBytes);
        return Give(out total, (nuint)TotalBytes);
    }

    public int MemAlloc(out nint pointer, nuint bytes) => Allocate(out pointer, bytes);

    public int MemFree(nint pointer) => Free(pointer);

    public int MemAllocAsync(out nint pointer, nuint bytes, nint stream) => Allocate(out pointer, bytes);

    public int MemFreeAsync(nint pointer, nint stream) => Free(pointer);

    public int DeviceGetDefaultMemPool(out nint pool, int device) => Give(out pool, NewHandle());

    public int MemPoolSetAttribute(nint pool, int attribute, ulong* value)
    {
        PoolAttributes[attribute] = *value;
        return Enter();
    }

    public int MemPoolGetAttribute(nint pool, int attribute, ulong* value)
    {
        *value = PoolAttributes.GetValueOrDefault(attribute);
        return Enter();
    }

    public int MemPoolTrimTo(nint pool, nuint bytesToKeep) => Enter();

    public int MemHostAlloc(out nint pointer, nuint bytes, uint flags) => Allocate(out pointer, bytes);

    public int MemFreeHost(nint pointer) => Free(pointer);

    public int MemcpyHtoDAsync(nint destination, nint source, nuint bytes, nint stream) => Copy(destination, source, bytes, stream);

    public int MemcpyDtoHAsync(nint destination, nint source, nuint bytes, nint stream) => Copy(destination, source, bytes, stream);

    public int MemcpyDtoDAsync(nint destination, nint source, nuint bytes, nint stream) => Copy(destination, source, bytes, stream);

    public int MemsetD8Async(nint destination, byte value, nuint count, nint stream) => Fill(destination, value, count);

    public int MemsetD16Async(nint destination, ushort value, nuint count, nint stream) => Fill(destination, value, count);

    public int MemsetD32Async(nint destination, uint value, nuint count, nint stream) => Fill(destination, value, count);

    public int StreamCreate(out nint stream, uint flags) => Give(out stream, NewHandle());

    public int StreamDestroy(nint stream) => Enter();

    public int StreamSynchronize(nint stream) => Enter();

    public int StreamWaitEvent(nint stream, nint mark, uint flags)
    {
        Marks.Add(("wait", stream, mark));
        return Enter();
    }

    public int EventCreate(out nint mark, uint flags) => Give(out mark, NewHandle());

    public int EventDestroy(nint mark) => Enter();

    public int EventRecord(nint mark, nint stream)
    {
        Marks.Add(("record", stream, mark));
        return Enter();
    }

    public int EventQuery(nint mark) => Enter();

    public int EventSynchronize(nint mark) => Enter();

    public int EventElapsedTime(out float milliseconds, nint start, nint end) => Give(out milliseconds, 1.5f);

    public int StreamBeginCapture(nint stream, int mode)
    {
        _captures[stream] = 0;
        return Enter();
    }

    public int StreamEndCapture(nint stream, out nint graph)
    {
        _captures.Remove(stream, out int nodes);
        int code = Enter();
        graph = code == 0 ? 1000 + nodes : 0;
        return code;
    }

    public int ThreadExchangeStreamCaptureMode(int* mode) => Enter();

    public int GraphInstantiate(out nint executable, nint graph, ulong flags) => Give(out executable, NewHandle());

    public int GraphGetNodes(nint graph, nint* nodes, nuint* count)
    {
        *count = (nuint)(graph - 1000);
        return Enter();
    }

    public int GraphUpload(nint executable, nint stream) => Enter();

    public int GraphLaunch(nint executable, nint stream) => Enter();

    public int GraphDestroy(nint graph) => Enter();

    public int GraphExecDestroy(nint executable) => Enter();

    // Unique among all fake drivers, as the contexts of real devices are.
    private static nint NewHandle() => (nint)Interlocked.Add(ref s_handles, 16);

    private int Enter([CallerMemberName] string call = "")
    {
        if (Sticky != 0) return Sticky;
        if (!Notes) return 0;
        lock (Calls) Calls.Add(call);
        if (!_failures.TryGetValue(call, out (int Code, int Times) failure)) return 0;
        if (failure.Times == 1) _failures.Remove(call);
        else _failures[call] = (failure.Code, failure.Times - 1);
        return failure.Code;
    }

    private int Give<T>(out T target, T value, [CallerMemberName] string call = "")
    {
        int code = Enter(call);
        target = code == 0 ? value : default!;
        return code;
    }

    private int Allocate(out nint pointer, nuint bytes, [CallerMemberName] string call = "")
    {
        pointer = 0;
        int code = Enter(call);
        if (code != 0) return code;
        if (UsedBytes + bytes > TotalBytes) return DriverCode.OutOfMemory;
        pointer = (nint)NativeMemory.AlignedAlloc(bytes, 256);
        _memory.Add(pointer, bytes);
        UsedBytes += bytes;
        return 0;
    }

    private int Free(nint pointer, [CallerMemberName] string call = "")
    {
        int code = Enter(call);
        if (code != 0) return code;
        if (!_memory.Remove(pointer, out nuint bytes)) return 1;
        UsedBytes -= bytes;
        NativeMemory.AlignedFree((void*)pointer);
        return 0;
    }

    private int Copy(nint destination, nint source, nuint bytes, nint stream, [CallerMemberName] string call = "")
    {
        int code = Enter(call);
        if (code != 0) return code;
        if (_captures.ContainsKey(stream)) _captures[stream]++;
        else NativeMemory.Copy((void*)source, (void*)destination, bytes);
        return 0;
    }

    private int Fill<T>(nint destination, T value, nuint count, [CallerMemberName] string call = "") where T : unmanaged
    {
        int code = Enter(call);
        if (code == 0) new Span<T>((void*)destination, (int)count).Fill(value);
        return code;
    }
}
