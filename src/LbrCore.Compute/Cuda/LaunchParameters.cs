using System.Runtime.InteropServices;

namespace LbrCore.Compute.Cuda;

/// <summary><c>CUlaunchConfig</c>: 56 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LaunchParameters
{
    internal uint GridX, GridY, GridZ, GroupX, GroupY, GroupZ, DynamicSharedBytes;
    internal nint Stream;
    internal LaunchAttribute* Attributes;
    internal uint AttributeCount;

    /// <summary>Most attributes that <see cref="Set"/> and <see cref="Prefer"/> write.</summary>
    internal const int MaxAttributes = 4;

    /// <summary>Describes a launch to the driver.</summary>
    /// <param name="launch">What is written.</param>
    /// <param name="attributes">Room for <see cref="MaxAttributes"/> attributes, which must outlive the launch call.</param>
    /// <param name="config">The launch, with a real group size.</param>
    /// <param name="stream">The stream's handle.</param>
    /// <param name="canDepend">Whether the chip knows programmatic dependent launch.</param>
    internal static void Set(LaunchParameters* launch, LaunchAttribute* attributes, in LaunchConfig config, nint stream, bool canDepend)
    {
        launch->GridX = (uint)config.Grid.X;
        launch->GridY = (uint)config.Grid.Y;
        launch->GridZ = (uint)config.Grid.Z;
        launch->GroupX = (uint)config.Group.X;
        launch->GroupY = (uint)config.Group.Y;
        launch->GroupZ = (uint)config.Group.Z;
        launch->DynamicSharedBytes = (uint)config.DynamicSharedBytes;
        launch->Stream = stream;
        launch->Attributes = attributes;
        uint count = 0;
        if (config.Cluster is { } cluster) attributes[count++] = new LaunchAttribute(LaunchAttribute.ClusterDimension, (uint)cluster.X, (uint)cluster.Y, (uint)cluster.Z);
        if (config.DependentLaunch && canDepend) attributes[count++] = new LaunchAttribute(LaunchAttribute.ProgrammaticStreamSerialization, 1);
        if (config.Cooperative) attributes[count++] = new LaunchAttribute(LaunchAttribute.Cooperative, 1);
        launch->AttributeCount = count;
    }

    /// <summary>Adds the stream's preferred carve-out to what <see cref="Set"/> wrote.</summary>
    /// <param name="launch">What is written.</param>
    /// <param name="attributeCount">The attributes that <see cref="Set"/> wrote.</param>
    /// <param name="carveout">Percent of shared memory; null adds nothing.</param>
    internal static void Prefer(LaunchParameters* launch, uint attributeCount, int? carveout)
    {
        if (carveout is { } percent) launch->Attributes[attributeCount++] = new LaunchAttribute(LaunchAttribute.PreferredSharedMemoryCarveout, (uint)percent);
        launch->AttributeCount = attributeCount;
    }
}

/// <summary><c>CUlaunchAttribute</c>: 72 bytes, an identifier and a value of up to 64.</summary>
[StructLayout(LayoutKind.Explicit, Size = 72)]
internal struct LaunchAttribute
{
    internal const int Cooperative = 2;
    internal const int ClusterDimension = 4;
    internal const int ProgrammaticStreamSerialization = 6;
    internal const int PreferredSharedMemoryCarveout = 14;

    [FieldOffset(0)] internal int Id;
    [FieldOffset(8)] internal uint Value0;
    [FieldOffset(12)] internal uint Value1;
    [FieldOffset(16)] internal uint Value2;

    internal LaunchAttribute(int id, uint value0, uint value1 = 0, uint value2 = 0)
    {
        Id = id;
        Value0 = value0;
        Value1 = value1;
        Value2 = value2;
    }
}
