using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.Cli.Bench;

/// <summary>One layer's attention of decoding steps: 1, 3 and 9 tree rows of each sequence against caches of different lengths, and of a prompt.</summary>
internal static class AttentionBench
{
    private const string Part = "attn";
    private const int HeadDim = 128;

    private static readonly int[] s_contexts = [512, 2048, 8192, 32768];

    private static readonly int[] s_batches = [1, 16, 64];

    private static readonly (int Query, int KeyValue)[] s_heads = [(12, 2), (28, 4)];

    /// <summary>Measures all of it.</summary>
    public static void Run(BenchSession session)
    {
        if (!session.IsLarge)
        {
            Tree<float>(session, 1, 3, 128, (4, 2));
            return;
        }

        foreach ((int, int) heads in s_heads)
            foreach (int tokens in new[] { 512, 2048, 8192 }) Text(session, tokens, heads);
        foreach ((int, int) heads in s_heads)
            foreach (int rows in new[] { 1, 3, 9 })
                foreach (int batch in s_batches)
                    foreach (int context in s_contexts) Tree<BFloat16>(session, batch, rows, context, heads);
    }

    // The context includes the rows.
    private static void Tree<T>(BenchSession session, int batch, int rowsPerSequence, int context, (int Query, int KeyValue) heads) where T : unmanaged
    {
        string name = $"tree_attn-B{batch}-n{rowsPerSequence}";
        if (!session.Wants(Part, name)) return;
        Device device = session.Device;
        CacheLayout layout = CacheLayout.HeadMajor(heads.KeyValue, context, HeadDim);
        long elements = layout.SequenceStride * batch;
        int width = (heads.Query + (2 * heads.KeyValue)) * HeadDim, rowCount = batch * rowsPerSequence, size = typeof(T) == typeof(float) ? sizeof(float) : sizeof(ushort);
        using DeviceBuffer<TokenRow> rows = device.Allocate<TokenRow>(Rows(batch, rowsPerSequence, context));
        using DeviceBuffer<int> parents = device.Allocate<int>(Parents(batch, rowsPerSequence, context));
        using DeviceBuffer<T> y = device.Allocate<T>((long)rowCount * heads.Query * HeadDim);
        using var workspace = new AttentionWorkspace(device);
        var problem = new AttentionProblem(rowCount, heads.Query, heads.KeyValue, HeadDim, width, layout)
        {
            Rows = AttentionRows.Trees,
            RowsPerSequence = rowsPerSequence,
            TreeSlots = rowsPerSequence,
            Early = true,
        };
        int calls = session.Pool.Rotations(2 * elements * size, BenchSession.RotateBytes);
        var work = new Work(2.0 * elements * size, 4.0 * elements * rowsPerSequence * (heads.Query / heads.KeyValue));
        AttentionPlan chosen = AttentionPlan.For<T>(device.Info, problem, workspace);
        foreach (AttentionPlan plan in session.Sweep ? Variations<T>(device.Info, problem, workspace, chosen) : [chosen])
        {
            session.Measure(
                Part, name, $"B{batch} n{rowsPerSequence} ctx{context} {heads.Query}/{heads.KeyValue}", work,
                () => session.Timer.Graph(calls, (stream, i) => Attention.Forward(
                    stream, plan, problem, session.Pool.Take<T>(0, (long)rowCount * width), session.Pool.Take<T>(2 * i, elements), session.Pool.Take<T>((2 * i) + 1, elements),
                    rows.View, parents.View, y.View, workspace: workspace, dependent: session.IsLarge)),
                plan.ToString());
        }
    }

    private static void Text(BenchSession session, int tokens, (int Query, int KeyValue) heads)
    {
        const string Case = "causal_attn";
        if (!session.Wants(Part, Case)) return;
        Device device = session.Device;
        CacheLayout layout = CacheLayout.HeadMajor(heads.KeyValue, tokens, HeadDim);
        int width = (heads.Query + (2 * heads.KeyValue)) * HeadDim;
        using DeviceBuffer<TokenRow> rows = device.Allocate<TokenRow>([.. Enumerable.Range(0, tokens).Select(i => TokenRow.InText(0, i))]);
        using DeviceBuffer<BFloat16> y = device.Allocate<BFloat16>((long)tokens * heads.Query * HeadDim);
        var problem = new AttentionProblem(tokens, heads.Query, heads.KeyValue, HeadDim, width, layout) { Rows = AttentionRows.Texts };
        var work = new Work(0, 2.0 * tokens * (tokens + 1) * HeadDim * heads.Query);
        session.Measure(Part, Case, $"B1 T{tokens} {heads.Query}/{heads.KeyValue}", work, 4, (stream, i) => Attention.Forward(
            stream, problem, session.Pool.Take<BFloat16>(i, (long)tokens * width), session.Pool.Take<BFloat16>(400 + (2 * i), layout.SequenceStride),
            session.Pool.Take<BFloat16>(401 + (2 * i), layout.SequenceStride), rows.View, default, y.View));
    }

    private static IEnumerable<AttentionPlan> Variations<T>(DeviceInfo device, AttentionProblem problem, AttentionWorkspace workspace, AttentionPlan chosen) where T : unmanaged =>
        new[] { chosen }.Concat(
            from plan in AttentionPlan.Trees<T>(device, problem, workspace)
            from groups in new[] { device.MultiprocessorCount, 2 * device.MultiprocessorCount }
            from least in new[] { 1, 2 }
            from here in new[] { false, true }
            where groups <= plan.Groups
            select plan with { Groups = groups, LeastTiles = least, MergeHere = here }).Distinct();

    private static TokenRow[] Rows(int batch, int rowsPerSequence, int context) =>
    [
        .. from sequence in Enumerable.Range(0, batch)
           from node in Enumerable.Range(0, rowsPerSequence)
           select new TokenRow { Sequence = sequence, Position = context - rowsPerSequence, Prefix = context - rowsPerSequence, Slot = context - rowsPerSequence + node },
    ];

    // A tree of width three.
    private static int[] Parents(int batch, int rowsPerSequence, int context) =>
    [
        .. from sequence in Enumerable.Range(0, batch)
           from slot in Enumerable.Range(0, context)
           let node = slot - (context - rowsPerSequence)
           select node < 3 ? -1 : context - rowsPerSequence + ((node - 3) / 3),
    ];
}
