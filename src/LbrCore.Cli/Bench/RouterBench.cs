using LbrCore.Compute;
using LbrCore.Kernels;
using LbrCore.Routing;
using LbrCore.Trees;

namespace LbrCore.Cli.Bench;

/// <summary>The router: at a few trees the time of its launches and of reading its weights once, at many that of its products, forward and backward.</summary>
internal static class RouterBench
{
    private const string Part = "router";

    /// <summary>Measures all of it.</summary>
    public static void Run(BenchSession session)
    {
        if (!session.Wants(Part, "forward") && !session.Wants(Part, "backward")) return;
        RouterConfig config = session.IsLarge
            ? new RouterConfig { HiddenSize = 1536, RouterWidth = 512, MaxDepth = 2 }
            : new RouterConfig { HiddenSize = 256, RouterWidth = 128, MaxDepth = 2 };
        foreach (TreeShape shape in new[] { new TreeShape(3, 1), new TreeShape(3, 2) })
        {
            foreach (int trees in session.IsLarge ? new[] { 1, 64 } : [1]) Measure(session, config, shape, trees, backward: false);
            Measure(session, config, shape, session.IsLarge ? 1024 : 16, backward: true);
        }
    }

    private static void Measure(BenchSession session, RouterConfig config, TreeShape shape, int trees, bool backward)
    {
        // Enough copies of the weights that caches hold none of them when its turn comes.
        int copies = backward ? 1 : session.Pool.Rotations(RouterTensors.ParameterCount(config) * sizeof(float), BenchSession.RotateBytes);
        var owned = new Stack<IDisposable>();
        try
        {
            RouterWeights[] weights = [.. Enumerable.Range(0, copies).Select(_ => Keep(new RouterWeights(config, session.Device)))];
            foreach (RouterWeights copy in weights) copy.Initialize(session.Device.DefaultStream, 1);
            RouterPass[] passes = [.. weights.Select(copy => Keep(new RouterPass(copy, shape, trees, keep: backward)))];
            DeviceBuffer<int> valid = Keep(session.Device.Allocate<int>([.. Enumerable.Repeat(1, trees * shape.Nodes)]));
            DeviceBuffer<float> scores = Keep(session.Device.Allocate<float>((long)trees * shape.Width)), logs = Keep(session.Device.Allocate<float>((long)trees * shape.Nodes));
            Elements.LaunchFill(session.Device.DefaultStream, logs.View, -1f);
            var input = new RouterInput<BFloat16>
            {
                Sequences = trees,
                Shape = shape,
                HiddenSize = config.HiddenSize,
                NodeStates = session.Pool.Take<BFloat16>(0, (long)trees * shape.Nodes * config.HiddenSize),
                NodeValid = valid,
                NodeLogProbabilities = logs,
            };
            session.Device.Synchronize();
            string name = $"{trees} x K={shape.Width} L={shape.Depth}, {config.HiddenSize} to {config.RouterWidth}";
            double operations = 2.0 * trees * ((shape.Nodes * config.RouterWidth * (config.HiddenSize + (3.0 * config.RouterWidth))) + (shape.Width * 25.0 * config.RouterWidth * config.RouterWidth));
            var work = new Work(RouterTensors.ParameterCount(config) * sizeof(float), operations);
            session.Measure(Part, "forward", name, work, copies, (stream, i) => passes[i].Forward(stream, input, scores));
            if (!backward) return;
            RouterWeights gradients = Keep(new RouterWeights(config, session.Device));
            DeviceBuffer<float> states = Keep(session.Device.Allocate<float>(input.NodeStates.Length));
            session.Measure(Part, "backward", name, new Work(3 * work.Bytes, 2 * operations), 1, (stream, _) => passes[0].Backward(stream, input, scores, gradients, states));
        }
        finally
        {
            session.Timer.Stream.Synchronize();
            while (owned.TryPop(out IDisposable? resource)) resource.Dispose();
        }

        T Keep<T>(T resource)
            where T : IDisposable
        {
            owned.Push(resource);
            return resource;
        }
    }
}
