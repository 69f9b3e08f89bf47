using System.Text.Json;
using LbrCore.Cli.Tests.Eval;
using LbrCore.Cli.Tests.Models;
using Xunit;

namespace LbrCore.Cli.Tests.Tune;

public class TuneCommandTests
{
    [Fact]
    public void Trees_are_measured_and_generate_goes_by_the_profile()
    {
        using var folder = new Fixture.Folder();
        string model = folder["model"], page = folder["page.html"];
        Directory.CreateDirectory(model);
        foreach (string file in Directory.EnumerateFiles(Fixture.Model("qwen2-tiny-f32"))) File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        Lbr tune = Lbr.Run("tune", "--model", model, "--device", "cpu", "--widths", "2,3", "--depths", "1", "--contexts", "8", "--steps", "2", "--budget", "1000", "--html", page);
        Assert.Equal(0, tune.ExitCode);
        Assert.Contains("slow-down", tune.Output, StringComparison.Ordinal);
        Assert.Contains("--width 3 --depth 1: the widest tree within 1000x", tune.Output, StringComparison.Ordinal);
        Assert.Contains("<svg", File.ReadAllText(page), StringComparison.Ordinal);

        Lbr run = Lbr.Run("generate", "--model", model, "--device", "cpu", "--prompt-ids", "1,2,3", "--max-tokens", "4", "--tree", "auto", "--trace", folder["trace.jsonl"]);
        Assert.Equal(0, run.ExitCode);
        string first = File.ReadLines(folder["trace.jsonl"]).Skip(1).First();
        using JsonDocument step = JsonDocument.Parse(first);
        Assert.Equal(3, step.RootElement.GetProperty("slots").GetArrayLength());
    }

    [Fact]
    public void With_a_task_the_front_of_accuracy_and_cost_is_shown_and_saved()
    {
        using var model = new TaskModel();
        string page = Path.Combine(model.Path, "page.html");
        Lbr tune = Lbr.Run(
            "tune", "--model", model.Path, "--device", "cpu", "--task", "reachability", "--problems", "2", "--widths", "2", "--depths", "1", "--adaptive", "0.5", "--contexts", "8", "--steps", "2",
            "--budget", "1000", "--html", page);
        Assert.Equal(0, tune.ExitCode);
        Assert.Contains("2 problems of reachability", tune.Output, StringComparison.Ordinal);
        Assert.Contains("right %", tune.Output, StringComparison.Ordinal);
        Assert.Contains("Right answers and cost, batch 1, context 8", tune.Output, StringComparison.Ordinal);
        Assert.Contains("Right answers and cost", File.ReadAllText(page), StringComparison.Ordinal);
        using JsonDocument profile = JsonDocument.Parse(File.ReadAllText(Path.Combine(model.Path, "tree-profile.json")));
        Assert.Equal(3, profile.RootElement.GetProperty("accuracies").GetArrayLength());
        Assert.Equal(0.5, profile.RootElement.GetProperty("accuracies")[2].GetProperty("adaptive").GetDouble());
    }

    [Theory]
    [InlineData("--adaptive", "0", "'0' is no entropy; --adaptive takes numbers above 0")]
    [InlineData("--task", "nonsense", "There is no task 'nonsense'")]
    [InlineData("--widths", "2,x", "'x' is no size; --widths takes numbers")]
    [InlineData("--depths", "0", "'0' is no size; --depths takes numbers")]
    [InlineData("--budget", "0.9", "budget is 0.9")]
    public void Mistakes_are_one_sentence(string option, string value, string sentence)
    {
        Lbr run = Lbr.Run("tune", "--model", Fixture.Model("qwen2-tiny-f32"), "--device", "cpu", option, value);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(sentence, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_profile_auto_says_how_to_make_one()
    {
        Lbr run = Lbr.Run("generate", "--model", Fixture.Model("qwen2-tiny-f32"), "--device", "cpu", "--prompt-ids", "1", "--tree", "auto");
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("lbr tune", run.Error, StringComparison.Ordinal);
    }
}
