using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Model;
using LbrCore.Tests.Formats;

namespace LbrCore.Tests.Model;

/// <summary>The cache between passes: kept branches, reused prefixes, memory known before it is taken.</summary>
public sealed class SessionTests(FixtureModels models) : IClassFixture<FixtureModels>
{
    private const string Name = "qwen3-tiny-f32";

    private Transformer<float> Model => (Transformer<float>)models.Load(Name, TensorDtype.F32);

    private ComputeStream Stream => models.Device.DefaultStream;

    [Fact]
    public void A_kept_branch_equals_its_recomputation()
    {
        // Two children, of which the second has two children itself; that branch is kept: nodes 1, 3, 4.
        int[] prompt = [3, 14, 15, 92, 65], nodes = [7, 8, 9, 10, 11], parents = [-1, -1, 0, 1, 1];
        using var session = new InferenceSession<float>(Model, new SessionOptions { Sequences = 2, ContextLength = 16, TreeNodes = 8, MaxRows = 16, MaxLogitRows = 4 });
        session.Forward(Stream, new RowBatch().AddText(1, 0, prompt).AddTree(1, prompt.Length, nodes, parents));
        using DeviceBuffer<int> kept = models.Device.Allocate([0, 0, 0, 1, 3, 4]), counts = models.Device.Allocate([0, 3]);
        Stream.CopyFromHost<int>([0, prompt.Length], session.Cache.Lengths);
        session.Cache.Compact(Stream, kept, counts, 3);

        // Node 1 has joined the text; below its second child, which now is node 1 of the tree, grows a new leaf.
        var leaf = new RowBatch().AddTree(1, prompt.Length + 1, [9, 11, 20], [-1, -1, 1]);
        session.Forward(Stream, leaf);
        float[] reused = session.Activations.FinalHidden.SubView(2 * Model.Config.HiddenSize, Model.Config.HiddenSize).ToHost(Stream);
        float[] recomputed = ForwardResult.Of(Model, new RowBatch().AddText(0, 0, [.. prompt, 8, 11, 20]), new SessionOptions { ContextLength = 16, MaxRows = 16, MaxLogitRows = 16 }).FinalHidden[^Model.Config.HiddenSize..];
        Closeness.AssertSingle(recomputed, reused, "state below a kept branch");
    }

    [Fact]
    public void Texts_go_on_where_they_stopped()
    {
        int[] text = [5, 6, 7, 8, 9, 10, 11];
        using var session = new InferenceSession<float>(Model, new SessionOptions { Sequences = 2, ContextLength = 16, MaxRows = 16, MaxLogitRows = 2 });
        session.Prefill(Stream, [new Prompt(0, text.AsMemory(0, 4)), new Prompt(1, text.AsMemory(0, 6))]);
        session.Prefill(Stream, [new Prompt(1, text.AsMemory(6), 6), new Prompt(0, text.AsMemory(4), 4)]);
        float[] states = session.Activations.SelectedHidden.ToHost(Stream);
        int hidden = Model.Config.HiddenSize;
        Closeness.AssertSingle(states.AsSpan(0, hidden), states.AsSpan(hidden), "the same text in two pieces");
        float[] whole = ForwardResult.Of(Model, new RowBatch().AddText(0, 0, text), new SessionOptions { ContextLength = 16, MaxRows = 16, MaxLogitRows = 16 }).FinalHidden[^hidden..];
        Closeness.AssertSingle(whole, states.AsSpan(0, hidden), "the text in one piece");
    }

    [Fact]
    public void Equal_prompts_are_forwarded_once_and_copied()
    {
        int[] first = [5, 6, 7, 8], second = [9, 10];
        using var session = new InferenceSession<float>(Model, new SessionOptions { Sequences = 6, ContextLength = 16, MaxRows = 5, MaxLogitRows = 6 });
        var forwarded = new LastReport();
        session.Prefill(Stream, [new Prompt(0, first), new Prompt(1, first.ToArray()), new Prompt(2, first), new Prompt(3, second), new Prompt(4, second), new Prompt(5, first)], forwarded);
        Assert.Equal((2 * first.Length) + second.Length, forwarded.Value);
        int hidden = Model.Config.HiddenSize;
        float[] states = session.Activations.SelectedHidden.ToHost(Stream);
        Assert.Equal([0, 1, 2, 3, 4, 5], session.SelectedRows.ToHost(Stream)[..6].Select(row => row.Sequence));

        // All go on with the same token, the copies as the text that was forwarded.
        session.Prefill(Stream, [.. Enumerable.Range(0, 6).Select(i => new Prompt(i, new[] { 11 }, i is 3 or 4 ? second.Length : first.Length))]);
        float[] next = session.Activations.SelectedHidden.ToHost(Stream);
        foreach ((int copy, int original) in (ReadOnlySpan<(int, int)>)[(1, 0), (2, 0), (5, 0), (4, 3)])
        {
            Closeness.AssertSingle(states.AsSpan(original * hidden, hidden), states.AsSpan(copy * hidden, hidden), $"prompt of sequence {copy}");
            Closeness.AssertSingle(next.AsSpan(original * hidden, hidden), next.AsSpan(copy * hidden, hidden), $"continuation of sequence {copy}");
        }

        float[] whole = ForwardResult.Of(Model, new RowBatch().AddText(0, 0, [.. second, 11]), new SessionOptions { ContextLength = 16, MaxRows = 16, MaxLogitRows = 16 }).FinalHidden[^hidden..];
        Closeness.AssertSingle(whole, next.AsSpan(4 * hidden, hidden), "the text of a copy, forwarded by itself");
    }

    private sealed class LastReport : IProgress<int>
    {
        public int Value { get; private set; }

        public void Report(int value) => Value = value;
    }

    [Fact]
    public void Memory_is_what_the_plan_says()
    {
        var options = new SessionOptions { Sequences = 3, ContextLength = 100, TreeNodes = 5, MaxRows = 40, MaxLogitRows = 7 };
        Transformer<float> model = Model;
        long before = models.Device.GetMemoryInfo().Allocated;
        using var session = new InferenceSession<float>(model, options);
        long taken = models.Device.GetMemoryInfo().Allocated - before;
        Assert.Equal(InferenceSession<float>.Plan(model.Config, options, models.Device.Info).TotalBytes, taken);
    }

    [Fact]
    public void A_session_that_does_not_fit_says_what_it_needs_and_what_there_is()
    {
        var config = Model.Config with { MaxPositionEmbeddings = 1 << 23 };
        MemoryPlan plan = InferenceSession<float>.Plan(config, new SessionOptions { Sequences = 30000, ContextLength = 1 << 22 }, models.Device.Info);
        var error = Assert.Throws<OutOfDeviceMemoryException>(() => plan.Require(models.Device, "Choose a shorter context."));
        Assert.Contains("keys and values", error.Message);
        Assert.Contains("free", error.Message);
        Assert.Contains("shorter context", error.Message);
        Assert.Equal((ulong)plan.TotalBytes, error.RequestedBytes);
    }

    [Fact]
    public void Rows_that_cannot_be_are_refused_before_anything_is_queued()
    {
        using var session = new InferenceSession<float>(Model, new SessionOptions { ContextLength = 8, MaxRows = 4 });
        Assert.Contains("vocabulary", Assert.Throws<ArgumentException>(() => session.Forward(Stream, new RowBatch().AddText(0, 0, [1, -1]))).Message);
        Assert.Contains("Sequence 1", Assert.Throws<ArgumentException>(() => session.Forward(Stream, new RowBatch().AddText(1, 0, [1]))).Message);
        Assert.Contains("room for 8", Assert.Throws<ArgumentException>(() => session.Forward(Stream, new RowBatch().AddText(0, 0, new int[10]))).Message);
        Assert.Contains("node 1", Assert.Throws<ArgumentException>(() => new RowBatch().AddTree(0, 2, [1, 2], [-1, 1])).Message);
    }

    [Theory]
    [InlineData(0, 8, "Sequences")]
    [InlineData(1, 0, "ContextLength")]
    [InlineData(1, 5000, "max_position_embeddings is 4096")]
    public void Sizes_out_of_range_are_named(int sequences, int context, string reason) =>
        Assert.Contains(reason, Assert.Throws<ArgumentException>(() => new InferenceSession<float>(Model, new SessionOptions { Sequences = sequences, ContextLength = context })).Message);
}

internal static class ViewReading
{
    public static T[] ToHost<T>(this ArrayView<T> view, ComputeStream stream) where T : unmanaged
    {
        var elements = new T[view.Length];
        stream.CopyToHost(view, elements);
        return elements;
    }
}
