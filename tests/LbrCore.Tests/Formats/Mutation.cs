using System.Text;

namespace LbrCore.Tests.Formats;

/// <summary>Seeded damage to JSON texts: some bytewise, most at the level of tokens, where parsers have their branches.</summary>
internal sealed class Mutation(int seed)
{
    private static readonly string[] Nasty =
    [
        "-1", "0", "1", "2", "1.0", "1e2", "-0", "4294967296", "2147483648", "9223372036854775807", "9223372036854775808", "18446744073709551616",
        "1e308", "1e999", "-1e999", "NaN", "Infinity", "null", "true", "false", "\"\"", "\"x\"", "[]", "{}", "[[[[[[]]]]]]", "[1,2,3]", "[-1]",
        "\"\\ud800\"", "\"\\u0000\"", "\"F16\"", "\"BOOL\"", "\"LlamaForCausalLM\"", "{\"a\":1,\"a\":2}", "00", "+1", ".5", "//", "\"\\",
    ];

    private readonly Random _random = new(seed);

    /// <summary>A number from 0 to <paramref name="limit"/> - 1.</summary>
    public int Next(int limit) => _random.Next(limit);

    /// <summary>A copy of <paramref name="text"/> with one to four defects.</summary>
    public byte[] Apply(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        for (int count = 1 + _random.Next(4); count > 0 && bytes.Length > 0; count--)
            bytes = _random.Next(8) switch
            {
                0 => FlipBit(bytes),
                1 => Cut(bytes),
                2 => Replace(bytes, _random.Next(bytes.Length), 1, [(byte)_random.Next(256)]),
                3 => Repeat(bytes),
                4 => Replace(bytes, _random.Next(bytes.Length), 0, Encoding.UTF8.GetBytes(Nasty[_random.Next(Nasty.Length)])),
                _ => ReplaceValue(bytes),
            };
        return bytes;
    }

    private byte[] FlipBit(byte[] bytes)
    {
        byte[] copy = [.. bytes];
        copy[_random.Next(copy.Length)] ^= (byte)(1 << _random.Next(8));
        return copy;
    }

    private byte[] Cut(byte[] bytes)
    {
        int begin = _random.Next(bytes.Length);
        return Replace(bytes, begin, _random.Next(Math.Min(64, bytes.Length - begin) + 1), []);
    }

    private byte[] Repeat(byte[] bytes)
    {
        int begin = _random.Next(bytes.Length), length = _random.Next(Math.Min(200, bytes.Length - begin) + 1);
        return Replace(bytes, begin, 0, bytes[begin..(begin + length)]);
    }

    /// <summary>Puts a nasty value behind a random colon, comma or bracket, in place of the scalar that is there.</summary>
    private byte[] ReplaceValue(byte[] bytes)
    {
        int start = _random.Next(bytes.Length);
        int offset = bytes.AsSpan(start).IndexOfAny(":,["u8);
        if (offset < 0)
            return bytes;
        start += offset + 1;
        int length = bytes.AsSpan(start).IndexOfAny(",]}"u8) is var end and >= 0 ? end : bytes.Length - start;
        return Replace(bytes, start, length, Encoding.UTF8.GetBytes(Nasty[_random.Next(Nasty.Length)]));
    }

    private static byte[] Replace(byte[] bytes, int begin, int length, byte[] by) => [.. bytes[..begin], .. by, .. bytes[(begin + length)..]];
}
