using LbrCore.Formats;
using LbrCore.Formats.Safetensors;
using Xunit;

namespace LbrCore.Cli.Tests.Models;

public class ForwardCommandTests
{
    [Fact]
    public void A_batch_of_texts_gives_the_reference_logits_and_states()
    {
        const string Model = "qwen2-tiny-f32";
        using SafetensorsModel expected = Fixture.Expected(Model);
        using var folder = new Fixture.Folder();
        Fixture.Write(folder["in.safetensors"], ("input_ids", expected.ReadAsInt32("causal.input_ids"), [2, 24]));
        Run(Model, folder);
        using SafetensorsModel output = SafetensorsModel.Open(folder["out.safetensors"]);
        Assert.Equal("2, 24, 512", string.Join(", ", output.GetInfo("logits").Shape));
        AssertClose(expected.ReadAsFloat32("causal.logits"), output.ReadAsFloat32("logits"));
        AssertClose(expected.ReadAsFloat32("causal.final_hidden"), output.ReadAsFloat32("final_hidden"));
    }

    [Fact]
    public void A_tree_gives_the_reference_logits_and_states()
    {
        const string Model = "qwen3-tiny-f32";
        using SafetensorsModel expected = Fixture.Expected(Model);
        using var folder = new Fixture.Folder();
        int[] ids = expected.ReadAsInt32("tree.ragged.input_ids"), parents = expected.ReadAsInt32("tree.ragged.parents");
        Fixture.Write(folder["in.safetensors"], ("input_ids", ids, [1, ids.Length]), ("parents", parents, [parents.Length]));
        Run(Model, folder);
        using SafetensorsModel output = SafetensorsModel.Open(folder["out.safetensors"]);
        AssertClose(expected.ReadAsFloat32("tree.ragged.logits"), output.ReadAsFloat32("logits"));
        AssertClose(expected.ReadAsFloat32("tree.ragged.final_hidden"), output.ReadAsFloat32("final_hidden"));
    }

    [Fact]
    public void Gradients_are_those_of_the_reference()
    {
        const string Model = "qwen2-tiny-f32";
        using SafetensorsModel expected = Fixture.Expected(Model);
        using var folder = new Fixture.Folder();
        using (SafetensorsWriter writer = SafetensorsWriter.Create(folder["in.safetensors"], [new TensorSpec("input_ids", TensorDtype.I32, 2, 24), new TensorSpec("weights", TensorDtype.F32, 2, 23)]))
        {
            writer.Append<int>("input_ids", expected.ReadAsInt32("causal.input_ids"));
            writer.Append<float>("weights", expected.ReadAsFloat32("grad.weights"));
            writer.Commit();
        }

        Run(Model, folder, "--gradients");
        using SafetensorsModel output = SafetensorsModel.Open(folder["out.safetensors"]);
        Assert.Equal(expected.ReadAsFloat32("grad.loss")[0], output.ReadAsFloat32("loss")[0], 1e-4);
        AssertClose(expected.ReadAsFloat32("grad.log_probs"), output.ReadAsFloat32("log_probs"));
        foreach (string name in expected.Names.Where(name => name.StartsWith("grad.param.", StringComparison.Ordinal)))
            AssertClose(expected.ReadAsFloat32(name), output.ReadAsFloat32(name.Replace("grad.param.", "grad.", StringComparison.Ordinal)));
    }

    [Fact]
    public void Gradients_without_weights_are_refused()
    {
        using var folder = new Fixture.Folder();
        Fixture.Write(folder["in.safetensors"], ("input_ids", [5, 6, 7], [1, 3]));
        Lbr run = Lbr.Run("forward", "--device", "cpu", "--gradients", "--model", Fixture.Model("qwen2-tiny-f32"), "--input", folder["in.safetensors"], "--output", folder["out.safetensors"]);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("weights", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(512, 0, "512 is not in the vocabulary")]
    [InlineData(1, 3, "parent of node 1 is 3")]
    public void What_cannot_be_forwarded_is_one_sentence(int id, int parent, string reason)
    {
        using var folder = new Fixture.Folder();
        Fixture.Write(folder["in.safetensors"], ("input_ids", [5, id, 7, 8], [1, 4]), ("parents", [-1, parent], [2]));
        Lbr run = Lbr.Run("forward", "--device", "cpu", "--model", Fixture.Model("qwen2-tiny-f32"), "--input", folder["in.safetensors"], "--output", folder["out.safetensors"]);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(reason, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["out.safetensors"]));
    }

    private static void Run(string model, Fixture.Folder folder, params string[] more)
    {
        Lbr run = Lbr.Run(["forward", "--device", "cpu", "--type", "f32", "--model", Fixture.Model(model), "--input", folder["in.safetensors"], "--output", folder["out.safetensors"], .. more]);
        Assert.True(run.ExitCode == 0, run.Error);
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        float largest = expected.Max(Math.Abs);
        Assert.All(expected.Zip(actual), pair => Assert.InRange(pair.Second, pair.First - (2e-4f * largest), pair.First + (2e-4f * largest)));
    }
}
