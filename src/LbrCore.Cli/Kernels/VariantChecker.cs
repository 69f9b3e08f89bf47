using LbrCore.Compute;
using LbrCore.KernelVerification;

namespace LbrCore.Cli.Kernels;

/// <summary>Loads variants, looks at what the driver's compiler made of them, and runs their cases.</summary>
/// <param name="device">Where they run.</param>
internal sealed class VariantChecker(Device device)
{
    private readonly ILookup<string, KernelCase> _cases = KernelCases.All
        .Where(kernelCase => device.Info.Kind != DeviceKind.CpuScalar || kernelCase.FitsScalarDevice)
        .ToLookup(kernelCase => kernelCase.Variant.Name);

    /// <summary>Why no more can be run: a kernel ended the device. Null while it works.</summary>
    public string? Lost { get; private set; }

    /// <summary>Checks one variant. What is wrong with it is a finding, also if it ends the device.</summary>
    public VariantCheck Check(KernelVariant variant)
    {
        var check = new VariantCheck { Variant = variant, Ptx = PtxHash.Of(variant) };
        if (Lost is not null) return check with { Failure = Lost };
        try
        {
            LoadedKernel loaded = device.Load(variant);
            return RunCases(check with { Loaded = loaded });
        }
        catch (KernelNotSupportedException exception)
        {
            return check with { NotSupported = exception.Message };
        }
        catch (Exception exception) when (exception is DriverException or DeviceUnavailableException)
        {
            Lost = $"not run: {variant.Name} ended the device";
            return check with { Failure = exception.Message };
        }
        catch (ComputeException exception)
        {
            return check with { Failure = exception.Message };
        }
    }

    private VariantCheck RunCases(VariantCheck check)
    {
        var failures = new List<string>();
        LoadedKernel loaded = check.Loaded!;
        int intended = check.Variant.LocalBytesExpected;
        if (loaded.LocalBytes > intended) failures.Add($"{loaded.LocalBytes} bytes of local memory a thread, {intended} intended");
        foreach (KernelCase kernelCase in _cases[check.Variant.Name])
        {
            KernelCaseResult result = KernelVerifier.Run(device, kernelCase);
            check = check with { Cases = check.Cases + 1, Error = Math.Max(check.Error, result.RelativeError), OfBound = Math.Max(check.OfBound, result.Error) };
            if (result.Failure is { } failure) failures.Add($"{kernelCase.Name}: {failure}");
        }

        if (check.Cases == 0 && device.Info.Kind != DeviceKind.CpuScalar) failures.Add("it has no cases");
        string more = failures.Count > 1 ? $" (and {failures.Count - 1} more)" : "";
        return failures.Count == 0 ? check : check with { Failure = failures[0] + more };
    }
}
