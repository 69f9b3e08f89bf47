using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.KernelVerification.Cases;

/// <summary>Random operands of an attention and what must come out of it: zeros for padding.</summary>
internal sealed class AttentionOperands<T> where T : unmanaged
{
    private readonly AttentionProblem _problem;
    private readonly TokenRow[] _rows;
    private readonly int[] _parents;
    private readonly T[] _queries;
    private readonly T[] _keys;
    private readonly T[] _values;

    /// <summary>Makes operands and computes the attention by its formula.</summary>
    /// <param name="problem">Sizes.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="parents">[sequences, slots].</param>
    /// <param name="sequences">Sequences of the cache.</param>
    /// <param name="queryScale">Standard deviation of the queries.</param>
    public AttentionOperands(in AttentionProblem problem, TokenRow[] rows, int[] parents, int sequences, double queryScale = 1)
    {
        (_problem, _rows, _parents) = (problem, rows, parents);
        (int heads, int groups, int d, CacheLayout layout) = (problem.QueryHeads, problem.KeyValueHeads, problem.HeadDim, problem.Layout);
        _queries = Numbers.Normal<T>(rows.Length * problem.QueryStride, $"queries {rows.Length} {heads}", queryScale);
        _keys = Numbers.Normal<T>(sequences * (int)layout.SequenceStride, "keys");
        _values = Numbers.Normal<T>(_keys.Length, "values");
        Exact = new double[rows.Length * heads * d];
        Plain = new double[Exact.Length];
        LogSums = new double[rows.Length * heads];
        for (int at = 0; at < rows.Length * heads; at++)
        {
            (int row, int head) = (at / heads, at % heads);
            if (rows[row].Sequence < 0) continue;
            int start = (rows[row].Sequence * (int)layout.SequenceStride) + (head / (heads / groups) * layout.HeadStride);
            List<int> seen = AttentionReference.Seen(rows[row], parents, layout.Slots);
            double[][] seenKeys = [.. seen.Select(slot => Head(_keys, start + (slot * layout.SlotStride), d))];
            double[][] seenValues = [.. seen.Select(slot => Head(_values, start + (slot * layout.SlotStride), d))];
            double[] query = Head(_queries, (row * problem.QueryStride) + (head * d), d);
            (double[] output, LogSums[at]) = AttentionReference.Exact(query, seenKeys, seenValues, problem.Scale);
            output.CopyTo(Exact, at * d);
            AttentionReference.Plain<T>(query, seenKeys, seenValues, problem.Scale).CopyTo(Plain, at * d);
        }
    }

    /// <summary>[rows, heads * headDim]: the exact outputs.</summary>
    public double[] Exact { get; }

    /// <summary>[rows, heads * headDim]: those of the plain computation.</summary>
    public double[] Plain { get; }

    /// <summary>[rows, heads].</summary>
    public double[] LogSums { get; }

    /// <summary>Queues the attention on operands of a trial, which then expects the results.</summary>
    /// <param name="trial">The trial.</param>
    /// <param name="plan">The plan; null for the one that is chosen.</param>
    /// <param name="workspace">What the plan may use.</param>
    /// <param name="offset">Elements that operands are off their alignment.</param>
    /// <param name="wantsLogSums">Whether the log sums are asked for, too; of rows that stand for nothing they would be undefined.</param>
    public void Run(KernelTrial trial, AttentionPlan? plan = null, AttentionWorkspace? workspace = null, int offset = 0, bool wantsLogSums = false)
    {
        ArrayView<float> logSumExp = wantsLogSums ? trial.Output<float>("logSumExp", LogSums, Array.ConvertAll(LogSums, value => (double)(float)value * (1 + 1e-6))) : default;
        ArrayView<T> queries = trial.Input("queries", _queries, offset), keys = trial.Input("keys", _keys, offset), values = trial.Input("values", _values, offset);
        ArrayView<TokenRow> rows = trial.Input("rows", _rows);
        ArrayView<int> parents = trial.Input("parents", _parents);
        ArrayView<T> y = trial.Output<T>("y", Exact, Plain, offset);
        if (plan is null) Attention.Forward(trial.Stream, _problem, queries, keys, values, rows, parents, y, logSumExp, workspace);
        else Attention.Forward(trial.Stream, plan, _problem, queries, keys, values, rows, parents, y, logSumExp, workspace);
    }

    private static double[] Head(T[] elements, int start, int length) => Numbers.ToDouble(elements[start..(start + length)]);
}
