using LbrCore.Formats;
using LbrCore.Formats.Safetensors;

namespace LbrCore.Cli.Tests.Models;

/// <summary>The reference models and tokenizers beside the test assembly.</summary>
internal static class Fixture
{
    public static string Model(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "models", name);

    public static string Tokenizer(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "tokenizers", name);

    public static SafetensorsModel Expected(string name) => SafetensorsModel.Open(Path.Combine(Model(name), "expected.safetensors"));

    public static void Write(string path, params (string Name, int[] Values, long[] Shape)[] tensors)
    {
        using SafetensorsWriter writer = SafetensorsWriter.Create(path, tensors.Select(tensor => new TensorSpec(tensor.Name, TensorDtype.I32, tensor.Shape)));
        foreach ((string name, int[] values, long[] _) in tensors) writer.Append<int>(name, values);
        writer.Commit();
    }

    /// <summary>A folder of its own, removed with everything in it.</summary>
    public sealed class Folder : IDisposable
    {
        private readonly string _path = Directory.CreateTempSubdirectory("lbr-cli-").FullName;

        public string this[string name] => Path.Combine(_path, name);

        public void Dispose() => Directory.Delete(_path, recursive: true);
    }
}
