using LbrCore.Cli.Tests.Eval;
using Xunit;

namespace LbrCore.Cli.Tests.Demo;

public class DemoCommandTests
{
    [Fact]
    public void A_tree_is_drawn_and_right_and_wrong_are_counted()
    {
        using var model = new TaskModel("countdown");
        Lbr run = Lbr.Run("demo", "--device", "cpu", "--weights", model.Path, "--problems", "3", "--seed", "2");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("token 1", run.Output, StringComparison.Ordinal);
        Assert.Contains("committed", run.Output, StringComparison.Ordinal);
        Assert.Contains("answer: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("3 unseen problems", run.Output, StringComparison.Ordinal);
        Assert.Contains("Local Branch Routing, K=3 L=1", run.Output, StringComparison.Ordinal);
        Assert.Contains("discrete decoding", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_task_is_named()
    {
        using var model = new TaskModel();
        File.Delete(Path.Combine(model.Path, "task.json"));
        Lbr run = Lbr.Run("demo", "--device", "cpu", "--weights", model.Path);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("task.json", run.Error, StringComparison.Ordinal);
    }
}
