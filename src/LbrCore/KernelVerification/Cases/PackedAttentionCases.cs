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

    public static IEnumerable<KernelCase> All => [.. Cases<float>(), .. Cases<BFloat16>()];

    private static IEnumerable<KernelCase> Cases<T>() where T : unmanaged =>
        s_shapes.SelectMany(shape =>
        {
            int parts = PackedAttention.PartsFor(shape.HeadDim);
            bool small = shape.TextRows < 6;
            return new[]
            {
                new KernelCase(PackedAttention.ForwardVariant<T>(parts), shape.ToString(), trial => Run<T>(trial, shape, 0)) { FitsScalarDevice = small },
                new KernelCase(PackedAttention.BackwardQueriesVariant<T>(parts), shape.ToString(), trial => Run<T>(trial, shape, 1)) { FitsScalarDevice = small },
                new KernelCase(PackedAttention.BackwardKeysValuesVariant<T>(parts), shape.ToString(), trial => Run<T>(trial, shape, 2)) { FitsScalarDevice = small },
            };
        });

    private static void Run<T>(KernelTrial trial, Shape shape, int which) where T : unmanaged
    {
        (int heads, int groups, int d) = (shape.QueryHeads, shape.KeyValueHeads, shape.HeadDim);
        int[] parents = Parents(shape), last = Last(parents);
        int rows = parents.Length, stride = (heads + (2 * groups)) * d;
        AttentionTile[] tiles = Tiles(parents, last, PackedAttention.RowsOfTile(d));
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
        PackedAttentionReference.Result exact = operands.Compute(new GradientReference(false)), plain = operands.Compute(new GradientReference(true));
        // What the forward pass stores is an input of the backward kernels.
        T[] y = Numbers.Round<T>(exact.Y);
        float[] logSums = Numbers.Round<float>(exact.LogSumExp), deltas = Numbers.Round<float>(exact.Deltas);
        ArrayView<T> queryView = trial.Input("queries", qkv), keyView = trial.Input("keys", keys), valueView = trial.Input("values", values);
        ArrayView<int> lastView = trial.Input("last", last);
        ArrayView<AttentionTile> tileView = trial.Input("tiles", tiles);
        int parts = PackedAttention.PartsFor(d);
        switch (which)
        {
            case 0:
                PackedAttention.LaunchForward(
                    trial.Stream, queryView, keyView, valueView, lastView, tileView, trial.Output<T>("y", exact.Y, Array.ConvertAll(plain.Y, Numbers.Rounded<T>)),
                    trial.Output<float>("logSumExp", exact.LogSumExp, Loose(plain.LogSumExp)), tiles.Length, sizes);
                break;
            case 1:
                // The deltas of the kernel come from the rounded y.
                (T[] before, double[] exactQueries, double[] plainQueries) = Strided<T>(exact.GradQueries, plain.GradQueries, rows, heads * d, stride);
                double[] ofRounded = operands.DeltasOf(Numbers.ToDouble(y));
                PackedAttention.LaunchBackwardQueries(
                    trial.Stream, new LaunchConfig((tiles.Length, heads)), queryView, keyView, valueView, lastView, tileView, trial.Input("y", y), trial.Input("logSumExp", logSums),
                    trial.Input("gradY", gradY), trial.Output<float>("deltas", ofRounded, Loose(ofRounded)), trial.Replaced("gradQueries", before, exactQueries, Worse<T>(exactQueries, plainQueries)),
                    tiles.Length, sizes, parts);
                break;
            default:
                (T[] beforeKeys, double[] exactKeys, double[] plainKeys) = Strided<T>(exact.GradKeys, plain.GradKeys, rows, groups * d, stride);
                (T[] beforeValues, double[] exactValues, double[] plainValues) = Strided<T>(exact.GradValues, plain.GradValues, rows, groups * d, stride);
                PackedAttention.LaunchBackwardKeysValues(
                    trial.Stream, new LaunchConfig((tiles.Length, groups)), queryView, keyView, valueView, lastView, tileView, trial.Input("logSumExp", logSums), trial.Input("gradY", gradY),
                    trial.Input("deltas", deltas), trial.Replaced("gradKeys", beforeKeys, exactKeys, Worse<T>(exactKeys, plainKeys)),
                    trial.Replaced("gradValues", beforeValues, exactValues, Worse<T>(exactValues, plainValues)), tiles.Length, sizes, parts);
                break;
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
