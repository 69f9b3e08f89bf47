using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LbrCore.Compute;
using LbrCore.Kernels;
using LbrCore.Model;
using LbrCore.Routing;
using LbrCore.Trees;

namespace LbrCore.Decoding;

/// <summary>The trees of a batch in device memory, allocated once. Node arrays are [sequences, nodes] by the numbering of <see cref="TreeShape"/>.</summary>
/// <typeparam name="T">Element type of states.</typeparam>
internal sealed class TreeBuffers<T> : IDisposable
    where T : unmanaged
{
    private readonly DeviceBuffer<T> _states;
    private readonly DeviceBuffer<float> _floats;
    private readonly DeviceBuffer<int> _integers;
    private readonly DeviceBuffer<TokenRow> _parentRows;
    private readonly DeviceBuffer<RoutingParameters> _routing;
    private readonly TreeShape _shape;
    private readonly int _sequences;

    public TreeBuffers(Device device, TreeShape shape, int sequences, int hiddenSize)
    {
        (_shape, _sequences) = (shape, sequences);
        int nodes = sequences * shape.Nodes, parents = sequences * shape.Count(shape.Depth - 1);
        _states = device.Allocate<T>((long)(nodes + parents) * hiddenSize);
        NodeStates = _states.View.SubView(0, (long)nodes * hiddenSize);
        Frontier = _states.View.SubView((long)nodes * hiddenSize, (long)parents * hiddenSize);
        _floats = device.Allocate<float>(Floats(shape, sequences));
        _integers = device.Allocate<int>(Integers(shape, sequences));
        var floats = new Cursor<float>(_floats.View);
        NodeLogProbabilities = floats.Take(nodes);
        NodeEntropies = floats.Take(nodes);
        NodeRests = floats.Take(nodes);
        Scores = floats.Take(sequences * shape.Width);
        DrawLogProbabilities = floats.Take(sequences * shape.Leaves);
        var integers = new Cursor<int>(_integers.View);
        NodeValid = integers.Take(nodes);
        NodeTokens = integers.Take(nodes);
        Kept = integers.Take(sequences * KeptStride);
        KeptCounts = integers.Take(sequences);
        Report = integers.Take(ReportLength);
        var report = new Cursor<int>(Report);
        Chosen = report.Take(sequences);
        LogRho = report.Take(sequences * shape.Width).Cast<float>();
        GrownTokens = report.Take(nodes);
        GrownLogProbabilities = report.Take(nodes).Cast<float>();
        _parentRows = device.Allocate<TokenRow>(parents);
        _routing = device.Allocate<RoutingParameters>(sequences);
        _floats.Clear();
        _integers.Clear();
    }

    /// <summary>[sequences, nodes, hidden]: states after the final norm.</summary>
    public ArrayView<T> NodeStates { get; }

    /// <summary>[sequences, K^(L-1), hidden]: states after which the deepest level grows.</summary>
    public ArrayView<T> Frontier { get; }

    /// <summary>log pi~ of each node.</summary>
    public ArrayView<float> NodeLogProbabilities { get; }

    /// <summary>Entropy after each node, where the router asks for it.</summary>
    public ArrayView<float> NodeEntropies { get; }

    /// <summary>Probability outside the node's siblings, where they are drawn without replacement.</summary>
    public ArrayView<float> NodeRests { get; }

    /// <summary>1 where there is a node.</summary>
    public ArrayView<int> NodeValid { get; }

    /// <summary>Token of each node.</summary>
    public ArrayView<int> NodeTokens { get; }

    /// <summary>[sequences, K]: of the router.</summary>
    public ArrayView<float> Scores { get; }

    /// <summary>[sequences, K^d]: of the draws of one level.</summary>
    public ArrayView<float> DrawLogProbabilities { get; }

    /// <summary>[sequences, <see cref="KeptStride"/>]: nodes of the chosen subtree.</summary>
    public ArrayView<int> Kept { get; }

    /// <summary>[sequences].</summary>
    public ArrayView<int> KeptCounts { get; }

    /// <summary>What the host reads after a step: <see cref="Chosen"/>, <see cref="LogRho"/>, <see cref="GrownTokens"/>, <see cref="GrownLogProbabilities"/>, one after the other.</summary>
    public ArrayView<int> Report { get; }

    /// <summary>[sequences]: the committed root.</summary>
    public ArrayView<int> Chosen { get; }

    /// <summary>[sequences, K].</summary>
    public ArrayView<float> LogRho { get; }

    /// <summary>Tokens as they were grown; -1 for none.</summary>
    public ArrayView<int> GrownTokens { get; }

    /// <summary>log pi~ as it was at the draw.</summary>
    public ArrayView<float> GrownLogProbabilities { get; }

    /// <summary>[sequences, K^(d-1)]: rows after which a level grows.</summary>
    public ArrayView<TokenRow> ParentRows => _parentRows.View;

    /// <summary>[sequences].</summary>
    public ArrayView<RoutingParameters> Routing => _routing.View;

    /// <summary>Nodes of a subtree.</summary>
    public int KeptStride => _shape.Nodes / _shape.Width;

    /// <summary>Integers of <see cref="Report"/>.</summary>
    public int ReportLength => _sequences * (1 + _shape.Width + (2 * _shape.Nodes));

    /// <summary>What the trees allocate.</summary>
    public static MemoryPlan Plan(TreeShape shape, int sequences, int hiddenSize) => new MemoryPlan()
        .Add("node states", (long)sequences * (shape.Nodes + shape.Count(shape.Depth - 1)) * hiddenSize, Unsafe.SizeOf<T>())
        .Add("trees", Floats(shape, sequences) + Integers(shape, sequences) + ((long)sequences * shape.Count(shape.Depth - 1) * (Unsafe.SizeOf<TokenRow>() / sizeof(int))), sizeof(int));

    /// <summary>The trees as a router sees them.</summary>
    public RouterInput<T> ForRouter(int sequences, int hiddenSize, bool entropies) => new()
    {
        Sequences = sequences,
        Shape = _shape,
        HiddenSize = hiddenSize,
        NodeStates = NodeStates,
        NodeValid = NodeValid,
        NodeLogProbabilities = NodeLogProbabilities,
        NodeEntropies = entropies ? NodeEntropies : default,
    };

    /// <summary>The step of one sequence, out of a report on the host.</summary>
    public TreeStep Read(ReadOnlySpan<int> report, int sequence, TreeRecorder recorder)
    {
        int width = _shape.Width, nodes = _shape.Nodes, at = _sequences;
        ReadOnlySpan<int> logRho = report.Slice(at + (sequence * width), width);
        at += _sequences * width;
        ReadOnlySpan<int> tokens = report.Slice(at + (sequence * nodes), nodes);
        at += _sequences * nodes;
        ReadOnlySpan<int> logProbabilities = report.Slice(at + (sequence * nodes), nodes);
        var grown = new GrownLevel { Tokens = tokens, LogProbabilities = MemoryMarshal.Cast<int, float>(logProbabilities) };
        return recorder.Record(grown, MemoryMarshal.Cast<int, float>(logRho), report[sequence]);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _states.Dispose();
        _floats.Dispose();
        _integers.Dispose();
        _parentRows.Dispose();
        _routing.Dispose();
    }

    private static long Floats(TreeShape shape, int sequences) => (long)sequences * ((3 * shape.Nodes) + shape.Width + shape.Leaves);

    private static long Integers(TreeShape shape, int sequences) => (long)sequences * ((4 * shape.Nodes) + (shape.Nodes / shape.Width) + 2 + shape.Width);

    private struct Cursor<TElement>(ArrayView<TElement> memory)
        where TElement : unmanaged
    {
        private int _taken;

        public ArrayView<TElement> Take(int length)
        {
            ArrayView<TElement> view = memory.SubView(_taken, length);
            _taken += length;
            return view;
        }
    }
}
