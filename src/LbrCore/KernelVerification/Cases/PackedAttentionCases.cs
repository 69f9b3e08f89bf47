using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Attention of training and its gradients: texts and trees in one batch, head sizes up to 256, grouped heads, sequences of several tiles.</summary>
internal static class PackedAttentionCases
{
    private sealed record Shape(int QueryHeads, int KeyValueHeads, int HeadDim, int TextRows);

    private static readonly Shape[] s_shapes =
    [
        new(1, 1, 16, 3), new(2, 1, 32, 40), new(4, 2, 8, 2), new(2, 2, 64, 70), new(3, 1, 48, 5), new(2, 1, 128, 40), new(1, 1, 96, 3), new(2, 1, 256, 20), new(1, 1, 200, 2),
    ];

    // Of several tiles of 64 rows, and of parts of one.
    private static readonly Shape[] s_tensorShapes =
    [
        new(1, 1, 32, 3), new(2, 1, 16, 70), new(4, 2, 8, 20), new(1, 1, 64, 2), new(3, 1, 64, 150), new(2, 2, 48, 40), new(1, 1, 128, 3), new(2, 1, 128, 90), new(1, 1, 96, 40),
    ];

    // What it writes, by which kernel.
    private enum Part
    {
        Forward,
        Queries,
        Keys,
        Values,
        KeysValues,
    }

    public static IEnumerable<KernelCase> All => [.. Cases<float>(), .. Cases<BFloat16>(), .. TensorCases<BFloat16>()];

    private static IEnumerable<KernelCase> Cases<T>() where T : unmanaged =>
        s_shapes.SelectMany(shape =>
        {
            int parts = PackedAttention.PartsFor(shape.HeadDim);
            return new[]
            {
                Case<T>(PackedAttention.ForwardVariant<T>(parts), shape, Part.Forward, 0),
                Case<T>(PackedAttention.BackwardQueriesVariant<T>(parts), shape, Part.Queries, 0),
                Case<T>(PackedAttention.BackwardKeysValuesVariant<T>(parts), shape, Part.KeysValues, 0),
            };
        });

    private static IEnumerable<KernelCase> TensorCases<T>() where T : unmanaged =>
        s_tensorShapes.SelectMany(shape =>
        {
            int compiled = PackedAttention.CompiledHeadDim(shape.HeadDim);
            Part[] last = compiled < 128 ? [Part.KeysValues] : [Part.Keys, Part.Values];
            return new[]
            {
                Case<T>(PackedAttention.TensorForwardVariant<T>(compiled), shape, Part.Forward, compiled),
                Case<T>(PackedAttention.TensorBackwardQueriesVariant<T>(compiled), shape, Part.Queries, compiled),
            }.Concat(last.Select(part => Case<T>(PackedAttention.TensorBackwardKeysValuesVariant<T>(compiled, part != Part.Values, part != Part.Keys), shape, part, compiled)));
        });

    private static KernelCase Case<T>(KernelVariant variant, Shape shape, Part part, int compiled) where T : unmanaged =>
        new(variant, shape.ToString(), trial => Run<T>(trial, shape, part, compiled)) { FitsScalarDevice = shape.TextRows < 6 };

    private static void Run<T>(KernelTrial trial, Shape shape, Part part, int compiled) where T : unmanaged
    {
        (int heads, int groups, int d) = (shape.QueryHeads, shape.KeyValueHeads, shape.HeadDim);
        int[] parents = Parents(shape), last = Last(parents);
        int rows = parents.Length, stride = (heads + (2 * groups)) * d;
        AttentionTile[] tiles = Tiles(parents, last, compiled > 0 ? 64 : PackedAttention.RowsOfTile(d));
        T[] qkv = Numbers.Normal<T>(rows * stride, $"qkv {shape}"), keys = Numbers.Normal<T>(rows * groups * d, "keys"), values = Numbers.Normal<T>(keys.Length, "values");
        T[] gradY = Numbers.Normal<T>(rows * heads * d, "gradY");
        var sizes = new PackedAttentionSizes
        {
            Rows = rows,
            QueryHeads = heads,
            KeyValueHeads = groups,
            HeadDim = d,
            QueryStride = stride,
            KeyValueStride = groups * d,
            GradientStride = stride,
            Scale = 1f / MathF.Sqrt(d),
        };
        var operands = new PackedAttentionReference(Numbers.ToDouble(qkv), Numbers.ToDouble(keys), Numbers.ToDouble(values), Numbers.ToDouble(gradY), parents, sizes);
        PackedAttentionReference.Result exact = operands.Compute(new GradientReference(false)), plain = operands.Compute(new GradientReference(true), compiled > 0 ? Numbers.Rounded<T> : null);
        // What the forward pass stores is an input of the backward kernels.
        T[] y = Numbers.Round<T>(exact.Y);
        float[] logSums = Numbers.Round<float>(exact.LogSumExp), deltas = Numbers.Round<float>(exact.Deltas);
        ArrayView<T> queryView = trial.Input("queries", qkv), keyView = trial.Input("keys", keys), valueView = trial.Input("values", values);
        ArrayView<int> lastView = trial.Input("last", last);
        ArrayView<AttentionTile> tileView = trial.Input("tiles", tiles);
        int parts = PackedAttention.PartsFor(d), count = tiles.Length;
        var config = new LaunchConfig((count, part is Part.Forward or Part.Queries ? heads : groups)) { DynamicSharedBytes = compiled > 0 ? PackedAttention.TensorSharedBytes(compiled) : 0 };
        if (part == Part.Forward)
        {
            ArrayView<T> yView = trial.Output<T>("y", exact.Y, Array.ConvertAll(plain.Y, Numbers.Rounded<T>));
            ArrayView<float> logSumView = trial.Output<float>("logSumExp", exact.LogSumExp, Loose(plain.LogSumExp));
            if (compiled > 0) PackedAttention.LaunchTensorForward(trial.Stream, config, queryView, keyView, valueView, lastView, tileView, yView, logSumView, count, sizes, compiled);
            else PackedAttention.LaunchForward(trial.Stream, config, queryView, keyView, valueView, lastView, tileView, yView, logSumView, count, sizes, parts);
            return;
        }

        ArrayView<float> logSumInput = trial.Input("logSumExp", logSums);
        ArrayView<T> gradView = trial.Input("gradY", gradY);
        if (part == Part.Queries)
        {
            // The deltas of the kernel come from the rounded y.
            (T[] before, double[] exactQueries, double[] plainQueries) = Strided<T>(exact.GradQueries, plain.GradQueries, rows, heads * d, stride);
            double[] ofRounded = operands.DeltasOf(Numbers.ToDouble(y));
            ArrayView<T> yView = trial.Input("y", y), gradQueries = trial.Replaced("gradQueries", before, exactQueries, Worse<T>(exactQueries, plainQueries));
            ArrayView<float> deltaView = trial.Output<float>("deltas", ofRounded, Loose(ofRounded));
            if (compiled > 0) PackedAttention.LaunchTensorBackwardQueries(trial.Stream, config, queryView, keyView, valueView, lastView, tileView, yView, logSumInput, gradView, deltaView, gradQueries, count, sizes, compiled);
            else PackedAttention.LaunchBackwardQueries(trial.Stream, config, queryView, keyView, valueView, lastView, tileView, yView, logSumInput, gradView, deltaView, gradQueries, count, sizes, parts);
            return;
        }

        ArrayView<float> deltaInput = trial.Input("deltas", deltas);
        ArrayView<T> gradKeys = Gradient("gradKeys", exact.GradKeys, plain.GradKeys, part != Part.Values), gradValues = Gradient("gradValues", exact.GradValues, plain.GradValues, part != Part.Keys);
        if (compiled > 0)
        {
            PackedAttention.LaunchTensorBackwardKeysValues(
                trial.Stream, config, queryView, keyView, valueView, lastView, tileView, logSumInput, gradView, deltaInput, gradKeys, gradValues, count, sizes, compiled, part != Part.Values, part != Part.Keys);
        }
        else
        {
            PackedAttention.LaunchBackwardKeysValues(
                trial.Stream, config, queryView, keyView, valueView, lastView, tileView, logSumInput, gradView, deltaInput, gradKeys, gradValues, count, sizes, parts);
        }

        ArrayView<T> Gradient(string name, double[] exactOnes, double[] plainOnes, bool written)
        {
            (T[] before, double[] exactAll, double[] plainAll) = Strided<T>(exactOnes, plainOnes, rows, groups * d, stride);
            return written ? trial.Replaced(name, before, exactAll, Worse<T>(exactAll, plainAll)) : trial.Replaced(name, before, before);
        }
    }

    // A text; a prompt with branches of which some branch again; a single token.
    private static int[] Parents(Shape shape)
    {
        var parents = new List<int>();
        for (int i = 0; i < shape.TextRows; i++) parents.Add(i - 1);
        int root = parents.Count;
        parents.AddRange([-1, root, root + 1, root + 2, root + 2, root + 1, root + 5, root]);
        for (int i = 0; i < shape.TextRows / 2; i++) parents.Add(parents.Count - 1);
        parents.Add(root);
        parents.Add(-1);
        return [.. parents];
    }

    private static int[] Last(int[] parents)
    {
        int[] last = [.. Enumerable.Range(0, parents.Length)];
        for (int row = parents.Length - 1; row >= 0; row--)
            for (int ancestor = parents[row]; ancestor >= 0; ancestor = parents[ancestor]) last[ancestor] = Math.Max(last[ancestor], row);
        return last;
    }

    private static AttentionTile[] Tiles(int[] parents, int[] last, int most)
    {
        var tiles = new List<AttentionTile>();
        int start = 0;
        for (int row = 0; row < parents.Length; row++)
        {
            if (parents[row] < 0) start = row;
            if (tiles.Count == 0 || parents[row] < 0 || tiles[^1].RowCount == most) tiles.Add(new AttentionTile { FirstRow = row, SequenceStart = start });
            AttentionTile tile = tiles[^1];
            tile.RowCount++;
            tile.LastSeer = Math.Max(tile.LastSeer, last[row]);
            tiles[^1] = tile;
        }

        return [.. tiles];
    }

    // Gradients of queries, keys or values stand in rows that hold more; what is between must stay.
    private static (T[] Before, double[] Exact, double[] Plain) Strided<T>(double[] exact, double[] plain, int rows, int width, int stride) where T : unmanaged
    {
        T[] before = Numbers.Normal<T>(((rows - 1) * stride) + width, "before");
        double[] exactAll = Numbers.ToDouble(before), plainAll = [.. exactAll];
        for (int i = 0; i < exact.Length; i++)
        {
            int at = (i / width * stride) + (i % width);
            (exactAll[at], plainAll[at]) = (exact[i], Numbers.Rounded<T>(plain[i]));
        }

        return (before, exactAll, plainAll);
    }

    // Deltas and log-sums reach the kernel rounded, and differences of nearly equal numbers remain of them.
    private static double[] Worse<T>(double[] exact, double[] plain) where T : unmanaged =>
        [.. plain.Zip(exact, (p, e) => p + (Math.Sign(p - e) * (typeof(T) == typeof(float) ? 1e-6 : 8e-3)))];

    private static double[] Loose(double[] values) => Array.ConvertAll(values, value => value + 2e-6);
}
