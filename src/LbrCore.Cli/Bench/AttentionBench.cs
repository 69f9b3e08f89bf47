using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Kernels;

namespace LbrCore.Cli.Bench;

/// <summary>
/// One layer's attention of decoding steps: tree rows of each sequence against caches of different lengths, and of a prompt. With shapes of one's own the textbook kernel is timed beside
/// the chosen one.
/// </summary>
internal static class AttentionBench
{
    private const string Part = "attn";
    private const int UsualHeadDim = 128;

    private static readonly (int Query, int KeyValue)[] s_heads = [(12, 2), (28, 4)];

    /// <summary>Measures all of it.</summary>
    public static void Run(BenchSession session)
    {
        switch (session.ElementType)
        {
            case TensorDtype.F32: Run<float>(session); break;
            case TensorDtype.F16: Run<Half>(session); break;
            default: Run<BFloat16>(session); break;
        }
    }

    private static void Run<T>(BenchSession session) where T : unmanaged
    {
        BenchShapes shapes = session.Shapes;
        bool small = !session.IsLarge;
        IReadOnlyList<(int, int)> heads = BenchShapes.Or(shapes.Heads, small ? [(4, 2)] : s_heads);
        if (!shapes.HasAttention && !small)
            foreach ((int, int) pair in heads)
                foreach (int tokens in new[] { 512, 2048, 8192 }) Text<T>(session, tokens, pair);
        foreach ((int, int) pair in heads)
            foreach (int rows in BenchShapes.Or(shapes.Rows, small ? [3] : [1, 3, 9]))
                foreach (int batch in BenchShapes.Or(shapes.Batches, small ? [1] : [1, 16, 64]))
                    foreach (int context in BenchShapes.Or(shapes.Contexts, small ? [128] : [512, 2048, 8192, 32768])) Tree<T>(session, batch, rows, context, pair, shapes.HeadDim ?? UsualHeadDim);
    }

    // The context includes the rows.
    private static void Tree<T>(BenchSession session, int batch, int rowsPerSequence, int context, (int Query, int KeyValue) heads, int headDim) where T : unmanaged
    {
        string name = $"tree_attn-B{batch}-n{rowsPerSequence}", shape = $"B{batch} n{rowsPerSequence} ctx{context} {heads.Query}/{heads.KeyValue}{(headDim == UsualHeadDim ? "" : $" d{headDim}")}";
        if (!session.Wants(Part, name)) return;
        Device device = session.Device;
        CacheLayout layout = CacheLayout.HeadMajor(heads.KeyValue, context, headDim);
        long elements = layout.SequenceStride * batch;
        int width = (heads.Query + (2 * heads.KeyValue)) * headDim, rowCount = batch * rowsPerSequence, size = typeof(T) == typeof(float) ? sizeof(float) : sizeof(ushort);
        if (context < rowsPerSequence || 2 * elements * size > session.Pool.Bytes || headDim > Attention.MaximumHeadDim || (long)context * headDim > int.MaxValue)
        {
            session.Report(new BenchRow(Part, name, shape, 0) { Skipped = $"keys and values of one layer must hold the rows and fit {Terminal.Format.Bytes(session.Pool.Bytes)}, heads {Attention.MaximumHeadDim} elements" });
            return;
        }

        using DeviceBuffer<TokenRow> rows = device.Allocate<TokenRow>(Rows(batch, rowsPerSequence, context));
        using DeviceBuffer<int> parents = device.Allocate<int>(Parents(batch, rowsPerSequence, context));
        using DeviceBuffer<T> y = device.Allocate<T>((long)rowCount * heads.Query * headDim);
        using var workspace = new AttentionWorkspace(device);
        var problem = new AttentionProblem(rowCount, heads.Query, heads.KeyValue, headDim, width, layout)
        {
            Rows = AttentionRows.Trees,
            RowsPerSequence = rowsPerSequence,
            TreeSlots = rowsPerSequence,
            Early = true,
        };
        int calls = session.Pool.Rotations(2 * elements * size, BenchSession.RotateBytes);
        var work = new Work(2.0 * elements * size, 4.0 * elements * rowsPerSequence * (heads.Query / heads.KeyValue)) { Elements = typeof(T) };
        AttentionPlan chosen = AttentionPlan.For<T>(device.Info, problem, workspace);
        foreach (AttentionPlan plan in session.Sweep ? Variations<T>(device.Info, problem, workspace, chosen) : [chosen]) Measure(name, plan, calls);
        // The textbook kernel takes its time: two of its calls say enough.
        if (session.Shapes.HasAttention && typeof(T) != typeof(Half)) Measure($"naive_attn-B{batch}-n{rowsPerSequence}", new AttentionPlan(AttentionKernel.Naive), Math.Min(calls, 2));

        void Measure(string @case, AttentionPlan plan, int count) => session.Measure(
            Part, @case, shape, work,
            () => session.Timer.Graph(count, (stream, i) => Attention.Forward(
                stream, plan, problem, session.Pool.Take<T>(0, (long)rowCount * width), session.Pool.Take<T>(2 * i, elements), session.Pool.Take<T>((2 * i) + 1, elements),
                rows.View, parents.View, y.View, workspace: workspace, dependent: session.IsLarge)),
            plan.ToString());
    }

    private static void Text<T>(BenchSession session, int tokens, (int Query, int KeyValue) heads) where T : unmanaged
    {
        const string Case = "causal_attn";
        if (!session.Wants(Part, Case)) return;
        Device device = session.Device;
        CacheLayout layout = CacheLayout.HeadMajor(heads.KeyValue, tokens, UsualHeadDim);
        int width = (heads.Query + (2 * heads.KeyValue)) * UsualHeadDim;
        using DeviceBuffer<TokenRow> rows = device.Allocate<TokenRow>([.. Enumerable.Range(0, tokens).Select(i => TokenRow.InText(0, i))]);
        using DeviceBuffer<T> y = device.Allocate<T>((long)tokens * heads.Query * UsualHeadDim);
        var problem = new AttentionProblem(tokens, heads.Query, heads.KeyValue, UsualHeadDim, width, layout) { Rows = AttentionRows.Texts };
        var work = new Work(0, 2.0 * tokens * (tokens + 1) * UsualHeadDim * heads.Query) { Elements = typeof(T) };
        session.Measure(Part, Case, $"B1 T{tokens} {heads.Query}/{heads.KeyValue}", work, 4, (stream, i) => Attention.Forward(
            stream, problem, session.Pool.Take<T>(i, (long)tokens * width), session.Pool.Take<T>(400 + (2 * i), layout.SequenceStride),
            session.Pool.Take<T>(401 + (2 * i), layout.SequenceStride), rows.View, default, y.View));
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
