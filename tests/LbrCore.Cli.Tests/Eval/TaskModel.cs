using LbrCore.Cli.Tests.Models;
using LbrCore.Tasks;

namespace LbrCore.Cli.Tests.Eval;

/// <summary>A folder with a tiny random model, a task and its vocabulary: untrained, so its answers are noise, but everything about them can be checked.</summary>
internal sealed class TaskModel : IDisposable
{
    public TaskModel(string task = "reachability")
    {
        foreach (string file in (string[])["config.json", "model.safetensors"]) File.Copy(System.IO.Path.Combine(Fixture.Model("qwen2-tiny-f32"), file), System.IO.Path.Combine(Path, file));
        TaskCatalog.Save(TaskCatalog.Create(task), Path);
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("lbrcore-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
