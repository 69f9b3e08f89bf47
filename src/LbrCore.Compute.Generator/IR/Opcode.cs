namespace LbrCore.Compute.Generator.IR;

/// <summary>What an <see cref="Op"/> does. Operand and result rules stand at each member and are enforced by <see cref="Verifier"/>.</summary>
internal enum Opcode : byte
{
    // ---- leaves
    /// <summary>() -> T. The value is in <see cref="Op.Bits"/> (raw bits of the type, integers sign- or zero-extended to 64 bits).</summary>
    Const,
    /// <summary>() -> S32. <see cref="Op.Attr"/> is a <see cref="SpecialRegister"/>.</summary>
    Special,

    // ---- arithmetic: (T, T) -> T on S32 U32 S64 U64 F32 F64 unless stated otherwise; integers wrap
    Add, Sub, Mul,
    /// <summary>Integers truncate toward zero (divisor 0 gives an unspecified value, never a fault); floats round to nearest even.</summary>
    Div,
    /// <summary>C# remainder, sign of the dividend; floats: x - y * truncate(x / y).</summary>
    Rem,
    /// <summary>(T) -> T.</summary>
    Neg,
    /// <summary>High half of the full product; integers only.</summary>
    MulHigh,
    /// <summary>(S32, S32) -> S64 or (U32, U32) -> U64: the full product. Made by passes for PTX only.</summary>
    MulWide,
    /// <summary>(a, b, c) -> a * b + c with one rounding; floats, and integers (mad.lo) after the fma pass.</summary>
    Fma,
    /// <summary>Floats: NaN of either operand propagates, -0 is less than +0, as Math.Min. Integers by their order.</summary>
    Min, Max,
    /// <summary>(T) -> T.</summary>
    Abs,

    // ---- bits: (T, T) -> T on the integers and, for And Or Xor Not, also on Pred
    And, Or, Xor,
    /// <summary>(T) -> T.</summary>
    Not,
    /// <summary>(T, S32 count) -> T. The count is taken modulo the width, as in C#. Shr is arithmetic on signed types, logical on unsigned ones.</summary>
    Shl, Shr,
    /// <summary>(T) -> S32; T of 32 or 64 bits.</summary>
    PopCount, LeadingZeroCount, TrailingZeroCount,
    /// <summary>(T) -> T on U32 and U64.</summary>
    ReverseBits,
    /// <summary>(U32 value, S32 offset, S32 count) -> U32.</summary>
    BitExtract,

    // ---- comparison: (T, T) -> Pred on the arithmetic types (Eq and Ne also on Pred); floats ordered, Ne true on NaN
    Eq, Ne, Lt, Le, Gt, Ge,
    /// <summary>(Pred c, T a, T b) -> c ? a : b, both evaluated. Any type.</summary>
    Select,

    // ---- conversion
    /// <summary>(T) -> U with the semantics of an unchecked C# cast (float to integer saturates, NaN gives 0; to F16/BF16 rounds to nearest even; Pred to integer gives 0 or 1). F16 and BF16 convert only to and from F32.</summary>
    Convert,
    /// <summary>(T) -> U of the same size, bits kept (F32/U32/S32, F64/U64/S64, F16/BF16/U16/S16, 8-bit pair).</summary>
    Bitcast,

    // ---- mathematics on F32 (Sqrt, Floor, Ceiling, Round, Truncate also F64): (T) -> T
    /// <summary>Correctly rounded square root.</summary>
    Sqrt,
    Floor, Ceiling,
    /// <summary>To the nearest integer, ties to even.</summary>
    Round,
    Truncate,
    /// <summary>Hardware approximations, F32 (flush denormals): sqrt, 1/sqrt, 1/x, 2^x, log2 x, sin, cos, tanh. Rsqrt and Rcp also exist as F64 (computed exactly rounded from Sqrt and Div).</summary>
    SqrtApprox, RsqrtApprox, RcpApprox, Exp2Approx, Log2Approx, SinApprox, CosApprox, TanhApprox,
    /// <summary>(F32, F32) -> F32, div.full.</summary>
    DivApprox,

    // ---- packed pairs of sixteen-bit floats in U32; Attr 0 = bfloat16, 1 = half
    /// <summary>(F32 lo, F32 hi) -> U32, both rounded to nearest even.</summary>
    Pack2,
    /// <summary>(U32) -> F32: the low or high member, exactly.</summary>
    UnpackLow, UnpackHigh,
    /// <summary>(U32, U32) -> U32 member-wise; Fma2: (U32, U32, U32) with one rounding.</summary>
    Add2, Mul2, Max2, Fma2,

    // ---- memory. Views travel as (pointer, index, length): the index is S32 or S64, the length S64.
    //      The length only serves bounds checks on the CPU; the PTX printer ignores it.
    /// <summary>(ptr, index, length) -> Op.Count consecutive values of type Op.Elem, the first at byte index * Op.Stride + Op.Offset from ptr (index and length count view elements; Stride is the size of a view element in bytes, which
    /// may differ from the size of Elem: a view of structs, or sixteen bytes read as four U32 from a view of bfloat16). In bounds when index >= 0, Offset >= 0 and index * Stride + Offset + Count * size(Elem) &lt;= length * Stride.
    /// Count is 1, 2, 4 or 8, Count * size at most 16 bytes, and the address is a multiple of that. Attr is a <see cref="CacheKind"/>.</summary>
    Load,
    /// <summary>(ptr, index, length, v0 .. vCount-1) -> nothing. As Load.</summary>
    Store,
    /// <summary>
    /// (ptr, index, length, limit) -> one value: as a Load of one element without offset, but all lanes of the warp are active and lane i reads element index + i. The limit is the
    /// <see cref="RowLimit"/> of the length. Made by passes for lanes only.
    /// </summary>
    LoadRow,
    /// <summary>(ptr, index, length, limit, value) -> nothing. As LoadRow.</summary>
    StoreRow,
    /// <summary>(S64 length) -> S64: the number of indices at which 32 elements in a row may begin, 0 where the view is shorter than that.</summary>
    RowLimit,
    /// <summary>(ptr, index) -> ptr moved by index * <see cref="Op.Stride"/> bytes; index S32, U32 or S64.</summary>
    PtrOffset,
    /// <summary>() -> PtrShared: a static block of <see cref="Op.Bits"/> bytes with alignment <see cref="Op.Attr"/> at byte <see cref="Op.Offset"/> of the group's static shared memory (laid out by the front end).</summary>
    SharedAlloc,
    /// <summary>() -> PtrShared: start of the dynamic shared memory.</summary>
    DynamicShared,
    /// <summary>() -> S64: bytes of dynamic shared memory given at launch.</summary>
    DynamicSharedSize,
    /// <summary>() -> PtrLocal: <see cref="Op.Count"/> elements of <see cref="Op.Elem"/> private to the lane, zeroed where the op stands.</summary>
    LocalAlloc,
    /// <summary>(ptr, index, length, value[, comparand]) -> old value. Attr is an <see cref="AtomicKind"/>; Op.Elem the type, Stride and Offset as in Load; for CompareExchange the operands are value then comparand.</summary>
    Atomic,
    /// <summary>() -> nothing; Attr 0 = group, 1 = device, 2 = system.</summary>
    Fence,

    // ---- group and warp
    /// <summary>() -> nothing: all lanes of the group.</summary>
    Barrier,
    /// <summary>(Pred) -> Pred (And, Or) or S32 (PopCount); Attr 0 = and, 1 = or, 2 = popcount. A barrier of the whole group.</summary>
    BarrierReduce,
    /// <summary>() -> nothing; Attr = barrier id, Bits = thread count.</summary>
    NamedBarrier,
    WarpBarrier,
    /// <summary>(T value, S32 lane or delta) -> T; Attr is a <see cref="ShuffleKind"/>; any 8- to 64-bit type. Out-of-range sources give the lane's own value.</summary>
    Shuffle,
    /// <summary>
    /// (F32 low, F32 high) -> F32: the step of a sum of two values over the warp that leaves the first to half of the lanes and the second to the others. With Attr = 2, 4, 8 or 16, lane i
    /// gets x[i] + x[i ^ Attr], x being low where i has not that bit and high where it has. Made by passes for lanes only.
    /// </summary>
    Fold,
    /// <summary>(Pred) -> U32.</summary>
    Ballot,
    /// <summary>(Pred) -> Pred.</summary>
    VoteAll, VoteAny,

    // ---- tensor cores and asynchronous copies
    /// <summary>(U32 a0..a3, U32 b0 b1, F32 c0..c3) -> F32 d0..d3; mma.sync m16n8k16, Attr 0 = bfloat16, 1 = half.</summary>
    Mma,
    /// <summary>(ptr shared, index, length) -> U32 x Count (1, 2, 4); Op.Elem the 16-bit element type, Stride and Offset as in Load, each lane addresses 16 bytes; Attr 1 = transposed.</summary>
    LoadMatrix,
    /// <summary>(sharedPtr, sharedIndex, sharedLength, globalPtr, globalIndex, globalLength, Pred valid) -> nothing; Bits = bytes (4, 8, 16), Op.Elem the element type of both views, Stride = its size in bytes; invalid zero-fills without touching global memory.</summary>
    AsyncCopy,
    AsyncCommit,
    /// <summary>Attr = number of groups that may still be pending.</summary>
    AsyncWait,

    // ---- tensor cores of a warp group (sm_90a)
    /// <summary>
    /// (ptr shared A, index, length, ptr shared B, index, length, F32 c...) -> F32 d..., as many as there are c, which share their registers: wgmma.mma_async m64nNk16, N twice that number.
    /// Attr is a sum of <see cref="WarpGroupFlags"/>, Bits the elements between panels of a transposed B, Stride the size of an element in bytes; after AddressLowering the indices count bytes.
    /// </summary>
    WarpGroupMma,
    /// <summary>wgmma.fence.</summary>
    WarpGroupFence,
    /// <summary>wgmma.commit_group.</summary>
    WarpGroupCommit,
    /// <summary>wgmma.wait_group; Attr = number of groups that may still be pending.</summary>
    WarpGroupWait,
    /// <summary>fence.proxy.async.shared::cta.</summary>
    AsyncProxyFence,

    // ---- doors
    /// <summary>Raw PTX: operands are the inputs, results the outputs, <see cref="Op.Text"/> the template with %0.. (outputs first, then inputs). Lines "@tie o i" before it say that output o starts with the value of operand number i and shares its register: a read-write operand.</summary>
    Ptx,
    /// <summary>griddepcontrol.wait: optional feature of sm_90.</summary>
    GridDependencySynchronize,
    /// <summary>griddepcontrol.launch_dependents: optional feature of sm_90.</summary>
    GridTriggerLaunchCompletion,

    // ---- structure
    /// <summary>(Pred) -> results; two regions without arguments, each yielding one value per result (an empty else yields nothing and there are no results).</summary>
    If,
    /// <summary>(init...) -> final values. A do-while: one region whose arguments are the carried values; its <see cref="Region.Yield"/> is [Pred continue, next...]; results are the next values of the last round.</summary>
    Loop,
}

/// <summary>Which index a <see cref="Opcode.Special"/> reads. All are S32.</summary>
internal enum SpecialRegister
{
    /// <summary>Group.IdxX, IdxY, IdxZ.</summary>
    GroupIdxX, GroupIdxY, GroupIdxZ,
    /// <summary>Group.DimX, DimY, DimZ.</summary>
    GroupDimX, GroupDimY, GroupDimZ,
    /// <summary>Grid.IdxX, IdxY, IdxZ.</summary>
    GridIdxX, GridIdxY, GridIdxZ,
    /// <summary>Grid.DimX, DimY, DimZ.</summary>
    GridDimX, GridDimY, GridDimZ,
    /// <summary>Warp.LaneIdx.</summary>
    LaneIdx,
    /// <summary>Warp.WarpIdx: linear index in the group divided by 32; warp-uniform.</summary>
    WarpIdx,
}

/// <summary>Cache behaviour of a load or store (names as in the vocabulary's CacheHint).</summary>
internal enum CacheKind { Default, ReadOnly, Streaming, KeepInL2, Volatile }

/// <summary>Atomic operations.</summary>
internal enum AtomicKind { Add, Min, Max, And, Or, Xor, Exchange, CompareExchange }

/// <summary>Warp shuffles.</summary>
internal enum ShuffleKind { Index, Up, Down, Xor }

/// <summary>What <see cref="Opcode.WarpGroupMma"/> multiplies.</summary>
[System.Flags]
internal enum WarpGroupFlags
{
    /// <summary>Two factors of bfloat16, both stored along k.</summary>
    None = 0,
    /// <summary>Elements are half.</summary>
    Half = 1,
    /// <summary>A is stored across k.</summary>
    TransposedA = 2,
    /// <summary>B is stored across k.</summary>
    TransposedB = 4,
}
