using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace LbrCore.Compute.Cpu;

/// <summary>
/// What a lane program does beyond the operators of the lane types. Functions with lane types act lane by lane; overloads with scalars serve values that
/// are the same in the whole warp and give the same bits.
/// </summary>
public static unsafe partial class Lanes
{
    /// <summary><paramref name="ifTrue"/> in true lanes, <paramref name="ifFalse"/> in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I32 Select(Mask condition, I32 ifTrue, I32 ifFalse) => new(
        Vector512.ConditionalSelect(condition.Lo, ifTrue.Lo, ifFalse.Lo),
        Vector512.ConditionalSelect(condition.Hi, ifTrue.Hi, ifFalse.Hi));

    /// <summary><paramref name="ifTrue"/> in true lanes, <paramref name="ifFalse"/> in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U32 Select(Mask condition, U32 ifTrue, U32 ifFalse) => new(
        Vector512.ConditionalSelect(condition.Lo.AsUInt32(), ifTrue.Lo, ifFalse.Lo),
        Vector512.ConditionalSelect(condition.Hi.AsUInt32(), ifTrue.Hi, ifFalse.Hi));

    /// <summary><paramref name="ifTrue"/> in true lanes, <paramref name="ifFalse"/> in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F32 Select(Mask condition, F32 ifTrue, F32 ifFalse) => new(
        Vector512.ConditionalSelect(condition.Lo.AsSingle(), ifTrue.Lo, ifFalse.Lo),
        Vector512.ConditionalSelect(condition.Hi.AsSingle(), ifTrue.Hi, ifFalse.Hi));

    /// <summary><paramref name="ifTrue"/> in true lanes, <paramref name="ifFalse"/> in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static I64 Select(Mask condition, I64 ifTrue, I64 ifFalse) => new(
        Vector512.ConditionalSelect(Vector512.WidenLower(condition.Lo), ifTrue.V0, ifFalse.V0),
        Vector512.ConditionalSelect(Vector512.WidenUpper(condition.Lo), ifTrue.V1, ifFalse.V1),
        Vector512.ConditionalSelect(Vector512.WidenLower(condition.Hi), ifTrue.V2, ifFalse.V2),
        Vector512.ConditionalSelect(Vector512.WidenUpper(condition.Hi), ifTrue.V3, ifFalse.V3));

    /// <summary><paramref name="ifTrue"/> in true lanes, <paramref name="ifFalse"/> in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static U64 Select(Mask condition, U64 ifTrue, U64 ifFalse) => new(
        Vector512.ConditionalSelect(Vector512.WidenLower(condition.Lo).AsUInt64(), ifTrue.V0, ifFalse.V0),
        Vector512.ConditionalSelect(Vector512.WidenUpper(condition.Lo).AsUInt64(), ifTrue.V1, ifFalse.V1),
        Vector512.ConditionalSelect(Vector512.WidenLower(condition.Hi).AsUInt64(), ifTrue.V2, ifFalse.V2),
        Vector512.ConditionalSelect(Vector512.WidenUpper(condition.Hi).AsUInt64(), ifTrue.V3, ifFalse.V3));

    /// <summary><paramref name="ifTrue"/> in true lanes, <paramref name="ifFalse"/> in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static F64 Select(Mask condition, F64 ifTrue, F64 ifFalse) => new(
        Vector512.ConditionalSelect(Vector512.WidenLower(condition.Lo).AsDouble(), ifTrue.V0, ifFalse.V0),
        Vector512.ConditionalSelect(Vector512.WidenUpper(condition.Lo).AsDouble(), ifTrue.V1, ifFalse.V1),
        Vector512.ConditionalSelect(Vector512.WidenLower(condition.Hi).AsDouble(), ifTrue.V2, ifFalse.V2),
        Vector512.ConditionalSelect(Vector512.WidenUpper(condition.Hi).AsDouble(), ifTrue.V3, ifFalse.V3));

    /// <summary><paramref name="ifTrue"/> in true lanes, <paramref name="ifFalse"/> in the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Mask Select(Mask condition, Mask ifTrue, Mask ifFalse) => new(
        Vector512.ConditionalSelect(condition.Lo, ifTrue.Lo, ifFalse.Lo),
        Vector512.ConditionalSelect(condition.Hi, ifTrue.Hi, ifFalse.Hi));
}
