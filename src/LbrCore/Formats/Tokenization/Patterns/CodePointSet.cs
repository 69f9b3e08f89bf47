using System.Runtime.CompilerServices;

namespace LbrCore.Formats.Tokenization.Patterns;

/// <summary>
/// A <see cref="UnicodeClass"/> made fast to ask: a bitmap of plane 0 (8 KiB), the class itself beyond it.
/// </summary>
internal sealed class CodePointSet
{
    private readonly ulong[] _planeZero = new ulong[0x10000 / 64];
    private readonly UnicodeClass _class;

    /// <summary>Evaluates the class once for every code point of plane 0.</summary>
    public CodePointSet(UnicodeClass @class)
    {
        _class = @class;
        @class.FillPlaneZero(_planeZero);
    }

    /// <summary>The class that this set was made from.</summary>
    public UnicodeClass Class => _class;

    /// <summary>Whether the set holds a code point.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(int codePoint) =>
        codePoint < 0x10000 ? (_planeZero[codePoint >> 6] >> codePoint & 1) != 0 : _class.Contains(codePoint);
}
