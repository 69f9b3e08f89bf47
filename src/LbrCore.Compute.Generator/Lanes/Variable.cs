using LbrCore.Compute.Generator.IR;

namespace LbrCore.Compute.Generator.Lanes;

/// <summary>A C# local variable: one value, or several that may share it.</summary>
internal sealed class Variable(IrType type, bool lanes)
{
    /// <summary>Type of its values.</summary>
    public IrType Type { get; } = type;

    /// <summary>Whether it holds 32 lanes or one scalar.</summary>
    public bool Lanes { get; } = lanes;

    /// <summary>The type as printed.</summary>
    public string CSharp => Lanes ? CSharpType.Lanes(Type) : CSharpType.Scalar(Type);

    /// <summary>Its name.</summary>
    public string Name { get; set; } = "";

    /// <summary>The values, in the order of <see cref="Intervals"/>.</summary>
    public List<Value> Members { get; } = [];

    /// <summary>Where the values live, as positions of the <see cref="Timeline"/>.</summary>
    public List<(int Start, int End)> Intervals { get; } = [];

    /// <summary>The innermost region that holds all its definitions.</summary>
    public Region Home { get; set; } = null!;

    /// <summary>Whether it is declared at the top of the method, because code that is not one C# block uses it.</summary>
    public bool Hoisted { get; set; }

    /// <summary>Whether it is declared by now.</summary>
    public bool Declared { get; set; }

    /// <summary>Whether values of both variables are never needed at once. One may end where the other begins.</summary>
    public bool IsDisjoint(Variable other)
    {
        foreach ((int Start, int End) mine in Intervals)
            foreach ((int Start, int End) theirs in other.Intervals)
                if (Overlap(mine, theirs)) return false;
        return true;
    }

    /// <summary>Whether two values live at once.</summary>
    public static bool Overlap((int Start, int End) a, (int Start, int End) b) => a.Start < b.End && b.Start < a.End || a.Start == b.Start;
}
