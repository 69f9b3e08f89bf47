using System.Text.Json;
using LbrCore.Formats.Tokenization;

namespace LbrCore.Tests.Formats.Tokenization;

/// <summary>The real tokenizers, each loaded once for all tests, and the files of expected results.</summary>
internal static class TokenizerFixtures
{
    private static readonly Lazy<Tokenizer> s_qwen3 = new(() => Tokenizer.Load(Folder("qwen3")));
    private static readonly Lazy<Tokenizer> s_deepSeek = new(() => Tokenizer.Load(Folder("deepseek_v3")));
    private static readonly Lazy<string?> s_shared = new(FindShared);

    public static Tokenizer Qwen3 => s_qwen3.Value;

    public static Tokenizer DeepSeekV3 => s_deepSeek.Value;

    /// <summary>The folder of tokenizers that may not be copied into the repository, where the checkout has one beside it.</summary>
    public static string? Shared => s_shared.Value;

    public static Tokenizer ByName(string name) => name == "qwen3" ? Qwen3 : DeepSeekV3;

    public static string Folder(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "tokenizers", name);

    public static JsonElement Expected(string file) => Json(Folder(file));

    public static JsonElement Json(string path) => JsonDocument.Parse(File.ReadAllBytes(path)).RootElement;

    public static int[] Integers(this JsonElement element, string member) =>
        [.. element.GetProperty(member).EnumerateArray().Select(id => id.GetInt32())];

    private static string? FindShared()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string candidate = Path.Combine(at.FullName, "shared", "fixtures", "tokenizers");
            if (Directory.Exists(Path.Combine(candidate, "llama3")))
                return candidate;
        }

        return null;
    }
}

/// <summary>A test of the Llama 3 tokenizer, whose licence keeps it out of the repository: skipped, with that reason, where it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class Llama3FactAttribute : FactAttribute
{
    public Llama3FactAttribute()
    {
        if (TokenizerFixtures.Shared is null)
            Skip = "There is no shared/fixtures/tokenizers/llama3 beside the repository; its licence keeps that tokenizer out of it.";
    }
}
