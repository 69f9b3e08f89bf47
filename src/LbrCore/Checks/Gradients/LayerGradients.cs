using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.Checks.Gradients;

/// <summary>What the backward pass of a transformer is made of, attention aside.</summary>
internal static class LayerGradients
{
    private const float Epsilon = 1e-5f;

    /// <summary>Linear by its input, its weight and its bias, of a size that is no multiple of anything.</summary>
    public static DifferentiableFunction Linear<T>(Device device) where T : unmanaged
    {
        const int M = 19, N = 36, K = 24;
        return new("linear", [M * K, N * K, N], M * N, inputs => Formulas.Linear(inputs[0], inputs[1], inputs[2], M, N, K), (inputs, outward) =>
        {
            using var arrays = new DeviceArrays(device);
            DeviceBuffer<T> x = arrays.Of<T>(inputs[0]), w = arrays.Of<T>(inputs[1]), gradY = arrays.Of<T>(outward), scratch = arrays.Zeros<T>(Kernels.Linear.GradientScratchLength(M, N, K));
            DeviceBuffer<float> gradX = arrays.Zeros<float>(M * K), gradW = arrays.Zeros<float>(N * K), gradBias = arrays.Zeros<float>(N);
            DeviceBuffer<float> sums = arrays.Zeros<float>(ColumnSums.WorkspaceLength(M, N));
            Kernels.Linear.LaunchGradientOfInput<T, float>(arrays.Stream, gradY, w, gradX, M, N, K, scratch, null);
            Kernels.Linear.LaunchGradientOfWeight<T>(arrays.Stream, gradY, x, gradW, M, N, K, scratch, null);
            ColumnSums.Accumulate<T>(arrays.Stream, gradY, gradBias, M, N, sums);
            return [DeviceArrays.Read(gradX), DeviceArrays.Read(gradW), DeviceArrays.Read(gradBias)];
        });
    }

    /// <summary>RMSNorm by its input and its weight.</summary>
    public static DifferentiableFunction RmsNorm<T>(Device device) where T : unmanaged
    {
        const int Rows = 5, Columns = 100;
        return new("rmsnorm", [Rows * Columns, Columns], Rows * Columns, inputs => Formulas.RmsNorm(inputs[0], inputs[1], Epsilon), (inputs, outward) =>
        {
            using var arrays = new DeviceArrays(device);
            DeviceBuffer<float> gradX = arrays.Zeros<float>(Rows * Columns), gradWeight = arrays.Zeros<float>(Columns);
            Kernels.RmsNorm.LaunchGradients<T, T>(
                arrays.Stream, arrays.Of<T>(inputs[0]), arrays.Of<T>(inputs[1]), arrays.Of<T>(outward), gradX, default, gradWeight, Rows, Columns, Epsilon, false,
                arrays.Zeros<float>(Kernels.RmsNorm.BackwardWorkspaceLength(Rows, Columns)));
            return [DeviceArrays.Read(gradX), DeviceArrays.Read(gradWeight)];
        });
    }

    /// <summary>SwiGLU by gate and up.</summary>
    public static DifferentiableFunction SwiGlu<T>(Device device) where T : unmanaged
    {
        const int Rows = 7, Columns = 40;
        return new("swiglu", [2 * Rows * Columns], Rows * Columns, inputs => Formulas.SwiGlu(inputs[0], Rows, Columns), (inputs, outward) =>
        {
            using var arrays = new DeviceArrays(device);
            DeviceBuffer<T> gradX = arrays.Zeros<T>(2 * Rows * Columns);
            Kernels.SwiGlu.LaunchBackward<T>(arrays.Stream, arrays.Of<T>(inputs[0]), arrays.Of<T>(outward), gradX, Rows, Columns);
            return [DeviceArrays.Read(gradX)];
        });
    }

    /// <summary>Norms of the heads and rotation, by the projection and both weights.</summary>
    public static DifferentiableFunction Rope<T>(Device device, bool hasNorm) where T : unmanaged
    {
        const int Rows = 5, QueryHeads = 3, KeyValueHeads = 2, HeadDim = 16, Heads = QueryHeads + KeyValueHeads, Width = (Heads + KeyValueHeads) * HeadDim;
        double[] angles = [.. Enumerable.Range(0, Rows * HeadDim / 2).Select(i => i / (HeadDim / 2) * Math.Pow(100, -2.0 * (i % (HeadDim / 2)) / HeadDim))];
        return new(hasNorm ? "rope with norms" : "rope", hasNorm ? [Rows * Width, HeadDim, HeadDim] : [Rows * Width], Rows * Width, Formula, Backward);

        double[] Formula(double[][] inputs)
        {
            double[] y = [.. inputs[0]];
            for (int row = 0; row < Rows; row++)
            {
                for (int head = 0; head < Heads; head++)
                {
                    Span<double> values = y.AsSpan((row * Width) + (head * HeadDim), HeadDim);
                    if (hasNorm) Formulas.RmsNorm(values.ToArray(), inputs[head < QueryHeads ? 1 : 2], Epsilon).CopyTo(values);
                    Formulas.Rotate(values, angles.AsSpan(row * HeadDim / 2, HeadDim / 2));
                }
            }

            return y;
        }

        IReadOnlyList<double[]> Backward(double[][] inputs, double[] outward)
        {
            using var arrays = new DeviceArrays(device);
            Float2[] rotations = [.. angles.Select(angle => new Float2((float)Math.Cos(angle), (float)Math.Sin(angle)))];
            DeviceBuffer<T> gradient = arrays.Of<T>(outward);
            DeviceBuffer<float> gradQuery = arrays.Zeros<float>(HeadDim), gradKey = arrays.Zeros<float>(HeadDim);
            DeviceBuffer<float> workspace = arrays.Zeros<float>(Kernels.Rope.BackwardWorkspaceLength(Rows, Heads, HeadDim));
            DeviceBuffer<Float2> turns = arrays.Of<Float2>(rotations);
            if (!hasNorm)
            {
                Kernels.Rope.LaunchGradients<T>(arrays.Stream, gradient, default, turns, default, default, default, default, Rows, QueryHeads, KeyValueHeads, HeadDim, Epsilon, workspace);
                return [DeviceArrays.Read(gradient)];
            }

            Kernels.Rope.LaunchGradients<T>(
                arrays.Stream, gradient, arrays.Of<T>(inputs[0]), turns, arrays.Of<T>(inputs[1]), arrays.Of<T>(inputs[2]), gradQuery, gradKey,
                Rows, QueryHeads, KeyValueHeads, HeadDim, Epsilon, workspace);
            return [DeviceArrays.Read(gradient), DeviceArrays.Read(gradQuery), DeviceArrays.Read(gradKey)];
        }
    }

    /// <summary>Rows of a table by the table, some of them taken several times and some never.</summary>
    public static DifferentiableFunction Embedding<T>(Device device) where T : unmanaged
    {
        const int Tokens = 6, Columns = 20;
        int[] taken = [4, 1, 4, 0, 1, 4, 3];
        return new("embedding", [Tokens * Columns], taken.Length * Columns, inputs => [.. taken.SelectMany(token => inputs[0].Skip(token * Columns).Take(Columns))], (_, outward) =>
        {
            using var arrays = new DeviceArrays(device);
            int[] order = [.. Enumerable.Range(0, taken.Length).OrderBy(row => taken[row])];
            RowSegment[] segments = [.. taken.Distinct().Order().Select(token => new RowSegment
            {
                Target = token,
                Start = taken.Count(other => other < token),
                Count = taken.Count(other => other == token),
            })];
            DeviceBuffer<float> gradient = arrays.Zeros<float>(Tokens * Columns);
            Kernels.Embedding.LaunchBackward<T>(arrays.Stream, arrays.Of<T>(outward), arrays.Of<int>(order), arrays.Of<RowSegment>(segments), gradient, segments.Length, Columns, true);
            return [DeviceArrays.Read(gradient)];
        });
    }

    /// <summary>Log-probabilities of tokens by the logits, which come in two chunks of the vocabulary.</summary>
    public static DifferentiableFunction LogProbabilities<T>(Device device) where T : unmanaged
    {
        const int Rows = 4, Columns = 90, First = 64, PerRow = 2;
        const float InverseTemperature = 1.25f;
        int[] targets = [3, 70, -1, 63, 64, 64, 89, 0];
        return new(
            "log-probabilities", [Rows * Columns], Rows * PerRow, inputs => Formulas.LogProbabilities(inputs[0], targets, Rows, InverseTemperature), (inputs, outward) =>
            {
                using var arrays = new DeviceArrays(device);
                (int From, int Count)[] chunks = [(0, First), (First, Columns - First)];
                DeviceBuffer<float>[] logits = [.. chunks.Select(chunk => arrays.Of<float>([.. Enumerable.Range(0, Rows).SelectMany(row => inputs[0].Skip((row * Columns) + chunk.From).Take(chunk.Count))]))];
                DeviceBuffer<int> named = arrays.Of<int>(targets);
                DeviceBuffer<TokenSum> sums = arrays.Zeros<TokenSum>(Rows);
                DeviceBuffer<float> logProbs = arrays.Zeros<float>(targets.Length), entropies = arrays.Zeros<float>(Rows), outwards = arrays.Of<float>(outward);
                for (int i = 0; i < chunks.Length; i++)
                    LogProbs.LaunchAccumulate(arrays.Stream, logits[i], named, sums, logProbs, Rows, chunks[i].Count, chunks[i].From, PerRow, InverseTemperature);
                LogProbs.LaunchFinish(arrays.Stream, sums, named, logProbs, entropies, Rows, PerRow);
                var gradient = new double[Rows * Columns];
                for (int i = 0; i < chunks.Length; i++)
                {
                    (int from, int count) = chunks[i];
                    DeviceBuffer<T> part = arrays.Zeros<T>(Rows * count);
                    LogProbs.LaunchGradient<T>(arrays.Stream, logits[i], sums, named, outwards, part, Rows, count, count, from, PerRow, InverseTemperature);
                    double[] values = DeviceArrays.Read(part);
                    for (int row = 0; row < Rows; row++) values.AsSpan(row * count, count).CopyTo(gradient.AsSpan((row * Columns) + from));
                }

                return [gradient];
            });
    }
}
