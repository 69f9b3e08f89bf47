namespace LbrCore.Compute.KernelTests.Harness;

/// <summary>Something that runs kernels; what it leaves in the views is compared with the others.</summary>
internal abstract class Engine
{
    /// <summary>Runs a launch and returns the contents of the views, in order.</summary>
    public abstract byte[][] Run(KernelVariant variant, LaunchConfig launch, Argument[] arguments);

    /// <summary>The kernel's own C# source, one thread a lane: the reference, which the generator has no part in but for the call.</summary>
    public static Engine Scalar { get; } = new DeviceEngine(Device.Open("cpu:scalar"));

    /// <summary>The lanes code.</summary>
    public static Engine Lanes { get; } = new DeviceEngine(Device.Open("cpu"));

    /// <summary>The GPU, where there is one.</summary>
    public static Engine? Cuda { get; } = Device.Enumerate().Any(d => d.Kind == DeviceKind.Cuda) ? new DeviceEngine(Device.Open("cuda")) : null;
}

/// <summary>A device of the runtime.</summary>
internal sealed class DeviceEngine(Device device) : Engine
{
    public override byte[][] Run(KernelVariant variant, LaunchConfig launch, Argument[] arguments)
    {
        var buffers = new List<DeviceBuffer<byte>>();
        try
        {
            var slots = new List<ulong>();
            foreach (Argument a in arguments)
            {
                if (!a.IsView)
                {
                    slots.AddRange(a.Slots);
                    continue;
                }

                DeviceBuffer<byte> buffer = device.Allocate<byte>(a.Contents);
                buffers.Add(buffer);
                slots.Add((ulong)buffer.View.Pointer);
                slots.Add((ulong)a.Length);
            }

            device.Prepare(variant, launch, slots.ToArray()).Launch(device.DefaultStream);
            device.DefaultStream.Synchronize();
            return [.. buffers.Select(b => b.ToArray())];
        }
        finally
        {
            buffers.ForEach(b => b.Dispose());
        }
    }
}
