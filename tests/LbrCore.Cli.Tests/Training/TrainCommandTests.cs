using System.Diagnostics;
using System.Text.Json;
using LbrCore.Cli.Tests.Models;
using LbrCore.Training.Runs;
using Xunit;

namespace LbrCore.Cli.Tests.Training;

/// <summary><c>lbr train</c> as a person uses it: killed and started again, misconfigured, looked up.</summary>
public class TrainCommandTests
{
    private const string Config = """
        {
          "seed": 3, "max_rows": 1024, "log_every": 1, "checkpoint_every": 1, "evaluation_problems": 0,
          "model": { "hidden": 32, "layers": 1, "heads": 2, "intermediate": 64, "positions": 32 },
          "stages": [ { "task": { "task": "recall", "radix": 4, "width": 1, "edges": 2, "queries": 1 }, "steps": 40, "batch": 16 } ]
        }
        """;

    [Fact]
    public void A_killed_run_ends_as_one_that_was_not_killed()
    {
        using var folder = new Fixture.Folder();
        File.WriteAllText(folder["config.json"], Config);
        string[] whole = ["train", "sft", folder["config.json"], "--device", "cpu", "--output", folder["whole"]], killed = [.. whole[..^1], folder["killed"]];
        Assert.Equal(0, Lbr.Run(whole).ExitCode);
        for (int kill = 0; kill < 3; kill++) KillAfterSomeSteps(killed, folder["killed"]);
        Assert.NotEmpty(Directory.GetFiles(folder["killed"], "checkpoint-*"));
        Lbr last = Lbr.Run(killed);
        Assert.True(last.ExitCode == 0, last.Error);
        Assert.Equal(File.ReadAllBytes(Path.Combine(folder["whole"], "model", "model.safetensors")), File.ReadAllBytes(Path.Combine(folder["killed"], "model", "model.safetensors")));
        Assert.Equal(File.ReadLines(Path.Combine(folder["whole"], "log.jsonl")).Count(), File.ReadLines(Path.Combine(folder["killed"], "log.jsonl")).Count());
    }

    [Fact]
    public async Task A_run_that_is_asked_to_stop_saves_first()
    {
        if (OperatingSystem.IsWindows()) return;
        using var folder = new Fixture.Folder();
        File.WriteAllText(folder["config.json"], Config.Replace("\"checkpoint_every\": 1", "\"checkpoint_every\": 0", StringComparison.Ordinal).Replace("\"steps\": 40", "\"steps\": 100000", StringComparison.Ordinal));
        using Process process = Start("train", "sft", folder["config.json"], "--device", "cpu", "--output", folder["run"]);
        try
        {
            while (await process.StandardOutput.ReadLineAsync() is { } line && !line.StartsWith("train 3:", StringComparison.Ordinal)) { }
            // A full pipe would hold the run up.
            Task<string> rest = process.StandardOutput.ReadToEndAsync();
            using (Process kill = Process.Start("kill", ["-TERM", $"{process.Id}"])) await kill.WaitForExitAsync();
            await rest.WaitAsync(TimeSpan.FromSeconds(60));
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
            Assert.Equal(143, process.ExitCode);
        }
        finally
        {
            process.Kill();
        }

        Assert.NotNull(Newest(folder["run"]));
    }

    [Theory]
    [InlineData("""{ "stepz": 3 }""", "stepz")]
    [InlineData("""{ "grpo": { "siblings": "iid" } }""", "'grpo.siblings' has a value of the wrong kind, line 1; it should be Independent, Distinct.")]
    [InlineData("""{ "grpo": { "width": 2.5 } }""", "'grpo.width'")]
    [InlineData("{}", "output")]
    [InlineData("not json", "config.json")]
    public void A_wrong_configuration_is_one_sentence(string json, string reason)
    {
        using var folder = new Fixture.Folder();
        File.WriteAllText(folder["config.json"], json);
        Lbr run = Lbr.Run("train", "grpo", folder["config.json"], "--device", "cpu");
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_named()
    {
        using var folder = new Fixture.Folder();
        File.WriteAllText(folder["config.json"], Config);
        Lbr run = Lbr.Run("train", "sft", folder["config.json"], "--device", "cpu", "--output", folder["config.json"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("config.json", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_member_of_a_configuration_is_documented()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "LbrCore.sln"))) folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("The repository is not above the tests.");
        string text = File.ReadAllText(Path.Combine(folder, "src", "LbrCore", "Training", "README.md"));
        string[] configs =
        [
            RunConfigFile.ToJson(new SupervisedRunConfig { Type = "", From = "", Model = new NewModelConfig(), Stages = [new StageConfig { Task = JsonSerializer.SerializeToElement("") }] }),
            RunConfigFile.ToJson(new GrpoRunConfig { Type = "", From = "", Router = new NewRouterConfig() }),
        ];
        foreach (string config in configs)
        {
            using JsonDocument json = JsonDocument.Parse(config);
            foreach (string name in Names(json.RootElement)) Assert.Contains($"`{name}`", text, StringComparison.Ordinal);
        }
    }

    private static IEnumerable<string> Names(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Names(member.Value).Prepend(member.Name)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Names),
        _ => [],
    };

    // Until there is a newer checkpoint than at the start, then without warning.
    private static void KillAfterSomeSteps(string[] args, string output)
    {
        string? before = Newest(output);
        using Process process = Start(args);
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        long begun = Stopwatch.GetTimestamp();
        while (!process.HasExited && Newest(output) == before && Stopwatch.GetElapsedTime(begun).TotalSeconds < 60) Thread.Sleep(5);
        process.Kill();
        process.WaitForExit();
    }

    private static Process Start(params string[] args) =>
        Process.Start(new ProcessStartInfo("dotnet", [typeof(CommandLine).Assembly.Location, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static string? Newest(string output) => Directory.Exists(output) ? Directory.GetFiles(output, "checkpoint-*").Order(StringComparer.Ordinal).LastOrDefault() : null;
}
