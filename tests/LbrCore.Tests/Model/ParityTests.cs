using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Model;
using LbrCore.Tests.Formats;

namespace LbrCore.Tests.Model;

/// <summary>The transformer against transformers' numbers in float64: logits and final states of texts and of trees.</summary>
public sealed class ParityTests(FixtureModels models) : IClassFixture<FixtureModels>
{
    private static readonly string[] s_trees = ["K3L1", "K3L2", "ragged"];

    [Theory]
    [MemberData(nameof(ModelFixtures.All), MemberType = typeof(ModelFixtures))]
    public void Texts_have_the_reference_states_and_logits(string name) => CheckTexts(name, TensorDtype.F32, Closeness.AssertSingle);

    [Theory]
    [InlineData("qwen2-hd128-bf16", TensorDtype.BF16)]
    [InlineData("qwen2-hd128-bf16", TensorDtype.F16)]
    [InlineData("qwen3-tiny-f32", TensorDtype.BF16)]
    [InlineData("llama3-tiny-f32-sharded", TensorDtype.F16)]
    public void Texts_are_close_in_16_bits(string name, TensorDtype elementType) => CheckTexts(name, elementType, Closeness.AssertNarrow);

    [Theory]
    [MemberData(nameof(ModelFixtures.All), MemberType = typeof(ModelFixtures))]
    public void Trees_have_the_reference_states_and_logits(string name) => CheckTrees(name, TensorDtype.F32, Closeness.AssertSingle);

    [Theory]
    [InlineData("qwen2-hd128-bf16", TensorDtype.BF16)]
    [InlineData("qwen3-tiny-f32", TensorDtype.F16)]
    public void Trees_are_close_in_16_bits(string name, TensorDtype elementType) => CheckTrees(name, elementType, Closeness.AssertNarrow);

    private delegate void Comparison(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what);

    private void CheckTexts(string name, TensorDtype elementType, Comparison compare)
    {
        ITensorSource expected = models.Expected(name);
        int[] ids = expected.ReadAsInt32("causal.input_ids");
        int length = (int)expected.GetInfo("causal.input_ids").Shape[1], batch = ids.Length / length;
        var rows = new RowBatch();
        for (int s = 0; s < batch; s++) rows.AddText(s, 0, ids.AsSpan(s * length, length));
        // Pieces of 7 rows cut the texts at places of their own.
        foreach (int pieces in new[] { 64, 7 })
        {
            ForwardResult result = ForwardResult.Of(models.Load(name, elementType), rows, new SessionOptions { Sequences = batch, ContextLength = length, MaxRows = pieces, MaxLogitRows = pieces });
            compare(expected.ReadAsFloat32("causal.final_hidden"), result.FinalHidden, $"{name} {elementType.Name()} final_hidden, pieces of {pieces}");
            compare(expected.ReadAsFloat32("causal.logits"), result.Logits, $"{name} {elementType.Name()} logits, pieces of {pieces}");
        }
    }

    private void CheckTrees(string name, TensorDtype elementType, Comparison compare)
    {
        ITensorSource expected = models.Expected(name);
        foreach (string tree in s_trees)
        {
            int[] ids = expected.ReadAsInt32($"tree.{tree}.input_ids"), parents = expected.ReadAsInt32($"tree.{tree}.parents");
            int prompt = ids.Length - parents.Length;
            RowBatch rows = new RowBatch().AddText(0, 0, ids.AsSpan(0, prompt)).AddTree(0, prompt, ids.AsSpan(prompt), parents);
            for (int i = 0; i < ids.Length; i++) Assert.Equal(expected.ReadAsInt32($"tree.{tree}.position_ids")[i], rows.Rows[i].Position);
            ForwardResult result = ForwardResult.Of(models.Load(name, elementType), rows, new SessionOptions { ContextLength = prompt, TreeNodes = parents.Length, MaxRows = 64, MaxLogitRows = 64 });
            compare(expected.ReadAsFloat32($"tree.{tree}.final_hidden"), result.FinalHidden, $"{name} {elementType.Name()} {tree} final_hidden");
            compare(expected.ReadAsFloat32($"tree.{tree}.logits"), result.Logits, $"{name} {elementType.Name()} {tree} logits");
        }
    }
}
