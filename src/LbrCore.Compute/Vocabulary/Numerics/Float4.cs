using System.Runtime.InteropServices;

namespace LbrCore.Compute;

/// <summary>Four 32-bit floating-point numbers, 16 bytes: moved between memory and registers by one access.</summary>
/// <remarks>PTX ISA, Data Movement and Conversion Instructions: <c>ld.v4.f32</c>, <c>st.v4.f32</c>; the address must be a multiple of 16 bytes.</remarks>
/// <param name="x">Component 0.</param>
/// <param name="y">Component 1.</param>
/// <param name="z">Component 2.</param>
/// <param name="w">Component 3.</param>
[StructLayout(LayoutKind.Sequential)]
public struct Float4(float x, float y, float z, float w)
{
    /// <summary>Component 0.</summary>
    public float X = x;

    /// <summary>Component 1.</summary>
    public float Y = y;

    /// <summary>Component 2.</summary>
    public float Z = z;

    /// <summary>Component 3.</summary>
    public float W = w;

    /// <summary>The components in order, for messages and the debugger.</summary>
    public override readonly string ToString() => $"({X}, {Y}, {Z}, {W})";
}
