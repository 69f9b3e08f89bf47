using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.Checks.Gradients;

/// <summary>Attention of training, of a text and of a tree, by queries, keys and values.</summary>
internal static class AttentionGradients
{
    private const int QueryHeads = 4, KeyValueHeads = 2, HeadDim = 24;

    /// <summary>A text: every row sees those before it and itself.</summary>
    public static DifferentiableFunction Text<T>(Device device) where T : unmanaged => Of<T>(device, "causal attention", [-1, .. Enumerable.Range(0, 20)]);

    /// <summary>A tree in preorder behind a text, and a second text.</summary>
    public static DifferentiableFunction Tree<T>(Device device) where T : unmanaged => Of<T>(device, "tree attention", [-1, 0, 1, 2, 2, 4, 4, 1, 7, 7, -1, 10, 11]);

    private static DifferentiableFunction Of<T>(Device device, string name, int[] parents) where T : unmanaged
    {
        int rows = parents.Length, width = QueryHeads * HeadDim, narrow = KeyValueHeads * HeadDim;
        double scale = 1 / Math.Sqrt(HeadDim);
        return new(name, [rows * width, rows * narrow, rows * narrow], rows * width, Formula, Backward);

        double[] Formula(double[][] inputs)
        {
            var y = new double[rows * width];
            for (int row = 0; row < rows; row++)
            {
                var seen = new List<int>();
                for (int at = row; at >= 0; at = parents[at]) seen.Add(at);
                for (int head = 0; head < QueryHeads; head++)
                {
                    int shared = head / (QueryHeads / KeyValueHeads);
                    double[][] keys = [.. seen.Select(at => Head(inputs[1], at, shared, narrow))], values = [.. seen.Select(at => Head(inputs[2], at, shared, narrow))];
                    Formulas.Attend(Head(inputs[0], row, head, width), keys, values, scale).CopyTo(y, (row * width) + (head * HeadDim));
                }
            }

            return y;
        }

        IReadOnlyList<double[]> Backward(double[][] inputs, double[] outward)
        {
            using var arrays = new DeviceArrays(device);
            int[] last = [.. Enumerable.Range(0, rows)];
            for (int row = 0; row < rows; row++)
                for (int at = row; at >= 0; at = parents[at]) last[at] = Math.Max(last[at], row);
            AttentionTile[] tiles = [.. Tiles(parents, last)];
            var sizes = new PackedAttentionSizes
            {
                Rows = rows,
                QueryHeads = QueryHeads,
                KeyValueHeads = KeyValueHeads,
                HeadDim = HeadDim,
                QueryStride = width,
                KeyValueStride = narrow,
                GradientStride = narrow,
                Scale = (float)scale,
            };
            DeviceBuffer<T> q = arrays.Of<T>(inputs[0]), k = arrays.Of<T>(inputs[1]), v = arrays.Of<T>(inputs[2]), y = arrays.Zeros<T>(rows * width), gradY = arrays.Of<T>(outward);
            DeviceBuffer<T> gradQ = arrays.Zeros<T>(rows * width), gradK = arrays.Zeros<T>(rows * narrow), gradV = arrays.Zeros<T>(rows * narrow);
            DeviceBuffer<float> logSums = arrays.Zeros<float>(rows * QueryHeads), deltas = arrays.Zeros<float>(rows * QueryHeads);
            DeviceBuffer<int> lasts = arrays.Of<int>(last);
            DeviceBuffer<AttentionTile> listed = arrays.Of<AttentionTile>(tiles);
            PackedAttention.LaunchForward<T>(arrays.Stream, q, k, v, lasts, listed, y, logSums, tiles.Length, sizes);
            PackedAttention.LaunchGradients<T>(arrays.Stream, q, k, v, lasts, listed, y, logSums, gradY, deltas, gradQ, gradK, gradV, tiles.Length, sizes);
            return [DeviceArrays.Read(gradQ), DeviceArrays.Read(gradK), DeviceArrays.Read(gradV)];
        }
    }

    private static double[] Head(double[] values, int row, int head, int stride) => values.AsSpan((row * stride) + (head * HeadDim), HeadDim).ToArray();

    // Short tiles, so that sequences have several.
    private static IEnumerable<AttentionTile> Tiles(int[] parents, int[] last)
    {
        const int Rows = 8;
        int start = 0;
        for (int first = 0; first < parents.Length;)
        {
            if (parents[first] < 0) start = first;
            int next = first + 1;
            while (next < parents.Length && next - first < Rows && parents[next] >= 0) next++;
            yield return new AttentionTile { FirstRow = first, RowCount = next - first, SequenceStart = start, LastSeer = last[first..next].Max() };
            first = next;
        }
    }
}
