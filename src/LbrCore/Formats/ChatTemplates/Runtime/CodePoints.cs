using System.Text;

namespace LbrCore.Formats.ChatTemplates.Runtime;

/// <summary>Text by code point, as Python counts it. Text without surrogates, the usual case, is used as it is.</summary>
internal static class CodePoints
{
    /// <summary>How many code points the text has.</summary>
    public static int Length(string text)
    {
        int pairs = 0;
        if (HasSurrogates(text))
            for (int i = 1; i < text.Length; i++)
                if (char.IsSurrogatePair(text[i - 1], text[i]))
                    pairs++;
        return text.Length - pairs;
    }

    /// <summary>The code points as strings of their own.</summary>
    public static List<string> Split(string text)
    {
        var parts = new List<string>(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            bool pair = i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]);
            parts.Add(text.Substring(i, pair ? 2 : 1));
            i += pair ? 1 : 0;
        }

        return parts;
    }

    /// <summary>The code points at some places, joined.</summary>
    public static string Pick(string text, IEnumerable<int> indices)
    {
        var picked = new StringBuilder();
        if (HasSurrogates(text))
        {
            List<string> parts = Split(text);
            foreach (int index in indices)
                picked.Append(parts[index]);
        }
        else
        {
            foreach (int index in indices)
                picked.Append(text[index]);
        }

        return picked.ToString();
    }

    private static bool HasSurrogates(string text) => text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF');
}
