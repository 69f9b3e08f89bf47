using System.Text.Json;

namespace LbrCore.Formats.Tokenization.Loading;

/// <summary>Reads <c>normalizer</c>: nothing, NFC, or a Sequence of those.</summary>
internal static class NormalizerReader
{
    /// <summary>Whether text is to be brought to normalization form C.</summary>
    /// <exception cref="NotSupportedException">Another normalizer.</exception>
    public static bool Read(JsonElement? normalizer)
    {
        if (normalizer is not JsonElement element)
            return false;
        string type = element.Text("type", "normalizer");
        switch (type)
        {
            case "NFC":
                return true;
            case "Sequence":
                bool any = false;
                foreach (JsonElement item in element.Required("normalizers", "normalizer Sequence").Items("'normalizers'"))
                    any |= Read(item);
                return any;
            default:
                throw new NotSupportedException($"Normalizer '{type}' is not supported; the built-in tokenizer knows NFC and Sequence.");
        }
    }
}
