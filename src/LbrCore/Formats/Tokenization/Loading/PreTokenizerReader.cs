using System.Text.Json;
using LbrCore.Formats.Tokenization.Patterns;
using LbrCore.Formats.Tokenization.PreTokenization;

namespace LbrCore.Formats.Tokenization.Loading;

/// <summary>Reads <c>pre_tokenizer</c>: any number of Split and Digits steps, then ByteLevel.</summary>
internal static class PreTokenizerReader
{
    private const int MaximumStages = 32;

    // GPT-2's own pattern, which ByteLevel applies unless told otherwise.
    private const string ByteLevelPattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>The steps, in order.</summary>
    /// <exception cref="NotSupportedException">Another pre-tokenizer, or steps that do not end with ByteLevel.</exception>
    public static PreTokenizer Read(JsonElement? preTokenizer)
    {
        if (preTokenizer is not JsonElement element)
            throw new NotSupportedException("A tokenizer without a pre-tokenizer is not supported; the built-in tokenizer needs ByteLevel.");

        var steps = new List<JsonElement>();
        Flatten(element, steps);
        var stages = new List<SplitStage>();
        for (int i = 0; i < steps.Count; i++)
        {
            bool last = i == steps.Count - 1;
            string type = steps[i].Text("type", "pre_tokenizer");
            if (type == "ByteLevel" != last)
            {
                throw new NotSupportedException(last
                    ? $"Pre-tokenizer '{type}' as the last step is not supported; the built-in tokenizer needs ByteLevel there."
                    : $"A pre-tokenizer '{TypeOf(steps[i + 1])}' behind ByteLevel is not supported.");
            }

            if (!last)
                stages.Add(type switch
                {
                    "Split" => ReadSplit(steps[i]),
                    "Digits" => ReadDigits(steps[i]),
                    _ => throw new NotSupportedException($"Pre-tokenizer '{type}' is not supported; the built-in tokenizer knows Split, Digits, ByteLevel and Sequence."),
                });
        }

        return steps.Count == 0
            ? throw new NotSupportedException("An empty pre-tokenizer Sequence is not supported; the built-in tokenizer needs ByteLevel.")
            : ReadByteLevel(steps[^1], stages);
    }

    private static void Flatten(JsonElement element, List<JsonElement> steps)
    {
        if (TypeOf(element) == "Sequence")
        {
            foreach (JsonElement item in element.Required("pretokenizers", "pre_tokenizer Sequence").Items("'pretokenizers'"))
                Flatten(item, steps);
            return;
        }

        if (steps.Count == MaximumStages)
            throw new NotSupportedException($"More than {MaximumStages} pre-tokenizers are not supported.");
        steps.Add(element);
    }

    private static string TypeOf(JsonElement element) => element.Text("type", "pre_tokenizer");

    private static PreTokenizer ReadByteLevel(JsonElement element, List<SplitStage> stages)
    {
        const string Where = "pre_tokenizer ByteLevel";
        bool useRegex = element.Boolean("use_regex", otherwise: true, Where);
        element.Boolean("trim_offsets", otherwise: true, Where);
        return new PreTokenizer(
            stages,
            element.Boolean("add_prefix_space", otherwise: true, Where),
            useRegex ? new SplitStage(SplitPattern.Parse(ByteLevelPattern), SplitBehavior.Isolated, Invert: false) : null);
    }

    private static SplitStage ReadDigits(JsonElement element)
    {
        bool individual = element.Boolean("individual_digits", otherwise: false, "pre_tokenizer Digits");
        return new SplitStage(
            SplitPattern.OneOf("one numeric character", UnicodeClasses.Numeric),
            individual ? SplitBehavior.Isolated : SplitBehavior.Contiguous,
            Invert: false);
    }

    private static SplitStage ReadSplit(JsonElement element)
    {
        const string Where = "pre_tokenizer Split";
        JsonElement pattern = element.Required("pattern", Where);
        JsonElement? regex = pattern.Member("Regex", $"'pattern' of {Where}"), literal = pattern.Member("String", $"'pattern' of {Where}");
        string text = (regex ?? literal ?? throw new NotSupportedException($"{Where} with neither a Regex nor a String pattern is not supported."))
            .AsText($"the pattern of {Where}");
        string behavior = element.Text("behavior", Where);
        SplitBehavior parsed = behavior switch
        {
            "Isolated" => SplitBehavior.Isolated,
            "Removed" => SplitBehavior.Removed,
            "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
            "MergedWithNext" => SplitBehavior.MergedWithNext,
            "Contiguous" => SplitBehavior.Contiguous,
            _ => throw new NotSupportedException($"{Where} with the behavior '{behavior}' is not supported."),
        };
        if (regex is null && text.Length == 0)
            throw new NotSupportedException($"{Where} with an empty String pattern is not supported.");
        return new SplitStage(regex is null ? SplitPattern.Literal(text) : SplitPattern.Parse(text), parsed, element.Boolean("invert", otherwise: false, Where));
    }
}
