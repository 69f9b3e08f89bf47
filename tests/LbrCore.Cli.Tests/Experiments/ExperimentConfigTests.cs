using LbrCore.Cli.Tests.Demo;
using LbrCore.Tasks;
using LbrCore.Training.Runs;
using Xunit;

namespace LbrCore.Cli.Tests.Experiments;

/// <summary>The configurations of the experiments can be read and are in range.</summary>
public class ExperimentConfigTests
{
    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Folder, "*.json", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Folder, path)).Order()];

    private static string Folder => Path.Combine(WeightsTests.Root(), "bench", "experiments");

    /// <summary>Methods are compared after equally many steps, with as many problems and answers in each.</summary>
    [Theory]
    [InlineData("arithmetic", 150)]
    [InlineData("arithmetic-long", 120)]
    [InlineData("options", 15)]
    [InlineData("reachability", 150)]
    [InlineData("reachability-w4", 150)]
    public void Methods_of_an_experiment_take_the_same_steps(string experiment, int steps)
    {
        GrpoRunConfig[] methods =
        [
            .. Directory.EnumerateFiles(Path.Combine(Folder, experiment), "*.json")
                .Where(path => !Path.GetFileName(path).StartsWith("sft", StringComparison.Ordinal)).Select(RunConfigFile.LoadGrpo),
        ];
        Assert.True(methods.Length > 1, $"{methods.Length} methods");
        Assert.All(methods, method => Assert.Equal((steps, methods[0].Grpo.Prompts, methods[0].Grpo.Rollouts), (method.Steps, method.Grpo.Prompts, method.Grpo.Rollouts)));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_configuration_is_valid(string file)
    {
        string path = Path.Combine(Folder, file);
        if (!Path.GetFileName(file).StartsWith("sft", StringComparison.Ordinal))
        {
            GrpoRunConfig grpo = RunConfigFile.LoadGrpo(path);
            (grpo.Output, grpo.From) = ("out", "in");
            grpo.Validate();
            return;
        }

        SupervisedRunConfig config = RunConfigFile.LoadSupervised(path);
        config.Output = "out";
        config.Validate();
        Assert.All(config.Stages, stage =>
        {
            ReasoningTask task = TaskCatalog.Read(stage.Task);
            Assert.InRange(task.MaxPromptLength + task.MaxAnswerLength, 1, config.Model!.Positions);
        });
    }
}
