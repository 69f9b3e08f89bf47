using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using LbrCore.Formats.Tokenization;

namespace LbrCore.Tests.Formats.Tokenization;

/// <summary>Mutated files end in a tokenizer or in one of the two documented exceptions, soon.</summary>
public sealed class TokenizerFuzzTests
{
    private static readonly string[] s_splices =
    [
        "null", "[]", "{}", "-1", "1e999", "99999999999", "\"\"", "true", "\"\\ud800\"", "\"(?:\"", "\"[a-\"", "\"(a|b)*c{3}\"", "\"NFC\"", "\"Sequence\"", "{\"type\":\"ByteLevel\"}",
        "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"\\\\s+$\"},\"behavior\":\"Removed\"}", ",", ":", "[", "]", "{", "}", "\"",
    ];

    [Fact]
    public void MutatedBytes()
    {
        byte[] original = Encoding.UTF8.GetBytes(Source().ToJsonString());
        var random = new Random(21);
        Fuzz(4000, () =>
        {
            List<byte> bytes = [.. original];
            for (int edits = random.Next(1, 5); edits > 0; edits--)
            {
                int at = random.Next(bytes.Count);
                switch (random.Next(5))
                {
                    case 0:
                        bytes[at] = (byte)random.Next(256);
                        break;
                    case 1:
                        bytes.RemoveRange(at, Math.Min(random.Next(1, 40), bytes.Count - at));
                        break;
                    case 2:
                        bytes.InsertRange(at, Encoding.UTF8.GetBytes(s_splices[random.Next(s_splices.Length)]));
                        break;
                    case 3:
                        bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 200), bytes.Count - at)));
                        break;
                    default:
                        bytes.RemoveRange(at, bytes.Count - at);
                        bytes.Add((byte)'}');
                        break;
                }
            }

            return [.. bytes];
        });
    }

    [Fact]
    public void MutatedMembers()
    {
        string original = Source().ToJsonString();
        var random = new Random(22);
        Fuzz(4000, () =>
        {
            JsonObject file = JsonNode.Parse(original)!.AsObject();
            for (int edits = random.Next(1, 3); edits > 0; edits--)
            {
                JsonNode at = file;
                while (true)
                {
                    // Walk down to a random member and replace it by something of another shape.
                    List<(object Key, JsonNode? Value)> children = at switch
                    {
                        JsonObject o => [.. o.Select(pair => ((object)pair.Key, pair.Value))],
                        JsonArray a => [.. a.Select((value, i) => ((object)i, value))],
                        _ => [],
                    };
                    if (children.Count == 0)
                        break;
                    (object key, JsonNode? child) = children[random.Next(children.Count)];
                    if (child is JsonObject or JsonArray && random.Next(4) > 0)
                    {
                        at = child;
                        continue;
                    }

                    string splice = s_splices[random.Next(16)];
                    JsonNode? replacement = splice.Contains("999", StringComparison.Ordinal) ? JsonValue.Create(99999999999) : splice.Contains("ud800", StringComparison.Ordinal) ? JsonValue.Create("\uFFFD") : JsonNode.Parse(splice);
                    if (at is JsonObject owner)
                        owner[(string)key] = replacement;
                    else
                        ((JsonArray)at)[(int)key] = replacement;
                    break;
                }
            }

            return Encoding.UTF8.GetBytes(file.ToJsonString());
        });
    }

    [Fact]
    public void NestingIsBounded()
    {
        string deep = new StringBuilder().Insert(0, "{\"type\":\"Sequence\",\"normalizers\":[", 5000).Append("{\"type\":\"NFC\"}").Insert(0, "{\"normalizer\":").ToString();
        Assert.Throws<InvalidDataException>(() => Tokenizer.Parse(Encoding.UTF8.GetBytes(deep)));
    }

    private static JsonObject Source()
    {
        JsonObject file = SmallTokenizer.Json(SmallTokenizer.WithStep(SmallTokenizer.Split(@"(?i:'s)|[^\r\n\p{L}]?\p{L}+|\s+(?!\S)|.")));
        // A short vocabulary, so that edits hit the rest too.
        JsonObject vocabulary = file["model"]!["vocab"]!.AsObject();
        foreach (string token in vocabulary.Select(pair => pair.Key).Where(token => token.Length == 1 && !"abeginrĠĊ".Contains(token[0])).ToList())
            vocabulary.Remove(token);
        int id = 0;
        foreach (string token in vocabulary.Select(pair => pair.Key).ToList())
            vocabulary[token] = id++;
        foreach (JsonNode? token in file["added_tokens"]!.AsArray())
            token!["id"] = id++;
        file["post_processor"] = JsonNode.Parse("""{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<l>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"special_tokens":{"<l>":{"id":"<l>","ids":[18],"tokens":["<l>"]}}}""");
        return file;
    }

    private static void Fuzz(int count, Func<byte[]> next)
    {
        int accepted = 0, refused = 0;
        TimeSpan slowest = TimeSpan.Zero;
        for (int i = 0; i < count; i++)
        {
            byte[] json = next();
            long before = Stopwatch.GetTimestamp();
            try
            {
                Tokenizer tokenizer = Tokenizer.Parse(json);
                tokenizer.Decode(tokenizer.Encode("a being <l> <m>\n  bé\u0301rin'S ab"));
                accepted++;
            }
            catch (Exception e) when (e is InvalidDataException or NotSupportedException)
            {
                Assert.NotEmpty(e.Message);
                refused++;
            }

            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(before).Ticks));
        }

        Assert.True(accepted > count / 100 && refused > count / 10, $"{accepted} accepted, {refused} refused");
        Assert.True(slowest < TimeSpan.FromSeconds(20), $"one file took {slowest}");
    }
}
