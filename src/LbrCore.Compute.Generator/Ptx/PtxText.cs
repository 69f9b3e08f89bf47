using System.Text;
using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Ptx;

/// <summary>The lines of a body under construction; says where in the source they come from whenever that changes.</summary>
internal sealed class PtxText(SourceLine source)
{
    readonly StringBuilder _text = new();
    SourceLine _written = source;

    /// <summary>Number of instructions, without labels and comments.</summary>
    public int Instructions { get; private set; }

    /// <summary>The source position that the next instruction belongs to.</summary>
    public SourceLine Source { get; set; } = source;

    /// <summary>Adds one instruction.</summary>
    public void Instruction(string text)
    {
        if (Source.Line > 0 && Source != _written)
        {
            _text.Append("\t// ").Append(Ascii(Source.File)).Append(':').Append(Source.Line).Append('\n');
            _written = Source;
        }

        _text.Append('\t').Append(text).Append('\n');
        Instructions++;
    }

    /// <summary>PTX is ASCII, in comments too.</summary>
    public static string Ascii(string? text)
    {
        char[] all = (text ?? "").ToCharArray();
        for (int i = 0; i < all.Length; i++)
            if (all[i] is < ' ' or > '~') all[i] = '?';
        return new string(all);
    }

    /// <summary>Adds a label.</summary>
    public void Label(string name) => _text.Append(name).Append(":\n");

    /// <summary>A text to be appended later, or dropped.</summary>
    public PtxText Branch() => new(_written) { Source = Source };

    /// <summary>Adds what a <see cref="Branch"/> has gathered.</summary>
    public void Append(PtxText branch)
    {
        _text.Append(branch._text);
        _written = branch._written;
        Instructions += branch.Instructions;
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
