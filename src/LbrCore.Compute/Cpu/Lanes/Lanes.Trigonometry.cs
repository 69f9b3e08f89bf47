using System.Runtime.Intrinsics;

namespace LbrCore.Compute.Cpu;

public static partial class Lanes
{
    /// <summary>sin(value), value in radians, within 2 units in the last place; NaN at the infinities.</summary>
    public static F32 Sin(F32 value) => new(Vector512.Sin(value.Lo), Vector512.Sin(value.Hi));

    /// <summary>sin(value), the same bits as the lanes give.</summary>
    public static float Sin(float value) => Vector512.Sin(Vector512.Create(value)).ToScalar();

    /// <summary>cos(value), value in radians, within 2 units in the last place; NaN at the infinities.</summary>
    public static F32 Cos(F32 value) => new(Vector512.Cos(value.Lo), Vector512.Cos(value.Hi));

    /// <summary>cos(value), the same bits as the lanes give.</summary>
    public static float Cos(float value) => Vector512.Cos(Vector512.Create(value)).ToScalar();
}
