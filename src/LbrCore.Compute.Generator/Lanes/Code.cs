namespace LbrCore.Compute.Generator.Lanes;

/// <summary>How tightly a C# expression binds; a looser one needs parentheses as an operand.</summary>
internal enum Binding
{
    Conditional,
    Or,
    Xor,
    And,
    Equality,
    Relational,
    Shift,
    Additive,
    Multiplicative,
    Unary,
    Primary,
}

/// <summary>A C# expression.</summary>
internal readonly record struct Code(string Text, Binding Binding)
{
    /// <summary>A name, a literal, a call or a member access.</summary>
    public static Code Primary(string text) => new(text, Binding.Primary);

    /// <summary>A prefix operator or a cast. A minus behind it needs parentheses: <c>(I32)-5</c> is a difference, and two of them are a decrement.</summary>
    public static Code Unary(string prefix, Code operand) =>
        new(prefix + (operand.Text[0] == '-' ? $"({operand.Text})" : operand.In(Binding.Unary)), Binding.Unary);

    /// <summary>A binary operator, from left to right.</summary>
    public static Code Binary(Code left, string sign, Code right, Binding binding)
    {
        // Shifts and bit operations stand in parentheses inside other operators, and have them around what stands in them: few know their order.
        bool plain = binding is Binding.Additive or Binding.Multiplicative or Binding.Relational or Binding.Equality;
        string Operand(Code c, bool first) =>
            c.Binding >= Binding.Unary || (plain && c.Binding is Binding.Additive or Binding.Multiplicative && (first ? c.Binding >= binding : c.Binding > binding)) || (first && !plain && c.Binding == binding && binding != Binding.Shift)
                ? c.Text
                : $"({c.Text})";
        return new($"{Operand(left, true)} {sign} {Operand(right, false)}", binding);
    }

    /// <summary>The text as an operand of something that binds as tightly as <paramref name="context"/>.</summary>
    public string In(Binding context) => Binding >= context ? Text : $"({Text})";

    /// <summary>The text where any expression may stand.</summary>
    public override string ToString() => Text;
}
