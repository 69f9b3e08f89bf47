using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Model;
using LbrCore.Tasks;
using LbrCore.Tests.Formats;
using LbrCore.Training.Optimization;
using LbrCore.Training.Supervised;

namespace LbrCore.Tests.Training;

/// <summary>Questions that are packed as branches below what they share teach the same as problems of their own.</summary>
public class FurtherQuestionTests
{
    private static readonly int[] Shared = [3, 14, 15, 92, 65];

    [Fact]
    public void Branches_teach_what_separate_problems_teach()
    {
        var branched = new Problem
        {
            Hash = 0,
            Prompt = [.. Shared, 7],
            Solution = [8, 9],
            Further = [new FurtherQuestion(5, [10, 11], [12, 13, 14]), new FurtherQuestion(4, [16], [17]), new FurtherQuestion(5, [7, 8], [5])],
        };
        Problem[] separate = [Separate([.. Shared, 7], [8, 9]), Separate([.. Shared, 10, 11], [12, 13, 14]), Separate([.. Shared[..4], 16], [17]), Separate([.. Shared, 7, 8], [5])];
        Dictionary<string, double> tree = Learn(branched), texts = Learn(separate);
        Assert.Equal((7.0, 7.0), (tree["targets"], texts["targets"]));
        Assert.Equal(texts["loss"], tree["loss"], 1e-5);
        Assert.Equal(texts["gradient_norm"], tree["gradient_norm"], 1e-4 * texts["gradient_norm"]);
        // Six tokens and a solution's first; then five, and what follows each branching token.
        Assert.Equal((7.0 + 4 + 1 + 2, 7.0 + 9 + 5 + 7), (tree["rows"], texts["rows"]));
    }

    private static Problem Separate(int[] prompt, int[] solution) => new() { Hash = 0, Prompt = prompt, Solution = solution };

    private static Dictionary<string, double> Learn(params Problem[] problems)
    {
        using Device device = Device.Open("cpu");
        using var model = (Transformer<float>)Transformer.Load(ModelFixtures.Folder("qwen3-tiny-f32"), device, TensorDtype.F32);
        using var trainer = new SupervisedTrainer<float>(model, new OptimizerOptions(), maxRows: 64);
        return trainer.Step(problems, 1, 1, report: true).ToDictionary(metric => metric.Name, metric => metric.Value);
    }
}
