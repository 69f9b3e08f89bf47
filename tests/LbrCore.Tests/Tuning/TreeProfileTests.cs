using LbrCore.Decoding;
using LbrCore.Formats;
using LbrCore.Model;
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
        Assert.Equal((width, depth), profile.Recommend(batch, context));
    }

    [Fact]
    public void Of_equally_many_nodes_the_faster_tree_is_chosen() => Assert.Equal((2, 2), s_profile.Recommend(1, 512));

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

    private static TreeMeasurement Cost(int width, int depth, int batch, int context, double slowDown) => new(width, depth, batch, context, 2 * slowDown, 2, 1000);

    private sealed class Seen : IProgress<TreeMeasurement>
    {
        public List<TreeMeasurement> Measurements { get; } = [];

        public void Report(TreeMeasurement value) => Measurements.Add(value);
    }
}
