using System.Text;
using System.Text.Json.Nodes;
using LbrCore.Formats.Tokenization;

namespace LbrCore.Tests.Formats.Tokenization;

/// <summary>A tokenizer.json small enough to build per test: 256 bytes, eight merges, eight added tokens with every flag.</summary>
internal static class SmallTokenizer
{
    private static readonly string[] s_merged = ["ab", "Ġa", "er", "in", "ing", "ĊĊ", "ĠĠ", "ĠĠĠĠ"];
    private static readonly string[] s_merges = ["a b", "Ġ a", "e r", "i n", "in g", "Ċ Ċ", "Ġ Ġ", "ĠĠ ĠĠ"];

    /// <summary>The file; <paramref name="changes"/> replace its members, and those of its model one by one.</summary>
    public static JsonObject Json(JsonObject? changes = null)
    {
        var file = new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = AddedTokens(),
            ["normalizer"] = null,
            ["pre_tokenizer"] = ByteLevel(),
            ["post_processor"] = null,
            ["decoder"] = ByteLevel(),
            ["model"] = Model(),
        };
        foreach ((string name, JsonNode? value) in changes ?? [])
        {
            if (name != "model")
                file[name] = value?.DeepClone();
            foreach ((string member, JsonNode? part) in name == "model" ? value!.AsObject() : [])
                file["model"]![member] = part?.DeepClone();
        }

        return file;
    }

    public static Tokenizer Create(JsonObject? changes = null) => Parse(Json(changes));

    public static Tokenizer Parse(JsonObject file) => Tokenizer.Parse(Encoding.UTF8.GetBytes(file.ToJsonString()));

    /// <summary>One step more in front of ByteLevel without a pattern of its own.</summary>
    public static JsonObject WithStep(JsonObject step)
    {
        JsonObject byteLevel = ByteLevel();
        byteLevel["use_regex"] = false;
        return new JsonObject { ["pre_tokenizer"] = new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(step, byteLevel) } };
    }

    public static JsonObject Split(string regex, string behavior = "Isolated") => new()
    {
        ["type"] = "Split",
        ["pattern"] = new JsonObject { ["Regex"] = regex },
        ["behavior"] = behavior,
        ["invert"] = false,
    };

    public static JsonObject ByteLevel() => new() { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["trim_offsets"] = true, ["use_regex"] = true };

    private static JsonObject Model()
    {
        var vocabulary = new JsonObject();
        foreach (string token in Enumerable.Range(0, 256).Select(b => Spell((byte)b)).Concat(s_merged))
            vocabulary[token] = vocabulary.Count;
        // The byte tokens have their bytes as ids.
        return new JsonObject
        {
            ["type"] = "BPE",
            ["vocab"] = vocabulary,
            ["merges"] = new JsonArray([.. s_merges.Select(merge => JsonValue.Create(merge))]),
        };
    }

    private static string Spell(byte value)
    {
        // GPT-2's table, written out once more from its definition.
        static bool Visible(int b) => b is >= 33 and <= 126 or >= 161 and <= 172 or >= 174 and <= 255;
        int character = Visible(value) ? value : 256 + Enumerable.Range(0, value).Count(b => !Visible(b));
        return ((char)character).ToString();
    }

    private static JsonArray AddedTokens()
    {
        return
        [
            Token("<w>", 264, "single_word"), Token("<l>", 265, "lstrip"), Token("<r>", 266, "rstrip"), Token("<m>", 267, "lstrip", "rstrip", "special"),
            Token("e\u0301<n>", 268, "normalized"), Token("<<", 269), Token("<<<", 270, "normalized"), Token("zQ", 271, "single_word", "normalized"),
        ];

        static JsonObject Token(string content, int id, params string[] set)
        {
            var token = new JsonObject { ["id"] = id, ["content"] = content };
            foreach (string flag in (string[])["single_word", "lstrip", "rstrip", "normalized", "special"])
                token[flag] = set.Contains(flag);
            return token;
        }
    }
}
