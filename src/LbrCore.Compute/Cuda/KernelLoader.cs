using System.Diagnostics;
using System.Text;

namespace LbrCore.Compute.Cuda;

/// <summary>Compiles the PTX of a kernel and asks the driver what came out.</summary>
internal static unsafe class KernelLoader
{
    private const int LogBytes = 16 << 10;
    private const int OptimizationLevel = 4;

    /// <summary>Most slots: the 4 KiB of parameters that every driver and chip takes.</summary>
    private const int MaxSlots = 512;

    /// <summary>Loads a kernel. The device's context is current.</summary>
    internal static CudaKernel Load(CudaDevice device, KernelVariant variant)
    {
        CheckSupport(device, variant);
        long start = Stopwatch.GetTimestamp();
        // While this thread captures a stream, loading would end the capture unless the thread says that it knows what it does.
        int mode = DriverFlag.CaptureRelaxed;
        device.Check(device.Driver.ThreadExchangeStreamCaptureMode(&mode), "Preparing to load a kernel", variant);
        try
        {
            nint module = Compile(device, variant, out string log);
            try
            {
                return Describe(device, variant, module, log, start);
            }
            catch
            {
                device.Driver.ModuleUnload(module);
                throw;
            }
        }
        finally
        {
            device.Driver.ThreadExchangeStreamCaptureMode(&mode);
        }
    }

    private static void CheckSupport(CudaDevice device, KernelVariant variant)
    {
        ComputeCapability has = device.Info.ComputeCapability;
        if (variant.Ptx is null) throw new KernelNotSupportedException($"{variant.DisplayName} has no PTX and cannot run on {device.Info}: open the CPU device.");
        if (variant.SlotCount > MaxSlots) throw new KernelNotSupportedException($"{variant.DisplayName} has {variant.SlotCount} slots of arguments, more than {MaxSlots}: pass a view of a struct.");
        bool fits = variant.UsesArchitectureSpecific ? has.Value == variant.MinimumCapability : has.Value >= variant.MinimumCapability;
        if (fits) return;
        string needed = $"{variant.MinimumCapability / 10}.{variant.MinimumCapability % 10}";
        throw new KernelNotSupportedException(
            $"{variant.DisplayName} needs compute capability {(variant.UsesArchitectureSpecific ? "exactly " : "")}{needed}; {device.Info.Selection} {device.Info.Name} has {has}. Use its variant for older chips.");
    }

    private static nint Compile(CudaDevice device, KernelVariant variant, out string log)
    {
        byte[] text = PtxText.ForDriver(variant.Ptx!(), device.Info.ComputeCapability);
        byte[] errors = new byte[LogBytes], notes = new byte[LogBytes];
        fixed (byte* image = text, error = errors, note = notes)
        {
            const int Count = 6;
            int* options = stackalloc int[Count]
            {
                JitOption.ErrorLogBuffer, JitOption.ErrorLogBufferSizeBytes, JitOption.InfoLogBuffer, JitOption.InfoLogBufferSizeBytes,
                JitOption.LogVerbose, JitOption.OptimizationLevel,
            };
            void** values = stackalloc void*[Count] { error, (void*)LogBytes, note, (void*)LogBytes, (void*)1, (void*)OptimizationLevel };
            int code = device.Driver.ModuleLoadDataEx(out nint module, image, Count, options, values);
            log = Read(notes);
            string errorLog = Read(errors);
            if (code == DriverCode.Success) return module;
            if (DriverCode.IsCompilation(code) || errorLog.Length > 0) throw Refused(device, variant, code, errorLog, text.AsSpan(0, text.Length - 1));
            throw device.Failure(code, "Loading the kernel", variant, null);
        }
    }

    private static CudaKernel Describe(CudaDevice device, KernelVariant variant, nint module, string log, long start)
    {
        IDriverApi driver = device.Driver;
        nint function;
        fixed (byte* name = Encoding.UTF8.GetBytes(variant.Name + '\0'))
            device.Check(driver.ModuleGetFunction(out function, module, name), $"Finding the entry {variant.Name} in the PTX", variant);

        int Ask(int attribute)
        {
            device.Check(driver.FuncGetAttribute(out int value, attribute, function), "Asking for the kernel's attributes", variant);
            return value;
        }

        var kernel = new CudaKernel(variant, device, module, function)
        {
            Registers = Ask(FunctionAttribute.NumRegs),
            LocalBytes = Ask(FunctionAttribute.LocalSizeBytes),
            StaticSharedBytes = Ask(FunctionAttribute.SharedSizeBytes),
            ConstantBytes = Ask(FunctionAttribute.ConstSizeBytes),
            MaxGroupSize = Ask(FunctionAttribute.MaxThreadsPerBlock),
            PtxVersion = Ask(FunctionAttribute.PtxVersion),
            BinaryVersion = Ask(FunctionAttribute.BinaryVersion),
            Log = log,
            LoadTime = Stopwatch.GetElapsedTime(start),
        };
        kernel.InitializeLimits();
        return kernel;
    }

    private static PtxCompilationException Refused(CudaDevice device, KernelVariant variant, int code, string log, ReadOnlySpan<byte> ptx)
    {
        IDriverApi driver = device.Driver;
        int line = PtxText.FirstLine(log);
        (string lineText, string? place) = PtxText.Locate(ptx, line);
        var message = new StringBuilder($"The driver refused the PTX of {variant.DisplayName}: {driver.ErrorName(code)} ({code}): {driver.ErrorText(code)}.");
        if (DriverCode.Advice(code) is { Length: > 0 } advice) message.Append(' ').Append(advice);
        if (line > 0) message.Append($"\nPTX line {line}: {lineText}");
        if (place is not null) message.Append($"\nfrom {place}");
        else if (variant.SourceFile.Length > 0) message.Append($"\nfrom {variant.SourceFile}:{variant.SourceLine}");
        if (log.Length > 0) message.Append('\n').Append(log);
        return new PtxCompilationException(message.ToString(), variant.DisplayName, log, line, lineText, place);
    }

    private static string Read(byte[] buffer)
    {
        int end = Array.IndexOf(buffer, (byte)0);
        return Encoding.UTF8.GetString(buffer, 0, end < 0 ? buffer.Length : end).Trim();
    }
}
