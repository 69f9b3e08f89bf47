using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>What a pass may assume about an opcode.</summary>
internal static class OpFacts
{
    /// <summary>True when the results depend on nothing but the operands (and on where the lane stands in the grid), so that the op may be merged, moved and dropped.</summary>
    public static bool IsPure(this Op op) => op.Code switch
    {
        Opcode.Load or Opcode.LoadRow or Opcode.Store or Opcode.StoreRow or Opcode.Atomic or Opcode.Fence or Opcode.LocalAlloc => false,
        Opcode.Barrier or Opcode.BarrierReduce or Opcode.NamedBarrier or Opcode.WarpBarrier => false,
        Opcode.Shuffle or Opcode.Fold or Opcode.Ballot or Opcode.VoteAll or Opcode.VoteAny => false,
        Opcode.Mma or Opcode.LoadMatrix or Opcode.AsyncCopy or Opcode.AsyncCommit or Opcode.AsyncWait => false,
        Opcode.WarpGroupMma or Opcode.WarpGroupFence or Opcode.WarpGroupCommit or Opcode.WarpGroupWait or Opcode.AsyncProxyFence => false,
        Opcode.Ptx or Opcode.GridDependencySynchronize or Opcode.GridTriggerLaunchCompletion => false,
        Opcode.If or Opcode.Loop => false,
        _ => true,
    };

    /// <summary>
    /// True when the op must stay even if nothing uses its results. Shuffles, votes, tensor-core products and loads may go: every lane of the warp drops them
    /// alike.
    /// </summary>
    public static bool HasEffect(this Op op) => op.Code switch
    {
        Opcode.Store or Opcode.StoreRow or Opcode.Atomic or Opcode.Fence => true,
        Opcode.Barrier or Opcode.BarrierReduce or Opcode.NamedBarrier or Opcode.WarpBarrier => true,
        Opcode.AsyncCopy or Opcode.AsyncCommit or Opcode.AsyncWait => true,
        Opcode.WarpGroupMma or Opcode.WarpGroupFence or Opcode.WarpGroupCommit or Opcode.WarpGroupWait or Opcode.AsyncProxyFence => true,
        Opcode.Ptx or Opcode.GridDependencySynchronize or Opcode.GridTriggerLaunchCompletion => true,
        Opcode.Load => (CacheKind)op.Attr == CacheKind.Volatile,
        Opcode.If or Opcode.Loop => op.Regions.Any(r => r.Ops.Any(HasEffect)),
        _ => false,
    };

    /// <summary>True when the op may write memory or order accesses to it, so that no load may move across.</summary>
    public static bool TouchesMemoryOrder(this Op op) => op.Code switch
    {
        Opcode.LocalAlloc => true,
        Opcode.If or Opcode.Loop => op.Regions.Any(r => r.Ops.Any(TouchesMemoryOrder)),
        _ => op.HasEffect(),
    };

    /// <summary>True when operand <paramref name="index"/> is a view length, which only the CPU's bounds checks read.</summary>
    public static bool IsLength(this Op op, int index) => op.Code switch
    {
        Opcode.Load or Opcode.Store or Opcode.LoadRow or Opcode.StoreRow or Opcode.Atomic or Opcode.LoadMatrix => index == 2,
        Opcode.AsyncCopy or Opcode.WarpGroupMma => index is 2 or 5,
        _ => false,
    };

    /// <summary>True for the integer and float operations that cost many instructions.</summary>
    public static bool IsExpensive(this Op op) => op.Code switch
    {
        Opcode.Div or Opcode.Rem or Opcode.Sqrt or Opcode.SqrtApprox or Opcode.RsqrtApprox or Opcode.RcpApprox or Opcode.Exp2Approx or Opcode.Log2Approx => true,
        Opcode.SinApprox or Opcode.CosApprox or Opcode.TanhApprox or Opcode.DivApprox => true,
        Opcode.Add or Opcode.Mul or Opcode.Sub or Opcode.Fma => op.Result.Type == IrType.F64,
        _ => false,
    };
}
