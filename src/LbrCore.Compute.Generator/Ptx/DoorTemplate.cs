using System.Globalization;
using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Ptx;

/// <summary>The text of an <see cref="Opcode.Ptx"/> op, parted into the ties of its read-write operands and the template.</summary>
/// <param name="Text">The template with %0.. placeholders, outputs first.</param>
/// <param name="Ties">Pairs of output number and input number (counted from 0 each) that share a register.</param>
internal sealed record DoorTemplate(string Text, IReadOnlyList<(int Output, int Input)> Ties)
{
    /// <summary>Parts the text of an op.</summary>
    public static DoorTemplate Of(Op op)
    {
        string text = op.Text ?? "";
        var ties = new List<(int, int)>();
        while (text.StartsWith("@tie ", StringComparison.Ordinal))
        {
            int end = text.IndexOf('\n');
            string[] numbers = text.Substring(5, end - 5).Split(' ');
            ties.Add((int.Parse(numbers[0], CultureInfo.InvariantCulture), int.Parse(numbers[1], CultureInfo.InvariantCulture) - op.Results.Length));
            text = text.Substring(end + 1);
        }

        return new DoorTemplate(text, ties);
    }

    /// <summary>True when an input shares its register with an output.</summary>
    public bool IsTied(int input) => Ties.Any(t => t.Input == input);
}
