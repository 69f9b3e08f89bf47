namespace LbrCore.Compute.Generator.IR;

/// <summary>
/// The type of one IR value. Signedness is part of the type, as in C#; the eight- and sixteen-bit types exist only to be loaded,
/// stored, converted and shuffled (C# promotes their arithmetic to <see cref="S32"/>, and half and bfloat16 arithmetic is lowered to <see cref="F32"/>).
/// </summary>
internal enum IrType : byte
{
    /// <summary>A truth value (PTX <c>.pred</c>).</summary>
    Pred,
    /// <summary>sbyte.</summary>
    S8,
    /// <summary>byte.</summary>
    U8,
    /// <summary>short.</summary>
    S16,
    /// <summary>ushort and char.</summary>
    U16,
    /// <summary>System.Half, sixteen raw bits.</summary>
    F16,
    /// <summary>BFloat16, sixteen raw bits.</summary>
    BF16,
    /// <summary>int.</summary>
    S32,
    /// <summary>uint, and packed pairs of sixteen-bit floats.</summary>
    U32,
    /// <summary>float.</summary>
    F32,
    /// <summary>long.</summary>
    S64,
    /// <summary>ulong.</summary>
    U64,
    /// <summary>double.</summary>
    F64,
    /// <summary>Address in global memory.</summary>
    PtrGlobal,
    /// <summary>Address in the group's shared memory (32 bits in PTX).</summary>
    PtrShared,
    /// <summary>Address in a lane's local memory.</summary>
    PtrLocal,
}

/// <summary>Facts about <see cref="IrType"/> values.</summary>
internal static class IrTypes
{
    /// <summary>Size in memory in bytes; a truth value is stored as one byte.</summary>
    public static int Size(this IrType t) => t switch
    {
        IrType.Pred or IrType.S8 or IrType.U8 => 1,
        IrType.S16 or IrType.U16 or IrType.F16 or IrType.BF16 => 2,
        IrType.S32 or IrType.U32 or IrType.F32 or IrType.PtrShared or IrType.PtrLocal => 4,
        _ => 8,
    };

    /// <summary>True for <see cref="IrType.F32"/> and <see cref="IrType.F64"/>, the types with floating-point arithmetic.</summary>
    public static bool IsFloat(this IrType t) => t is IrType.F32 or IrType.F64;

    /// <summary>True for the integers of 8 to 64 bits.</summary>
    public static bool IsInteger(this IrType t) => t is IrType.S8 or IrType.U8 or IrType.S16 or IrType.U16 or IrType.S32 or IrType.U32 or IrType.S64 or IrType.U64;

    /// <summary>True for the signed integers.</summary>
    public static bool IsSigned(this IrType t) => t is IrType.S8 or IrType.S16 or IrType.S32 or IrType.S64;

    /// <summary>True for the types on which arithmetic operations are defined.</summary>
    public static bool IsArithmetic(this IrType t) => t is IrType.S32 or IrType.U32 or IrType.S64 or IrType.U64 or IrType.F32 or IrType.F64;

    /// <summary>True for the three kinds of address.</summary>
    public static bool IsPointer(this IrType t) => t is IrType.PtrGlobal or IrType.PtrShared or IrType.PtrLocal;
}
