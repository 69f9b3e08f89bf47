namespace LbrCore.Compute.Cuda;

/// <summary>
/// The primary context of a GPU, and the door to the driver: makes the context current on the calling thread, and turns result codes into exceptions.
/// </summary>
internal sealed class CudaContext
{
    // By object and not by handle: a context that was released and retained again may have the old handle.
    [ThreadStatic]
    private static CudaContext? s_current;

    private readonly int _device;
    private readonly nint _handle;

    /// <summary>Retains the context.</summary>
    /// <exception cref="DeviceUnavailableException">The driver does not give it.</exception>
    internal CudaContext(IDriverApi driver, DeviceInfo info)
    {
        Driver = driver;
        _device = info.Handle;
        int code = driver.DevicePrimaryCtxRetain(out _handle, _device);
        if (code != DriverCode.Success)
            throw new DeviceUnavailableException(
                $"{info.Selection} {info.Name} gives no context: {driver.ErrorName(code)} ({code}): {driver.ErrorText(code)}. Is another process using all of it?");
    }

    internal IDriverApi Driver { get; }

    /// <summary>Makes the context current on the calling thread. Cheap if it is.</summary>
    internal void MakeCurrent()
    {
        if (!ReferenceEquals(s_current, this)) SetCurrent();
    }

    /// <summary>Releases the context. Errors are of no use to anybody any more.</summary>
    internal void Release()
    {
        if (ReferenceEquals(s_current, this)) s_current = null;
        Driver.CtxSetCurrent(0);
        Driver.DevicePrimaryCtxRelease(_device);
    }

    private void SetCurrent()
    {
        int code = Driver.CtxSetCurrent(_handle);
        if (code != DriverCode.Success)
            throw new DriverException(
                $"Making the GPU's context current on this thread failed: {Driver.ErrorName(code)} ({code}): {Driver.ErrorText(code)}.",
                code, Driver.ErrorName(code), Driver.ErrorText(code));
        s_current = this;
    }
}
