using LbrCore.Decoding;
using LbrCore.Evaluation;
using LbrCore.Formats;
using LbrCore.Model;
using LbrCore.Tasks;
using LbrCore.Tests.Formats;
using LbrCore.Tests.Model;
using LbrCore.Tuning;

namespace LbrCore.Tests.Tuning;

/// <summary>The choice of a tree from what trees cost, its file, and the measurement on a small model.</summary>
public sealed class TreeProfileTests(FixtureModels models) : IClassFixture<FixtureModels>
{
    private static readonly TreeProfile s_profile = new("a device", "bf16", 1.2,
    [
        Cost(1, 1, 1, 512, 1), Cost(2, 1, 1, 512, 1.05), Cost(3, 1, 1, 512, 1.1), Cost(2, 2, 1, 512, 1.15), Cost(6, 1, 1, 512, 1.19), Cost(3, 2, 1, 512, 1.3),
        Cost(1, 1, 1, 4096, 1), Cost(2, 1, 1, 4096, 1.3), Cost(3, 1, 1, 4096, double.NaN),
        Cost(1, 1, 8, 512, 1), Cost(2, 1, 8, 512, 1.1), Cost(3, 1, 8, 512, 1.25),
    ]);

    [Theory]
    [InlineData(1, 512, 6, 1)]
    [InlineData(1, 100, 6, 1)]
    [InlineData(1, 4096, 1, 1)]
    [InlineData(1, null, 1, 1)]
    [InlineData(5, 512, 2, 1)]
    [InlineData(64, 9999, 2, 1)]
    public void The_most_nodes_within_the_budget_under_the_nearest_load(int batch, int? context, int width, int depth)
    {
        TreeProfile profile = s_profile with { Measurements = [.. s_profile.Measurements.Where(m => (m.Width, m.Depth) != (2, 2))] };
        Assert.Equal(new TreeChoice(width, depth), profile.Recommend(batch, context));
    }

    [Fact]
    public void Of_equally_many_nodes_the_faster_tree_is_chosen() => Assert.Equal(new TreeChoice(2, 2), s_profile.Recommend(1, 512));

    [Fact]
    public void With_a_task_the_tree_that_is_most_often_right_within_the_budget_is_chosen()
    {
        TreeProfile profile = s_profile with { Task = "a task", Accuracies = [Right(1, 1, 0.5), Right(2, 1, 0.6), Right(3, 1, 0.55), Right(2, 2, 0.7), Right(6, 1, 0.7), Right(3, 2, 0.9)] };
        // (2, 2) and (6, 1) are as good, the first is faster; (3, 2) is better and too slow.
        Assert.Equal(new TreeChoice(2, 2), profile.Recommend(1, 512));
        Assert.Equal(new TreeChoice(3, 2), (profile with { Budget = 1.4 }).Recommend(1, 512));
        Assert.Equal(new TreeChoice(2, 1), (profile with { Budget = 1.1 }).Recommend(1, 512));
        Assert.Equal(TreeChoice.Plain, profile.Recommend(1, 4096));
        Assert.Equal(TreeChoice.Plain, (profile with { Accuracies = [Right(1, 1, 0.8), Right(2, 1, 0.6)] }).Recommend(1, 512));
    }

    [Fact]
    public void The_front_holds_what_nothing_beats_in_time_and_accuracy()
    {
        TreeProfile profile = s_profile with { Task = "a task", Accuracies = [Right(1, 1, 0.5), Right(2, 1, 0.6), Right(3, 1, 0.55), Right(2, 2, 0.7), Right(6, 1, 0.7), Right(3, 2, 0.9)] };
        Assert.Equal([new TreeChoice(1, 1), new TreeChoice(2, 1), new TreeChoice(2, 2), new TreeChoice(3, 2)], profile.Front(1, 512).Select(m => m.Tree));
        Assert.Empty(s_profile.Front(1, 512));
    }

    [Fact]
    public void An_adaptive_tree_is_chosen_by_what_it_answers_alone()
    {
        TreeMeasurement adaptive = Cost(6, 1, 1, 512, 1.01) with { AdaptiveEntropy = 0.5 };
        TreeProfile profile = s_profile with { Measurements = [.. s_profile.Measurements, adaptive] };
        Assert.Equal(new TreeChoice(2, 2), profile.Recommend(1, 512));
        var right = new TreeAccuracy(adaptive.Tree, new Interval(0.9, 0.8, 1), default, 10, 2.5);
        Assert.Equal(new TreeChoice(6, 1, 0.5), (profile with { Task = "a task", Accuracies = [Right(1, 1, 0.5), right] }).Recommend(1, 512));
    }

    [Fact]
    public void Accuracies_and_thresholds_survive_the_file()
    {
        using var folder = new TemporaryFolder();
        TreeAccuracy[] accuracies = [Right(1, 1, 0.5), new(new TreeChoice(3, 2, 0.25), new Interval(0.6, 0.5, 0.75), new Interval(0.1, -0.125, 0.2), 40, 5.5)];
        TreeProfile profile = s_profile with { Task = "a task", Accuracies = accuracies, Measurements = [.. s_profile.Measurements, Cost(3, 2, 1, 512, 1.2) with { AdaptiveEntropy = 0.25 }] };
        profile.Save(folder.File(TreeProfile.FileName));
        TreeProfile loaded = TreeProfile.Load(folder.Path);
        Assert.Equal(profile.Measurements, loaded.Measurements);
        Assert.Equal(accuracies, loaded.Accuracies);
        Assert.Equal("a task", loaded.Task);
    }

    [Fact]
    public void Trees_of_the_grid_answer_the_same_problems()
    {
        Transformer model = models.Load("qwen2-tiny-f32", TensorDtype.F32);
        var task = new TuningTask(TaskCatalog.Create("arithmetic"), 3) { Sampling = new SamplingOptions { Temperature = 0.5, Seed = 2 } };
        var tuner = new TreeTuner { Widths = [2], Depths = [1], AdaptiveEntropies = [100], Contexts = [6], Steps = 2, Text = task.Text() };
        TreeProfile profile = task.Complete(tuner.Run(model, 1000), model, tuner.Trees());
        Assert.Equal("arithmetic", profile.Task);
        Assert.Equal([TreeChoice.Plain, new TreeChoice(2, 1), new TreeChoice(2, 1, 100)], profile.Accuracies.Select(accuracy => accuracy.Tree));
        Assert.All(profile.Accuracies, accuracy => Assert.Equal(3, accuracy.Problems));
        // Every distribution has less entropy than that, so one child grows: plain decoding.
        Assert.Equal(1, profile.Accuracies[0].RowsPerToken);
        Assert.Equal(1, profile.Accuracies[2].RowsPerToken);
        Assert.Equal(profile.Accuracies[0].Share, profile.Accuracies[2].Share);
        Assert.Equal(2, profile.Accuracies[1].RowsPerToken);
    }

    [Fact]
    public void A_profile_survives_its_file()
    {
        using var folder = new TemporaryFolder();
        s_profile.Save(folder.File(TreeProfile.FileName));
        TreeProfile loaded = TreeProfile.Load(folder.Path);
        Assert.Equal(s_profile.Measurements, loaded.Measurements);
        Assert.Equal((s_profile.Device, s_profile.ElementType, s_profile.Budget), (loaded.Device, loaded.ElementType, loaded.Budget));
    }

    [Fact]
    public void Without_a_profile_or_with_a_broken_one_the_command_that_makes_one_is_named()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("lbr tune --model", Assert.ThrowsAny<CheckpointException>(() => TreeProfile.Load(folder.Path)).Message);
        foreach (string text in new[] { "[]", "{\"budget\":1}", "{\"budget\":1,\"measurements\":[]}", "{\"budget\":1,\"measurements\":[{\"width\":0}]}", "{\"budget\":1,\"measurements\":[{\"width\":\"x\"}]}" })
        {
            folder.Write(TreeProfile.FileName, text);
            Assert.Contains(TreeProfile.FileName, Assert.ThrowsAny<CheckpointException>(() => TreeProfile.Load(folder.Path)).Message);
        }
    }

    [Fact]
    public void A_grid_is_measured_tree_by_tree()
    {
        var tuner = new TreeTuner { Widths = [1, 2, 3, 9], Depths = [1, 2], Batches = [1, 2], Contexts = [6, 12], Steps = 2, Text = [1, 2, 3] };
        // Of the nine candidates two levels are too many; one candidate is plain decoding.
        Assert.Equal([(2, 1), (3, 1), (2, 2), (9, 1), (3, 2)], tuner.Trees().Select(tree => (tree.Width, tree.Depth)));
        var seen = new Seen();
        TreeProfile profile = tuner.Run(models.Load("qwen2-tiny-f32", TensorDtype.F32), 1.5, seen);
        Assert.Equal(4 * 6, profile.Measurements.Count);
        Assert.Equal(profile.Measurements, seen.Measurements);
        Assert.All(profile.Measurements, m => Assert.True(m.Milliseconds > 0 && m.PlainMilliseconds > 0 && m.Bytes > 0));
        Assert.All(profile.Measurements.Where(m => m.Width == 1), m => Assert.Equal(1, m.SlowDown));
        Assert.True(profile.Measurements.Single(m => m is { Width: 3, Depth: 2, Batch: 2, Context: 6 }).Bytes > profile.Measurements.Single(m => m is { Width: 1, Batch: 2, Context: 6 }).Bytes);
    }

    [Fact]
    public void Mistakes_are_found_before_anything_is_timed()
    {
        Transformer model = models.Load("qwen2-tiny-f32", TensorDtype.F32);
        Assert.Contains("budget is 0.5", Assert.Throws<ArgumentException>(() => new TreeTuner().Run(model, 0.5)).Message);
        Assert.Contains("is 0; it must be at least 1", Assert.Throws<ArgumentException>(() => new TreeTuner { Depths = [0] }.Run(model, 2)).Message);
        Assert.Contains("Batch is 0", Assert.Throws<ArgumentException>(() => new TreeTuner { Batches = [0] }.Run(model, 2)).Message);
    }

    private static TreeAccuracy Right(int width, int depth, double share) => new(new TreeChoice(width, depth), new Interval(share, share, share), default, 10, width);

    private static TreeMeasurement Cost(int width, int depth, int batch, int context, double slowDown) => new(width, depth, batch, context, 2 * slowDown, 2, 1000);

    private sealed class Seen : IProgress<TreeMeasurement>
    {
        public List<TreeMeasurement> Measurements { get; } = [];

        public void Report(TreeMeasurement value) => Measurements.Add(value);
    }
}
