using System.Runtime.CompilerServices;

namespace LbrCore.Formats.Tokenization.Patterns;

/// <summary>Steps through well-formed UTF-8. The tokenizer makes its text well-formed once, at the door, so these do not check.</summary>
internal static class Utf8Text
{
    /// <summary>The code point that starts at <paramref name="position"/>, and its length in bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Decode(ReadOnlySpan<byte> text, int position, out int length)
    {
        int lead = text[position];
        if (lead < 0x80)
        {
            length = 1;
            return lead;
        }

        return DecodeMultiByte(text, position, lead, out length);
    }

    /// <summary>Where the code point that ends just before <paramref name="position"/> starts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int StepBack(ReadOnlySpan<byte> text, int position)
    {
        do
            position--;
        while ((text[position] & 0xC0) == 0x80);
        return position;
    }

    /// <summary>The length in bytes of the code point that starts at <paramref name="position"/>.</summary>
    public static int LengthAt(ReadOnlySpan<byte> text, int position) => text[position] switch
    {
        < 0x80 => 1,
        < 0xE0 => 2,
        < 0xF0 => 3,
        _ => 4,
    };

    private static int DecodeMultiByte(ReadOnlySpan<byte> text, int position, int lead, out int length)
    {
        if (lead < 0xE0)
        {
            length = 2;
            return (lead & 0x1F) << 6 | text[position + 1] & 0x3F;
        }

        if (lead < 0xF0)
        {
            length = 3;
            return (lead & 0x0F) << 12 | (text[position + 1] & 0x3F) << 6 | text[position + 2] & 0x3F;
        }

        length = 4;
        return (lead & 0x07) << 18 | (text[position + 1] & 0x3F) << 12 | (text[position + 2] & 0x3F) << 6 | text[position + 3] & 0x3F;
    }
}
