using LbrCore.Compute.Cpu;

namespace LbrCore.Compute;

/// <summary>The grid of groups that a launch consists of. Readable inside a kernel only.</summary>
/// <remarks>PTX ISA, Special Registers: <c>%ctaid</c> and <c>%nctaid</c>.</remarks>
public static class Grid
{
    /// <summary>Index of this group along X, 0..<see cref="DimX"/>-1 (<c>%ctaid.x</c>).</summary>
    public static int IdxX => ScalarLane.Require("Grid.IdxX").GridIdx.X;

    /// <summary>Index of this group along Y, 0..<see cref="DimY"/>-1 (<c>%ctaid.y</c>).</summary>
    public static int IdxY => ScalarLane.Require("Grid.IdxY").GridIdx.Y;

    /// <summary>Index of this group along Z, 0..<see cref="DimZ"/>-1 (<c>%ctaid.z</c>).</summary>
    public static int IdxZ => ScalarLane.Require("Grid.IdxZ").GridIdx.Z;

    /// <summary>Number of groups along X (<c>%nctaid.x</c>).</summary>
    public static int DimX => ScalarLane.Require("Grid.DimX").GridDim.X;

    /// <summary>Number of groups along Y (<c>%nctaid.y</c>).</summary>
    public static int DimY => ScalarLane.Require("Grid.DimY").GridDim.Y;

    /// <summary>Number of groups along Z (<c>%nctaid.z</c>).</summary>
    public static int DimZ => ScalarLane.Require("Grid.DimZ").GridDim.Z;

    /// <summary>Position of this thread in the whole launch: group index times group dimension plus index in the group, per dimension.</summary>
    public static Index3D GlobalIndex
    {
        get
        {
            ScalarLane lane = ScalarLane.Require("Grid.GlobalIndex");
            return new Index3D(
                (lane.GridIdx.X * lane.GroupDim.X) + lane.GroupIdx.X,
                (lane.GridIdx.Y * lane.GroupDim.Y) + lane.GroupIdx.Y,
                (lane.GridIdx.Z * lane.GroupDim.Z) + lane.GroupIdx.Z);
        }
    }

    /// <summary>Waits until the kernels that this one was launched to follow have finished and their writes can be seen. Must come before the first
    /// access to what they write when the launch is a programmatic dependent one.</summary>
    /// <remarks>PTX ISA, Parallel Synchronization and Communication Instructions: <c>griddepcontrol.wait</c>. Nothing below sm_90 and on the CPU device, where launches run one after another.</remarks>
    public static void DependencySynchronize() => ScalarLane.Require("Grid.DependencySynchronize");

    /// <summary>Says that, as far as this group is concerned, a dependent launch may start now.</summary>
    /// <remarks>PTX ISA, Parallel Synchronization and Communication Instructions: <c>griddepcontrol.launch_dependents</c>. Nothing below sm_90 and on the CPU device.</remarks>
    public static void TriggerLaunchCompletion() => ScalarLane.Require("Grid.TriggerLaunchCompletion");
}
