using System.Globalization;
using System.Text;

namespace LbrCore.Formats.Tokenization.Patterns;

/// <summary>
/// A predicate on Unicode code points, built from categories, ranges and set operations.
/// Categories are those of <see cref="CharUnicodeInfo"/> (Unicode 16), which agree with Oniguruma 6.9.10, the engine behind
/// Hugging Face's Split pre-tokenizer.
/// </summary>
internal abstract record UnicodeClass
{
    /// <summary>Whether the class holds a code point (0 to 0x10FFFF).</summary>
    public abstract bool Contains(int codePoint);

    /// <summary>Sets the bit of every code point of plane 0 that the class holds.</summary>
    public abstract void FillPlaneZero(Span<ulong> bits);

    /// <summary>One code point or an inclusive range of them.</summary>
    public sealed record Range(int First, int Last) : UnicodeClass
    {
        /// <inheritdoc/>
        public override bool Contains(int codePoint) => codePoint >= First && codePoint <= Last;

        /// <inheritdoc/>
        public override void FillPlaneZero(Span<ulong> bits)
        {
            for (int codePoint = First; codePoint <= Math.Min(Last, 0xFFFF); codePoint++)
                bits[codePoint >> 6] |= 1UL << codePoint;
        }
    }

    /// <summary>General categories, as a mask with one bit per <see cref="UnicodeCategory"/>.</summary>
    public sealed record Categories(int Mask) : UnicodeClass
    {
        private static readonly ulong[][] s_planeZero = BuildPlaneZero();

        /// <inheritdoc/>
        public override bool Contains(int codePoint) => (Mask >> (int)CharUnicodeInfo.GetUnicodeCategory(codePoint) & 1) != 0;

        /// <inheritdoc/>
        public override void FillPlaneZero(Span<ulong> bits)
        {
            for (int category = 0; category < s_planeZero.Length; category++)
                if ((Mask >> category & 1) != 0)
                    for (int i = 0; i < bits.Length; i++)
                        bits[i] |= s_planeZero[category][i];
        }

        private static ulong[][] BuildPlaneZero()
        {
            var bitmaps = new ulong[(int)UnicodeCategory.OtherNotAssigned + 1][];
            for (int category = 0; category < bitmaps.Length; category++)
                bitmaps[category] = new ulong[0x10000 / 64];
            for (int codePoint = 0; codePoint < 0x10000; codePoint++)
                bitmaps[(int)CharUnicodeInfo.GetUnicodeCategory(codePoint)][codePoint >> 6] |= 1UL << codePoint;
            return bitmaps;
        }
    }

    /// <summary>The property White_Space.</summary>
    public sealed record WhiteSpace : UnicodeClass
    {
        /// <inheritdoc/>
        public override bool Contains(int codePoint) => Rune.IsValid(codePoint) && Rune.IsWhiteSpace(new Rune(codePoint));

        /// <inheritdoc/>
        public override void FillPlaneZero(Span<ulong> bits)
        {
            for (int codePoint = 0; codePoint <= 0x3000; codePoint++) // IDEOGRAPHIC SPACE is the last of them.
                if (Contains(codePoint))
                    bits[codePoint >> 6] |= 1UL << codePoint;
        }
    }

    /// <summary>What is in none of the parts.</summary>
    public sealed record Not(UnicodeClass Operand) : UnicodeClass
    {
        /// <inheritdoc/>
        public override bool Contains(int codePoint) => !Operand.Contains(codePoint);

        /// <inheritdoc/>
        public override void FillPlaneZero(Span<ulong> bits)
        {
            var excluded = new ulong[bits.Length];
            Operand.FillPlaneZero(excluded);
            for (int i = 0; i < bits.Length; i++)
                bits[i] |= ~excluded[i];
        }
    }

    /// <summary>What is in any of the parts; nothing when there are none.</summary>
    public sealed record Union(IReadOnlyList<UnicodeClass> Parts) : UnicodeClass
    {
        /// <inheritdoc/>
        public override bool Contains(int codePoint)
        {
            foreach (UnicodeClass part in Parts)
                if (part.Contains(codePoint))
                    return true;
            return false;
        }

        /// <inheritdoc/>
        public override void FillPlaneZero(Span<ulong> bits)
        {
            foreach (UnicodeClass part in Parts)
                part.FillPlaneZero(bits);
        }
    }

    /// <summary>What is in both parts.</summary>
    public sealed record Intersection(UnicodeClass Left, UnicodeClass Right) : UnicodeClass
    {
        /// <inheritdoc/>
        public override bool Contains(int codePoint) => Left.Contains(codePoint) && Right.Contains(codePoint);

        /// <inheritdoc/>
        public override void FillPlaneZero(Span<ulong> bits)
        {
            var left = new ulong[bits.Length];
            var right = new ulong[bits.Length];
            Left.FillPlaneZero(left);
            Right.FillPlaneZero(right);
            for (int i = 0; i < bits.Length; i++)
                bits[i] |= left[i] & right[i];
        }
    }

    /// <summary>The class of exactly one code point.</summary>
    public static UnicodeClass Single(int codePoint) => new Range(codePoint, codePoint);
}
