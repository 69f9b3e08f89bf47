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
            Assert.Equal(150, grpo.Steps);
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
