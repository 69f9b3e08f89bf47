using LbrCore.Compute.Generator.IR;
using LbrCore.Compute.Generator.Lanes;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>The passes in their order, for each machine. Everything that can change the bits of a result runs first and alike for both.</summary>
internal static class Pipeline
{
    const int MostRounds = 8;

    /// <summary>Prepares a kernel for <see cref="Ptx.PtxPrinter"/>.</summary>
    public static void ForPtx(IrKernel kernel)
    {
        Common(kernel);
        LoopTailForming.Run(kernel);
        Settle(kernel);
        LoopExits.Run(kernel);
        DeadCode.Run(kernel);
        AddressLowering.Run(kernel);
        Settle(kernel);
        ArmHoisting.Run(kernel);
        CommonSubexpressions.Run(kernel);
        LoopInvariants.Run(kernel);
        CommonSubexpressions.Run(kernel);
        MemoryWidening.Run(kernel);
        PointerInduction.Run(kernel);
        Settle(kernel);
        WideProducts.Run(kernel);
        CommonSubexpressions.Run(kernel);
        DeadCode.Run(kernel);
        Verifier.Verify(kernel);
    }

    /// <summary>Prepares a kernel for the printer of lanes.</summary>
    public static void ForLanes(IrKernel kernel)
    {
        Common(kernel);
        WarpIndexForming.Run(kernel);
        RowForming.Run(kernel);
        FoldForming.Run(kernel);
        DeadCode.Run(kernel);
        Verifier.Verify(kernel);
    }

    static void Common(IrKernel kernel)
    {
        DeadCode.Run(kernel);
        FmaForming.Run(kernel);
        Settle(kernel);
        CommonSubexpressions.Run(kernel);
        IfMerging.Run(kernel);
        SelectForming.Run(kernel);
        LoopExits.Run(kernel);
        Settle(kernel);
        IntegerStrength.Run(kernel);
        PackForming.Run(kernel);
        Settle(kernel);
        LoopInvariants.Run(kernel);
        CommonSubexpressions.Run(kernel);
        DeadCode.Run(kernel);
    }

    // Until nothing gets simpler; a handful of rounds in practice.
    static void Settle(IrKernel kernel)
    {
        for (int round = 0; round < MostRounds && Simplify.Run(kernel); round++) DeadCode.Run(kernel);
        DeadCode.Run(kernel);
    }
}
