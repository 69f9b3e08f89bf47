using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Passes;

/// <summary>An inclusive range of integers. Values of <see cref="IrType.U64"/> above long.MaxValue are counted as long.MaxValue.</summary>
internal readonly record struct Interval(long Min, long Max)
{
    /// <summary>Everything that an integer type holds.</summary>
    public static Interval OfType(IrType t) => t switch
    {
        IrType.Pred => new(0, 1),
        IrType.S8 => new(sbyte.MinValue, sbyte.MaxValue),
        IrType.U8 => new(0, byte.MaxValue),
        IrType.S16 => new(short.MinValue, short.MaxValue),
        IrType.U16 => new(0, ushort.MaxValue),
        IrType.S32 => new(int.MinValue, int.MaxValue),
        IrType.U32 => new(0, uint.MaxValue),
        IrType.U64 => new(0, long.MaxValue),
        _ => new(long.MinValue, long.MaxValue),
    };

    /// <summary>True when every value lies between the bounds.</summary>
    public bool IsWithin(long min, long max) => Min >= min && Max <= max;

    /// <summary>True when every value lies in <paramref name="other"/>.</summary>
    public bool IsWithin(Interval other) => IsWithin(other.Min, other.Max);

    /// <summary>The smallest range that contains both.</summary>
    public Interval Union(Interval other) => new(Math.Min(Min, other.Min), Math.Max(Max, other.Max));

    /// <summary>The sum, or null when it may leave 64 bits.</summary>
    public Interval? Plus(Interval other) => Sum(Min, other.Min) is { } min && Sum(Max, other.Max) is { } max ? new Interval(min, max) : null;

    /// <summary>The difference, or null when it may leave 64 bits.</summary>
    public Interval? Minus(Interval other) => other.Min == long.MinValue ? null : Plus(new(-other.Max, -other.Min));

    /// <summary>The product, or null when it may leave 64 bits.</summary>
    public Interval? Times(Interval other)
    {
        if (Product(Min, other.Min) is not { } a || Product(Min, other.Max) is not { } b || Product(Max, other.Min) is not { } c || Product(Max, other.Max) is not { } d) return null;
        return new Interval(Math.Min(Math.Min(a, b), Math.Min(c, d)), Math.Max(Math.Max(a, b), Math.Max(c, d)));
    }

    static long? Sum(long a, long b)
    {
        long sum = unchecked(a + b);
        return ((a ^ sum) & (b ^ sum)) < 0 ? null : sum;
    }

    // 2^62 leaves room for the rounding of the estimate.
    static long? Product(long a, long b) => Math.Abs((double)a * b) < 4611686018427387904.0 ? a * b : null;
}
