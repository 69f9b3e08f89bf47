using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>The router's own kernels: encoding of nodes in three types, attention within subtrees and across slots, scores. Trees have absent nodes and whole absent slots.</summary>
internal static class RouterCases
{
    private const float Epsilon = 1e-6f;

    private static readonly (int Routes, int Width, int Nodes, int Heads, int HeadDim)[] s_trees =
    [
        (1, 1, 1, 1, 4), (2, 3, 3, 2, 6), (3, 3, 12, 8, 16), (2, 2, 14, 3, 40), (1, 2, 6, 2, 96), (1, 64, 64, 2, 33),
    ];

    public static IEnumerable<KernelCase> All => [.. Encode<float>(), .. Encode<BFloat16>(), .. Encode<Half>(), .. Attention(), .. AttentionBackward(), .. Score(), .. Measures(), Mask()];

    /// <summary>Absent nodes: some leaves, and in odd trees all but the first slot.</summary>
    internal static int[] Valid(int routes, int width, int nodes)
    {
        var valid = new int[routes * nodes];
        for (int at = 0; at < valid.Length; at++)
        {
            int node = at % nodes, root = node;
            while (root >= width) root = (root / width) - 1;
            valid[at] = (node >= width && node % 5 == 4) || (at / nodes % 2 == 1 && root > 0) ? 0 : 1;
        }

        return valid;
    }

    private static IEnumerable<KernelCase> Encode<T>() where T : unmanaged =>
        from sizes in new[] { (Rows: 0, N: 8, K: 8), (Rows: 3, N: 5, K: 8), (Rows: 14, N: 33, K: 96), (Rows: 24, N: 16, K: 1536) }
        from tile in new[] { (Rows: 4, Columns: 1), (Rows: 8, Columns: 4) }
        select new KernelCase(
            NodeEncoder.ForwardVariant<T>(tile.Rows, tile.Columns), $"rows={sizes.Rows}, n={sizes.N}, k={sizes.K}", trial => RunEncode<T>(trial, sizes, tile.Rows, tile.Columns))
        { FitsScalarDevice = sizes.Rows < 5 };

    private static void RunEncode<T>(KernelTrial trial, (int Rows, int N, int K) sizes, int tileRows, int tileColumns) where T : unmanaged
    {
        (int rows, int n, int k) = sizes;
        int[] depths = [0, 0, 1], valid = [.. Enumerable.Range(0, rows).Select(row => row % 4 == 2 ? 0 : 1)];
        T[] states = Numbers.Normal<T>(rows * k, $"states {sizes}", 3);
        float[] gain = Numbers.Normal<float>(k, "gain"), weight = Numbers.Normal<float>(n * k, "weight", 1 / Math.Sqrt(k)), depth = Numbers.Normal<float>(2 * n, "depth");
        float[] logs = Numbers.Normal<float>(rows, "logs"), feature = Numbers.Normal<float>(n, "feature"), residual = Numbers.Normal<float>(rows * n, "residual");
        // What stands at absent nodes must not matter.
        for (int row = 2; row < rows; row += 4) (states[row * k], logs[row]) = (Numbers.Round<T>(double.NaN), float.NaN);
        double[] gains = Numbers.ToDouble(gain), weights = Numbers.ToDouble(weight), values = Numbers.ToDouble(states);
        double[] exact = Finish(LinearReference.Exact(RmsNormReference.Exact(values, gains, Epsilon), weights, null, null, rows, n, k));
        double[] plain = Finish(LinearReference.Plain<float>(RmsNormReference.Plain<float>(values, gains, Epsilon), weights, null, null, rows, n, k));
        NodeEncoder.LaunchForward(
            trial.Stream, new LaunchConfig((rows + tileRows - 1) / tileRows * ((n + (4 * tileColumns) - 1) / (4 * tileColumns))), trial.Input("states", states), trial.Input("gain", gain),
            trial.Input("weight", weight), trial.Input("valid", valid), trial.Input("depths", depths), trial.Input("depthEmbedding", depth), trial.Input("logProbabilities", logs),
            trial.Input("featureWeight", feature), trial.Input("residual", residual), trial.Output<float>("y", exact, plain), rows, n, k, depths.Length, Epsilon, tileRows, tileColumns);

        double[] Finish(double[] sums) =>
            [.. sums.Select((sum, at) => valid[at / n] == 0 ? 0 : sum + depth[(depths[at / n % 3] * n) + (at % n)] + ((double)logs[at / n] * feature[at % n]) + residual[at])];
    }

    private static IEnumerable<KernelCase> Attention() =>
        from tree in s_trees
        from scope in Enum.GetValues<AttentionScope>()
        let problem = new RouterAttentionProblem(tree.Routes, tree.Width, tree.Nodes, tree.Heads, tree.HeadDim, scope)
        select new KernelCase(RouterAttention.ForwardVariant(problem.PerLane), problem.ToString(), trial => RunAttention(trial, problem)) { FitsScalarDevice = tree.Nodes < 10 };

    private static void RunAttention(KernelTrial trial, RouterAttentionProblem problem)
    {
        int width = problem.Heads * problem.HeadDim, rows = problem.Routes * (problem.Scope == AttentionScope.Subtree ? problem.NodeStride : problem.Slots);
        float[] qkv = Numbers.Normal<float>(rows * 3 * width, $"qkv {problem}");
        int[] valid = Valid(problem.Routes, problem.Slots, problem.NodeStride);
        double[] exact = new double[problem.Routes * problem.Slots * width], logSums = new double[exact.Length / problem.HeadDim];
        for (int at = 0; at < exact.Length; at += problem.HeadDim)
        {
            (int query, int head) = (at / width, at % width / problem.HeadDim);
            AttentionTask task = AttentionTask.Of(problem, valid, query, head);
            RouterReference.Attend(Take(task.Query), [.. task.Keys.Select(Take)], [.. task.Values.Select(Take)]).CopyTo(exact, at);
            logSums[at / problem.HeadDim] = RouterReference.Weights(Take(task.Query), [.. task.Keys.Select(Take)]).LogSum / Math.Log(2);
        }

        RouterAttention.Launch(
            trial.Stream, problem, trial.Input("qkv", qkv), trial.Input("valid", valid), trial.Output<float>("y", exact, Loose(exact)), trial.Output<float>("logSums", logSums, Loose(logSums)));

        double[] Take(int start) => Numbers.ToDouble(qkv[start..(start + problem.HeadDim)]);
    }

    private static IEnumerable<KernelCase> AttentionBackward() =>
        from tree in s_trees
        from scope in Enum.GetValues<AttentionScope>()
        let problem = new RouterAttentionProblem(tree.Routes, tree.Width, tree.Nodes, tree.Heads, tree.HeadDim, scope)
        select new KernelCase(RouterAttention.BackwardVariant(problem.PerLane), problem.ToString(), trial => RunAttentionBackward(trial, problem)) { FitsScalarDevice = tree.Nodes < 10 };

    private static void RunAttentionBackward(KernelTrial trial, RouterAttentionProblem problem)
    {
        int width = problem.Heads * problem.HeadDim, size = problem.HeadDim, queries = problem.Routes * problem.Slots;
        float[] qkv = Numbers.Normal<float>((int)problem.Rows * 3 * width, $"qkv {problem}"), dy = Numbers.Normal<float>(queries * width, "dy");
        int[] valid = Valid(problem.Routes, problem.Slots, problem.NodeStride);
        double[] y = new double[dy.Length], logSums = new double[y.Length / size], exact = new double[qkv.Length];
        for (int at = 0; at < y.Length; at += size)
        {
            (int query, int head) = (at / width, at % width / size);
            if (valid[(query / problem.Slots * problem.NodeStride) + (query % problem.Slots)] == 0) Array.Clear(dy, at, size);
            AttentionTask task = AttentionTask.Of(problem, valid, query, head);
            double[] q = Take(qkv, task.Query), ahead = Take(dy, at);
            double[][] keys = [.. task.Keys.Select(start => Take(qkv, start))], values = [.. task.Values.Select(start => Take(qkv, start))];
            (double[] p, double logSum) = RouterReference.Weights(q, keys);
            logSums[at / size] = logSum / Math.Log(2);
            RouterReference.Attend(q, keys, values).CopyTo(y, at);
            for (int j = 0; j < keys.Length; j++)
            {
                // The Jacobian of the softmax, entry by entry.
                double score = Enumerable.Range(0, keys.Length).Sum(i => RouterReference.Dot(ahead, values[i]) * p[i] * ((i == j ? 1 : 0) - p[j])) / Math.Sqrt(size);
                for (int i = 0; i < size; i++)
                {
                    exact[task.Query + i] += score * keys[j][i];
                    exact[task.Keys[j] + i] += score * q[i];
                    exact[task.Values[j] + i] += p[j] * ahead[i];
                }
            }
        }

        RouterAttention.LaunchBackward(
            trial.Stream, problem, trial.Input("qkv", qkv), trial.Input("valid", valid), trial.Input("y", Numbers.Round<float>(y)), trial.Input("logSums", Numbers.Round<float>(logSums)),
            trial.Input("dy", dy), trial.Output<float>("dqkv", exact, Array.ConvertAll(exact, value => value + 2e-6)));

        double[] Take(float[] from, int start) => Numbers.ToDouble(from[start..(start + size)]);
    }

    private static KernelCase Mask() => new(TreeScore.MaskVariant(), "NaN where absent", trial =>
    {
        int[] valid = [.. Enumerable.Range(0, 70).Select(i => i % 3)];
        float[] values = [.. valid.Select((present, i) => present == 0 ? float.NaN : i)];
        TreeScore.LaunchMask(trial.Stream, trial.Input("valid", valid), trial.Input("values", values), trial.Output("y", Array.ConvertAll(values, value => float.IsNaN(value) ? 0 : value)), 70);
    })
    { FitsScalarDevice = true };

    private static double[] Loose(double[] values) => Array.ConvertAll(values, value => value * (1 + 1e-6));

    private static IEnumerable<KernelCase> Score() =>
        from sizes in new[] { (Rows: 0, Width: 8), (Rows: 5, Width: 24), (Rows: 9, Width: 512) }
        select new KernelCase(RouterScore.ForwardVariant(), $"rows={sizes.Rows}, width={sizes.Width}", trial =>
        {
            float[] x = Numbers.Normal<float>(sizes.Rows * sizes.Width, "x"), weight = Numbers.Normal<float>(sizes.Width, "weight");
            double[] rows = Numbers.ToDouble(x), weights = Numbers.ToDouble(weight);
            RouterScore.Launch(
                trial.Stream, trial.Input("x", x), trial.Input("weight", weight),
                trial.Output<float>("scores", LinearReference.Exact(rows, weights, null, null, sizes.Rows, 1, sizes.Width), LinearReference.Plain<float>(rows, weights, null, null, sizes.Rows, 1, sizes.Width)),
                sizes.Rows, sizes.Width);
        })
        { FitsScalarDevice = sizes.Width < 100 };

    private static IEnumerable<KernelCase> Measures() =>
        from tree in s_trees
        from measure in Enum.GetValues<TreeMeasure>()
        select new KernelCase(TreeScore.ForwardVariant(), $"{measure}, width={tree.Width}, nodes={tree.Nodes}", trial =>
        {
            int[] valid = Valid(tree.Routes, tree.Width, tree.Nodes);
            float[] values = Numbers.Normal<float>(valid.Length, "values");
            for (int at = 0; at < values.Length; at++)
                if (valid[at] == 0) values[at] = float.NaN;
            double[] exact = new double[tree.Routes * tree.Width];
            for (int at = 0; at < exact.Length; at++)
            {
                int first = at / tree.Width * tree.Nodes, slot = at % tree.Width;
                double[] seen = [.. (measure == TreeMeasure.Value ? RouterReference.Subtree(slot, tree.Width, tree.Nodes) : [slot]).Where(node => valid[first + node] != 0).Select(node => (double)values[first + node])];
                exact[at] = seen.Length == 0 ? 0 : (measure == TreeMeasure.Confidence ? -1 : 1) * seen.Average();
            }

            TreeScore.Launch(
                trial.Stream, trial.Input("valid", valid), trial.Input("values", values), trial.Output<float>("scores", exact, Array.ConvertAll(exact, value => value * (1 + 3e-7))),
                tree.Routes, tree.Width, tree.Nodes, measure);
        })
        { FitsScalarDevice = tree.Nodes < 10 };
}
