using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Model;
using LbrCore.Tests.Formats;
using LbrCore.Tests.Model;
using LbrCore.Training;

namespace LbrCore.Tests.Training;

/// <summary>Gradients of every parameter: against a float64 reference of another engine, and of trees against their paths.</summary>
public sealed class GradientTests(FixtureModels models) : IClassFixture<FixtureModels>
{
    [Theory]
    [MemberData(nameof(ModelFixtures.All), MemberType = typeof(ModelFixtures))]
    public void Gradients_are_those_of_the_reference(string name) => Check(name, TensorDtype.F32, recompute: false, 1e-4);

    [Fact]
    public void Recomputed_layers_give_the_same_gradients() => Check("qwen3-tiny-f32", TensorDtype.F32, recompute: true, 1e-4);

    [Theory]
    [InlineData("qwen3-tiny-f32")]
    [InlineData("llama3-tiny-f32-sharded")]
    public void Gradients_are_close_in_16_bits(string name) => Check(name, TensorDtype.BF16, recompute: false, 6e-2);

    [Fact]
    public void A_tree_has_the_gradients_of_its_paths()
    {
        // A prompt of three tokens; below it 7 - (8 - 9, 10) and 11 - 12.
        int[][] paths = [[3, 14, 15, 7, 8, 9], [3, 14, 15, 7, 10], [3, 14, 15, 11, 12]];
        var model = (Transformer<float>)models.Load("qwen3-tiny-f32", TensorDtype.F32);
        var tree = new PackedBatch();
        int prompt = tree.AddText([3, 14, 15]), seven = tree.AddRow(7, prompt), eight = tree.AddRow(8, seven);
        tree.AddRow(9, eight);
        tree.AddRow(10, seven);
        tree.AddRow(12, tree.AddRow(11, prompt));
        tree.AddTarget(prompt, 7);
        tree.AddTarget(prompt, 11);
        tree.AddTarget(seven, 8);
        tree.AddTarget(seven, 10);
        tree.AddTarget(eight, 9);
        tree.AddTarget(prompt, 7);

        // Each target once, on one of the paths that hold it; that of 7 twice, as in the tree.
        var separate = new PackedBatch();
        int[] lasts = [separate.AddText(paths[0]), separate.AddText(paths[1]), separate.AddText(paths[2])];
        separate.AddTarget(lasts[0] - 3, 7);
        separate.AddTarget(lasts[2] - 2, 11);
        separate.AddTarget(lasts[0] - 2, 8);
        separate.AddTarget(lasts[1] - 1, 10);
        separate.AddTarget(lasts[0] - 1, 9);
        separate.AddTarget(lasts[1] - 2, 7);

        float[] weights = [-0.5f, 0.25f, 1f, -0.75f, 0.4f, 0.3f];
        (float[] treeLogProbs, float[] treeGradients) = Gradients(model, tree, weights);
        (float[] pathLogProbs, float[] pathGradients) = Gradients(model, separate, weights);
        Closeness.AssertSingle(pathLogProbs, treeLogProbs, "log-probabilities");
        Assert.InRange(Distance(pathGradients, treeGradients), 0, 1e-5);
    }

    [Fact]
    public void Rows_out_of_preorder_and_batches_too_large_are_refused()
    {
        var batch = new PackedBatch();
        int root = batch.AddRow(1, -1), child = batch.AddRow(2, root);
        batch.AddRow(3, root);
        Assert.Contains("preorder", Assert.Throws<ArgumentException>(() => batch.AddRow(4, child)).Message);
        var model = (Transformer<float>)models.Load("qwen3-tiny-f32", TensorDtype.F32);
        using var session = new TrainingSession<float>(model, new TrainingOptions { MaxRows = 2, MaxTargetRows = 1, MaxTargets = 1 });
        Assert.Contains("3 rows", Assert.Throws<ArgumentException>(() => session.Forward(models.Device.DefaultStream, batch)).Message);
    }

    private static (float[] LogProbs, float[] Gradients) Gradients(Transformer<float> model, PackedBatch batch, float[] weights)
    {
        using var session = new TrainingSession<float>(model, new TrainingOptions { MaxRows = 64, MaxTargetRows = 16, MaxTargets = 64 });
        ComputeStream stream = model.Device.DefaultStream;
        session.Forward(stream, batch);
        float[] logProbs = session.ReadLogProbs(stream).LogProbs;
        session.Backward(stream, weights);
        return (logProbs, [.. model.Weights.Parameters.SelectMany(parameter => session.Gradients.Of(parameter.View).ToHost(stream))]);
    }

    private void Check(string name, TensorDtype elementType, bool recompute, double allowed)
    {
        ITensorSource expected = models.Expected(name);
        int[] ids = expected.ReadAsInt32("causal.input_ids");
        float[] weights = expected.ReadAsFloat32("grad.weights");
        var wrong = new List<string>();
        int compared = 0;
        (double loss, float[] logProbs) = GradientRun.Run(models.Load(name, elementType), ids, weights, 2, recompute, (parameter, gradient) =>
        {
            if (!expected.TryGetInfo($"grad.param.{parameter}", out _)) return;
            compared++;
            double distance = Distance(expected.ReadAsFloat32($"grad.param.{parameter}"), gradient.ToArray());
            if (!(distance <= allowed)) wrong.Add($"{parameter}: {distance:e2}");
        });
        Assert.True(compared > 5, $"{compared} gradients were compared.");
        Assert.True(wrong.Count == 0, $"{name}: {string.Join(", ", wrong)}; {allowed} is allowed.");
        Assert.InRange(Distance(expected.ReadAsFloat32("grad.log_probs"), logProbs), 0, allowed);
        // The loss is the weighted mean of these log-probabilities, whatever they were rounded to; with 16 bits it may differ from the exact one as far as they may.
        Assert.Equal(-weights.Zip(logProbs, (weight, logProb) => (double)weight * logProb).Sum() / weights.Sum(Math.Abs), loss, 1e-5);
        if (elementType == TensorDtype.F32) Assert.Equal(expected.ReadAsFloat32("grad.loss")[0], loss, 1e-4);
    }

    private static double Distance(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        double norm = 0, error = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            norm += (double)expected[i] * expected[i];
            error += Math.Pow((double)expected[i] - actual[i], 2);
        }

        return Math.Sqrt(error / norm);
    }
}
