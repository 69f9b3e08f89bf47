namespace LbrCore.Compute.KernelTests.Interpreter;

/// <summary>A point on the way from C# to the printers at which the IR can be run.</summary>
internal enum IrStage
{
    /// <summary>As the front end leaves it for PTX.</summary>
    Ptx,

    /// <summary>For PTX, after all passes.</summary>
    PtxPasses,

    /// <summary>As the front end leaves it for the CPU.</summary>
    Lanes,

    /// <summary>For the CPU, after all passes.</summary>
    LanesPasses,
}
