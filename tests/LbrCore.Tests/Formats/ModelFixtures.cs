namespace LbrCore.Tests.Formats;

/// <summary>The reference models under Fixtures/models, found beside the test assembly.</summary>
internal static class ModelFixtures
{
    public static readonly string[] Names = ["llama3-tiny-f32-sharded", "qwen2-hd128-bf16", "qwen2-tiny-f32", "qwen3-tiny-f32"];

    public static TheoryData<string> All => new(Names);

    public static TheoryData<string> AllFiles => new(Directory.EnumerateFiles(Root, "*.safetensors", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Root, path)).Order(StringComparer.Ordinal));

    public static string Root { get; } = Path.Combine(AppContext.BaseDirectory, "Fixtures", "models");

    public static string Folder(string name) => Path.Combine(Root, name);
}
