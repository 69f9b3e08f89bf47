namespace LbrCore.Formats.Tokenization.BytePairs;

/// <summary>
/// The spelling of bytes as printable characters in byte-level vocabularies (GPT-2's): visible Latin-1 characters stand for themselves,
/// the other bytes for U+0100 onwards, so that a space is written Ġ.
/// </summary>
internal static class ByteLevelAlphabet
{
    private static readonly char[] s_characters = new char[256];
    private static readonly short[] s_bytes = new short[0x144];

    static ByteLevelAlphabet()
    {
        Array.Fill(s_bytes, (short)-1);
        char next = '\u0100';
        for (int value = 0; value < 256; value++)
        {
            bool visible = value is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE;
            char character = visible ? (char)value : next++;
            s_characters[value] = character;
            s_bytes[character] = (short)value;
        }
    }

    /// <summary>The character that spells a byte.</summary>
    public static char ToCharacter(byte value) => s_characters[value];

    /// <summary>The byte that a character spells, or -1.</summary>
    public static int ToByte(char character) => character < s_bytes.Length ? s_bytes[character] : -1;

    /// <summary>Spells bytes; <paramref name="destination"/> takes one character a byte.</summary>
    public static void Spell(ReadOnlySpan<byte> bytes, Span<char> destination)
    {
        for (int i = 0; i < bytes.Length; i++)
            destination[i] = s_characters[bytes[i]];
    }

    /// <summary>The bytes that a token stands for: what its characters spell or, where one of them spells none, the token's own UTF-8.</summary>
    public static byte[] BytesOf(string token)
    {
        var bytes = new byte[token.Length];
        for (int i = 0; i < token.Length; i++)
        {
            int value = ToByte(token[i]);
            if (value < 0)
                return System.Text.Encoding.UTF8.GetBytes(token);
            bytes[i] = (byte)value;
        }

        return bytes;
    }
}
