using LbrCore.Formats.Tokenization;

namespace LbrCore.Tasks.Reachability;

/// <summary>The tokens of reachability: digits, then marks. A node is written as the digits of its label, the most significant first.</summary>
public sealed class RadixVocabulary
{
    /// <summary>Most digits that there are names for.</summary>
    public const int MaximumRadix = 36;

    private const string DigitNames = "0123456789abcdefghijklmnopqrstuvwxyz";

    /// <summary>A vocabulary.</summary>
    /// <param name="radix">Digits that there are.</param>
    /// <param name="width">Digits of a label.</param>
    public RadixVocabulary(int radix, int width)
    {
        (Radix, Width) = (radix, width);
        string[] digits = [.. DigitNames[..radix].Select(digit => digit.ToString())];
        Tokens = new ListTokenizer([.. digits, "|", "[Q]", "[R]", "[A]", "<eos>", "<pad>"], "<eos>", "<pad>");
    }

    /// <summary>The tokens.</summary>
    public ListTokenizer Tokens { get; }

    /// <summary>Digits that there are; the ids below it are digits.</summary>
    public int Radix { get; }

    /// <summary>Digits of a label.</summary>
    public int Width { get; }

    /// <summary>Ends an edge.</summary>
    public int Bar => Radix;

    /// <summary>Comes before the two targets.</summary>
    public int Question => Radix + 1;

    /// <summary>Comes before the root.</summary>
    public int Root => Radix + 2;

    /// <summary>Comes before the answer.</summary>
    public int Answer => Radix + 3;

    /// <summary>Ends the answer.</summary>
    public int End => Radix + 4;

    /// <summary>Appends the digits of a label.</summary>
    public void Append(List<int> tokens, int label)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        int start = tokens.Count;
        for (int digit = 0; digit < Width; digit++, label /= Radix) tokens.Insert(start, label % Radix);
    }

    /// <summary>The label that a node's digits write; -1 where one is no digit.</summary>
    /// <param name="digits">[<see cref="Width"/>].</param>
    public int Read(ReadOnlySpan<int> digits)
    {
        int label = 0;
        foreach (int digit in digits)
        {
            if ((uint)digit >= (uint)Radix) return -1;
            label = (label * Radix) + digit;
        }

        return label;
    }
}
