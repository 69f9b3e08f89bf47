using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LbrCore.Compute;

/// <summary>16 bytes of elements in four 32-bit registers: what one thread moves by one access. Eight of bf16, four of float, sixteen of byte.</summary>
/// <remarks>Read with <see cref="ArrayView{T}.LoadPacked(int, CacheHint)"/>, written with <see cref="ArrayView{T}.StorePacked(int, Packed{T}, CacheHint)"/>. In a kernel
/// indices are constants after unrolling, so that elements are parts of registers.</remarks>
/// <typeparam name="T">Element type of 1, 2, 4, 8 or 16 bytes.</typeparam>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public struct Packed<T>
    where T : unmanaged
{
    private uint _word0;
    private uint _word1;
    private uint _word2;
    private uint _word3;

    /// <summary>Elements in 16 bytes; a constant in kernels.</summary>
    public static int Count => 16 / Unsafe.SizeOf<T>();

    /// <summary>The element at <paramref name="index"/>.</summary>
    /// <param name="index">0..<see cref="Count"/>-1.</param>
    public T this[int index]
    {
        readonly get => Unsafe.Add(ref Unsafe.As<uint, T>(ref Unsafe.AsRef(in _word0)), Check(index, Count));
        set => Unsafe.Add(ref Unsafe.As<uint, T>(ref _word0), Check(index, Count)) = value;
    }

    /// <summary>The element at <paramref name="index"/> as a float.</summary>
    /// <remarks>bf16: a shift or mask; others as <see cref="Element.ToFloat{T}(T)"/>.</remarks>
    /// <param name="index">0..<see cref="Count"/>-1.</param>
    /// <returns>The value.</returns>
    public readonly float GetFloat(int index) => Element.ToFloat(this[index]);

    /// <summary>Rounds <paramref name="value"/> to <typeparamref name="T"/> (nearest, ties to even) and stores it at <paramref name="index"/>.</summary>
    /// <remarks>PTX ISA, Data Movement and Conversion Instructions: <c>cvt.rn.bf16x2.f32</c> for a pair of neighbours.</remarks>
    /// <param name="index">0..<see cref="Count"/>-1.</param>
    /// <param name="value">The value.</param>
    public void SetFloat(int index, float value) => this[index] = Element.FromFloat<T>(value);

    /// <summary>The 32-bit register at <paramref name="index"/>: bytes 4·index to 4·index+3, little-endian.</summary>
    /// <param name="index">0..3.</param>
    /// <returns>The bits.</returns>
    public readonly uint GetWord(int index) => Check(index, 4) switch
    {
        0 => _word0,
        1 => _word1,
        2 => _word2,
        _ => _word3,
    };

    /// <summary>Replaces the 32-bit register at <paramref name="index"/>.</summary>
    /// <param name="index">0..3.</param>
    /// <param name="bits">The bits.</param>
    public void SetWord(int index, uint bits)
    {
        switch (Check(index, 4))
        {
            case 0: _word0 = bits; break;
            case 1: _word1 = bits; break;
            case 2: _word2 = bits; break;
            default: _word3 = bits; break;
        }
    }

    private static int Check(int index, int count) => (uint)index < (uint)count
        ? index
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"a Packed<{typeof(T).Name}> has the indices 0 to {count - 1} here.");
}
