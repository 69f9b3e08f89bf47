using System.Numerics;

namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>Python's truth of a value.</summary>
internal static class Truth
{
    /// <summary>False for none, undefined, false, zero, and whatever is empty.</summary>
    public static bool Of(object? value) => value switch
    {
        null or Undefined => false,
        bool b => b,
        long n => n != 0,
        BigInteger n => !n.IsZero,
        double d => d != 0,
        string text => text.Length > 0,
        TemplateSequence sequence => sequence.Items.Count > 0,
        TemplateMapping mapping => mapping.Count > 0,
        _ => true,
    };
}
