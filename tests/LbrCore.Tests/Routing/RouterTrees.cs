using LbrCore.Compute;
using LbrCore.Routing;
using LbrCore.Trees;

namespace LbrCore.Tests.Routing;

/// <summary>Random trees and their copies on a device.</summary>
internal sealed class RouterTrees : IDisposable
{
    private readonly DeviceBuffer<float> _states;
    private readonly DeviceBuffer<int> _valid;
    private readonly DeviceBuffer<float> _logs;
    private readonly DeviceBuffer<float>? _embeddings;

    public RouterTrees(Device device, TreeShape shape, int hiddenSize, double[][][] states, bool[][] valid, double[][] logs, double[][][]? embeddings = null)
    {
        Embeddings = embeddings;
        if (embeddings is not null) _embeddings = device.Allocate<float>([.. embeddings.SelectMany(tree => tree).SelectMany(node => node).Select(value => (float)value)]);
        (Shape, HiddenSize, States, Valid, Logs) = (shape, hiddenSize, states, valid, logs);
        _states = device.Allocate<float>([.. states.SelectMany(tree => tree).SelectMany(node => node).Select(value => (float)value)]);
        _valid = device.Allocate<int>([.. valid.SelectMany(tree => tree).Select(present => present ? 1 : 0)]);
        _logs = device.Allocate<float>([.. logs.SelectMany(tree => tree).Select(value => (float)value)]);
    }

    public TreeShape Shape { get; }

    public int HiddenSize { get; }

    /// <summary>[tree][node][H].</summary>
    public double[][][] States { get; }

    /// <summary>[tree][node][H]: of tokens, for routers that read those.</summary>
    public double[][][]? Embeddings { get; }

    public bool[][] Valid { get; }

    public double[][] Logs { get; }

    public RouterInput<float> Input => new()
    {
        Sequences = States.Length,
        Shape = Shape,
        HiddenSize = HiddenSize,
        NodeStates = _states,
        NodeValid = _valid,
        NodeLogProbabilities = _logs,
        NodeEmbeddings = _embeddings?.View ?? default,
    };

    /// <summary>Trees of which every third has leaves that are absent, and every fourth a whole slot.</summary>
    public static RouterTrees Random(Device device, TreeShape shape, int hiddenSize, int count, int seed, bool holes = true)
    {
        var random = new Random(seed);
        double[][][] states = new double[count][][];
        bool[][] valid = new bool[count][];
        double[][] logs = new double[count][];
        for (int tree = 0; tree < count; tree++)
        {
            // Values of float32, so that reference and router start from the same numbers.
            states[tree] = [.. Enumerable.Range(0, shape.Nodes).Select(_ => Enumerable.Range(0, hiddenSize).Select(_ => (double)(float)((random.NextDouble() * 4) - 2)).ToArray())];
            logs[tree] = [.. Enumerable.Range(0, shape.Nodes).Select(_ => (double)(float)(-3 * random.NextDouble()))];
            valid[tree] = [.. Enumerable.Range(0, shape.Nodes).Select(node => !holes || !(
                (tree % 3 == 1 && node >= shape.Width && node % 2 == 1) || (tree % 4 == 2 && Root(node, shape.Width) == shape.Width - 1 && shape.Width > 1)))];
        }

        return new RouterTrees(device, shape, hiddenSize, states, valid, logs);
    }

    /// <summary>The same trees with embeddings of their tokens.</summary>
    public RouterTrees WithEmbeddings(Device device, int seed)
    {
        var random = new Random(seed);
        return new RouterTrees(
            device, Shape, HiddenSize, States, Valid, Logs, [.. States.Select(tree => tree.Select(node => node.Select(_ => (double)(float)((random.NextDouble() * 4) - 2)).ToArray()).ToArray())]);
    }

    public static int Root(int node, int width)
    {
        while (node >= width) node = (node / width) - 1;
        return node;
    }

    /// <summary>The same trees with the slots in another order.</summary>
    public RouterTrees Permute(Device device, int[] order)
    {
        int[] from = new int[Shape.Nodes];
        for (int k = 0; k < Shape.Width; k++)
            foreach ((int to, int source) in Shape.Subtree(k).Zip(Shape.Subtree(order[k]))) from[to] = source;
        return new RouterTrees(
            device, Shape, HiddenSize, [.. States.Select(tree => from.Select(node => tree[node]).ToArray())], [.. Valid.Select(tree => from.Select(node => tree[node]).ToArray())],
            [.. Logs.Select(tree => from.Select(node => tree[node]).ToArray())]);
    }

    public void Dispose()
    {
        _states.Dispose();
        _valid.Dispose();
        _logs.Dispose();
        _embeddings?.Dispose();
    }
}
