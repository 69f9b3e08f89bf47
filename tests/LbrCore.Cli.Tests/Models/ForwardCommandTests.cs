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

    private static void Run(string model, Fixture.Folder folder)
    {
        Lbr run = Lbr.Run("forward", "--device", "cpu", "--type", "f32", "--model", Fixture.Model(model), "--input", folder["in.safetensors"], "--output", folder["out.safetensors"]);
        Assert.Equal("", run.Error);
        Assert.Equal(0, run.ExitCode);
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        float largest = expected.Max(Math.Abs);
        Assert.All(expected.Zip(actual), pair => Assert.InRange(pair.Second, pair.First - (2e-4f * largest), pair.First + (2e-4f * largest)));
    }
}
