using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.Checks.Gradients;

/// <summary>What the backward pass of the router is made of. Its gradients are float32; its norms read states in the model's type.</summary>
internal static class RouterGradients
{
    private const float Epsilon = 1e-6f;

    /// <summary>A norm by its input and its gain; one row stands for an absent node.</summary>
    public static DifferentiableFunction Norm<T>(Device device) where T : unmanaged
    {
        const int Rows = 6, Columns = 44, Absent = 2;
        return new("router norm", [Rows * Columns, Columns], Rows * Columns, Formula, (inputs, outward) =>
        {
            using var arrays = new DeviceArrays(device);
            int[] valid = [.. Enumerable.Range(0, Rows).Select(row => row == Absent ? 0 : 1)];
            DeviceBuffer<float> terms = arrays.Of<float>(outward), gradX = arrays.Zeros<float>(Rows * Columns), gradGain = arrays.Zeros<float>(Columns), one = arrays.Of<float>([1.0]);
            NormGradient.LaunchBackward<T>(
                arrays.Stream, arrays.Of<T>(inputs[0]), arrays.Of<float>(inputs[1]), arrays.Of<int>(valid), terms, gradX, Rows, Columns, Epsilon, false);
            GradientProducts.Launch(arrays.Stream, one, terms, gradGain, GradientProblem.OfColumns(Rows, Columns, false));
            return [DeviceArrays.Read(gradX), DeviceArrays.Read(gradGain)];
        });

        static double[] Formula(double[][] inputs)
        {
            double[] y = Formulas.RmsNorm(inputs[0], inputs[1], Epsilon);
            y.AsSpan(Absent * Columns, Columns).Clear();
            return y;
        }
    }

    /// <summary>gelu(u) w^T by u and w.</summary>
    public static DifferentiableFunction GeluLinear(Device device)
    {
        const int M = 9, N = 20, K = 28;
        return new("router products", [M * K, N * K], M * N, inputs => Formulas.Linear(Array.ConvertAll(inputs[0], Formulas.Gelu), inputs[1], null, M, N, K), (inputs, outward) =>
        {
            using var arrays = new DeviceArrays(device);
            DeviceBuffer<float> u = arrays.Of<float>(inputs[0]), active = arrays.Of<float>(Array.ConvertAll(inputs[0], Formulas.Gelu)), w = arrays.Of<float>(inputs[1]), gradY = arrays.Of<float>(outward);
            DeviceBuffer<float> gradU = arrays.Zeros<float>(M * K), gradW = arrays.Zeros<float>(N * K);
            GradientProducts.Launch(arrays.Stream, gradY, w, gradU, GradientProblem.OfInput(M, N, K) with { Preactivation = u });
            GradientProducts.Launch(arrays.Stream, gradY, active, gradW, GradientProblem.OfWeight(M, N, K), arrays.Zeros<float>(4 * N * K));
            return [DeviceArrays.Read(gradU), DeviceArrays.Read(gradW)];
        });
    }

    /// <summary>Attention over the nodes of subtrees of two levels, or over slots, by queries, keys and values; one node of the first tree is absent.</summary>
    public static DifferentiableFunction Attention(Device device, AttentionScope scope)
    {
        const int Routes = 3, Slots = 3, Nodes = Slots + (Slots * Slots), Heads = 2, HeadDim = 12, Width = Heads * HeadDim, Absent = Slots + 1;
        var problem = new RouterAttentionProblem(Routes, Slots, Nodes, Heads, HeadDim, scope);
        int rows = (int)problem.Rows, perRoute = rows / Routes;
        return new($"router attention over {(scope == AttentionScope.Subtree ? "subtrees" : "slots")}", [rows * 3 * Width], Routes * Slots * Width, Formula, Backward);

        double[] Formula(double[][] inputs)
        {
            var y = new double[Routes * Slots * Width];
            for (int query = 0; query < Routes * Slots; query++)
            {
                (int route, int slot) = (query / Slots, query % Slots);
                int[] seen = [.. Seen(route, slot).Select(node => (route * perRoute) + node)];
                for (int head = 0; head < Heads; head++)
                {
                    double[][] keys = [.. seen.Select(row => Part(inputs[0], row, 1, head))], values = [.. seen.Select(row => Part(inputs[0], row, 2, head))];
                    Formulas.Attend(Part(inputs[0], (route * perRoute) + slot, 0, head), keys, values, 1 / Math.Sqrt(HeadDim)).CopyTo(y, (query * Width) + (head * HeadDim));
                }
            }

            return y;
        }

        // A slot's subtree is itself and its children, which stand behind all slots.
        IEnumerable<int> Seen(int route, int slot) => scope == AttentionScope.Subtree
            ? new[] { slot }.Concat(Enumerable.Range(Slots + (slot * Slots), Slots)).Where(node => route > 0 || node != Absent)
            : Enumerable.Range(0, Slots);

        static double[] Part(double[] qkv, int row, int part, int head) => qkv.AsSpan((((row * 3) + part) * Width) + (head * HeadDim), HeadDim).ToArray();

        IReadOnlyList<double[]> Backward(double[][] inputs, double[] outward)
        {
            using var arrays = new DeviceArrays(device);
            int[] valid = [.. Enumerable.Range(0, Routes * Nodes).Select(node => node == Absent ? 0 : 1)];
            DeviceBuffer<float> qkv = arrays.Of<float>(inputs[0]), y = arrays.Zeros<float>(outward.Length), logSums = arrays.Zeros<float>(Routes * Slots * Heads), gradient = arrays.Zeros<float>(inputs[0].Length);
            DeviceBuffer<int> present = arrays.Of<int>(valid);
            RouterAttention.Launch(arrays.Stream, problem, qkv, present, y, logSums);
            RouterAttention.LaunchBackward(arrays.Stream, problem, qkv, present, y, logSums, arrays.Of<float>(outward), gradient);
            return [DeviceArrays.Read(gradient)];
        }
    }
}
