using System.Runtime.InteropServices;

namespace LbrCore.Compute;

/// <summary>Four 32-bit unsigned integers, 16 bytes: moved between memory and registers by one access.</summary>
/// <remarks>PTX ISA, Data Movement and Conversion Instructions: <c>ld.v4.u32</c>, <c>st.v4.u32</c>; the address must be a multiple of 16 bytes.</remarks>
/// <param name="x">Component 0.</param>
/// <param name="y">Component 1.</param>
/// <param name="z">Component 2.</param>
/// <param name="w">Component 3.</param>
[StructLayout(LayoutKind.Sequential)]
public struct UInt4(uint x, uint y, uint z, uint w)
{
    /// <summary>Component 0.</summary>
    public uint X = x;

    /// <summary>Component 1.</summary>
    public uint Y = y;

    /// <summary>Component 2.</summary>
    public uint Z = z;

    /// <summary>Component 3.</summary>
    public uint W = w;

    /// <summary>The components in order, for messages and the debugger.</summary>
    public override readonly string ToString() => $"({X}, {Y}, {Z}, {W})";
}
