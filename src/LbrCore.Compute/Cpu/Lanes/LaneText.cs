using System.Globalization;
using System.Runtime.InteropServices;

namespace LbrCore.Compute.Cpu;

/// <summary>Lane values as text, for the debugger.</summary>
internal static class LaneText
{
    public static string Format(I32 value) => Join<I32, int>(value);

    public static string Format(U32 value) => Join<U32, uint>(value);

    public static string Format(F32 value) => Join<F32, float>(value);

    public static string Format(I64 value) => Join<I64, long>(value);

    public static string Format(U64 value) => Join<U64, ulong>(value);

    public static string Format(F64 value) => Join<F64, double>(value);

    private static string Join<TLanes, T>(TLanes value) where TLanes : struct where T : struct, IFormattable
    {
        ReadOnlySpan<T> lanes = MemoryMarshal.Cast<TLanes, T>(new ReadOnlySpan<TLanes>(in value));
        return string.Join(' ', lanes.ToArray().Select(lane => lane.ToString(null, CultureInfo.InvariantCulture)));
    }
}
