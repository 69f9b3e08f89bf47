namespace LbrCore.Compute;

/// <summary>Where a copy reads and writes.</summary>
internal enum CopyDirection
{
    HostToDevice,
    DeviceToHost,
    DeviceToDevice,
}
