using System.Runtime.InteropServices;

namespace LbrCore.Compute;

/// <summary>Two 32-bit signed integers, 8 bytes: moved between memory and registers by one access.</summary>
/// <remarks>PTX ISA, Data Movement and Conversion Instructions: <c>ld.v2.s32</c>, <c>st.v2.s32</c>; the address must be a multiple of 8 bytes.</remarks>
/// <param name="x">Component 0.</param>
/// <param name="y">Component 1.</param>
[StructLayout(LayoutKind.Sequential)]
public struct Int2(int x, int y)
{
    /// <summary>Component 0.</summary>
    public int X = x;

    /// <summary>Component 1.</summary>
    public int Y = y;

    /// <summary>The components in order, for messages and the debugger.</summary>
    public override readonly string ToString() => $"({X}, {Y})";
}
