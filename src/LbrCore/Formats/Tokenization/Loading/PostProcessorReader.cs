using System.Text.Json;
using LbrCore.Formats.Tokenization.BytePairs;

namespace LbrCore.Formats.Tokenization.Loading;

/// <summary>
/// Reads <c>post_processor</c>: TemplateProcessing (its template for a single text), ByteLevel (which moves offsets only) and Sequences of them.
/// </summary>
internal static class PostProcessorReader
{
    /// <summary>The special tokens to put around a text.</summary>
    /// <exception cref="NotSupportedException">Another post-processor.</exception>
    public static SpecialTokenFrame Read(JsonElement? processor)
    {
        if (processor is not JsonElement element)
            return SpecialTokenFrame.None;
        string type = element.Text("type", "post_processor");
        switch (type)
        {
            case "ByteLevel":
                return SpecialTokenFrame.None;
            case "TemplateProcessing":
                return ReadTemplate(element);
            case "Sequence":
                SpecialTokenFrame frame = SpecialTokenFrame.None;
                foreach (JsonElement item in element.Required("processors", "post_processor Sequence").Items("'processors'"))
                {
                    SpecialTokenFrame outer = Read(item);
                    frame = new SpecialTokenFrame([.. outer.Before, .. frame.Before], [.. frame.After, .. outer.After]);
                }

                return frame;
            default:
                throw new NotSupportedException(
                    $"Post-processor '{type}' is not supported; the built-in tokenizer knows TemplateProcessing, ByteLevel and Sequence.");
        }
    }

    private static SpecialTokenFrame ReadTemplate(JsonElement template)
    {
        const string Where = "post_processor TemplateProcessing";
        JsonElement? specialTokens = template.Member("special_tokens", Where);
        var before = new List<int>();
        var after = new List<int>();
        bool sequenceSeen = false;
        foreach (JsonElement piece in template.Required("single", Where).Items($"'single' of {Where}"))
        {
            if (piece.Member("Sequence", $"a piece of {Where}") is JsonElement sequence)
            {
                if (sequenceSeen || sequence.Text("id", "Sequence") != "A")
                    throw new NotSupportedException($"{Where} whose 'single' is not one Sequence A is not supported.");
                sequenceSeen = true;
                continue;
            }

            string name = piece.Required("SpecialToken", $"a piece of {Where}").Text("id", "SpecialToken");
            JsonElement token = specialTokens?.Member(name, "'special_tokens'")
                ?? throw new InvalidDataException($"{Where} uses the special token '{name}' but does not define it.");
            foreach (JsonElement id in token.Required("ids", $"special token '{name}'").Items($"'ids' of special token '{name}'"))
                (sequenceSeen ? after : before).Add(CheckedId(id.AsInteger($"an id of special token '{name}'"), name));
        }

        return sequenceSeen ? new SpecialTokenFrame(before, after) : throw new InvalidDataException($"'single' of {Where} has no Sequence.");
    }

    private static int CheckedId(long id, string name) =>
        id is >= 0 and < Vocabulary.IdLimit ? (int)id : throw new InvalidDataException($"Special token '{name}' has id {id}; ids must lie in 0..{Vocabulary.IdLimit - 1}.");
}
