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
    private readonly DeviceBuffer<int>? _supports;
    private readonly DeviceBuffer<T>? _embeddings;
    private readonly DeviceBuffer<int>? _sequenceOfNode;
    private readonly DeviceBuffer<TokenRow> _parentRows;
    private readonly DeviceBuffer<RoutingParameters> _routing;
    private readonly TreeShape _shape;
    private readonly int _sequences;

    public TreeBuffers(Device device, LbrOptions lbr, int sequences, int hiddenSize, int vocabulary)
    {
        TreeShape shape = lbr.Shape;
        (_shape, _sequences) = (shape, sequences);
        IsDistinct = lbr.Siblings == SiblingSampling.Distinct;
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
        OrderedLogProbabilities = floats.Take(sequences * shape.Leaves);
        Rests = floats.Take(parents);
        ParentEntropies = floats.Take(parents);
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
        GrownOrdered = report.Take(nodes).Cast<float>();
        if (lbr.RecordSupports)
        {
            SupportCapacity = Math.Min(lbr.SupportCapacity, vocabulary);
            _supports = device.Allocate<int>((long)sequences * KeptStride * (1 + SupportCapacity));
            SupportCounts = _supports.View.SubView(0, sequences * KeptStride);
            SupportTokens = _supports.View.SubView(sequences * KeptStride, (long)sequences * KeptStride * SupportCapacity);
            _supports.Clear();
        }

        if (lbr.Router.ReadsParents)
        {
            _embeddings = device.Allocate<T>((long)nodes * hiddenSize);
            _sequenceOfNode = device.Allocate<int>([.. Enumerable.Range(0, nodes).Select(node => node / shape.Nodes)]);
        }

        _parentRows = device.Allocate<TokenRow>(parents);
        _routing = device.Allocate<RoutingParameters>(sequences);
        _floats.Clear();
        _integers.Clear();
    }

    /// <summary>Whether siblings are drawn without replacement.</summary>
    public bool IsDistinct { get; }

    /// <summary>Kept tokens that are listed at a parent; 0 where none are.</summary>
    public int SupportCapacity { get; }

    /// <summary>[sequences, <see cref="KeptStride"/>]: how many tokens were kept after the prefix (place 0) and after node i (place i + 1).</summary>
    public ArrayView<int> SupportCounts { get; }

    /// <summary>[sequences, <see cref="KeptStride"/>, <see cref="SupportCapacity"/>]: their ids.</summary>
    public ArrayView<int> SupportTokens { get; }

    /// <summary>Counts and ids, one after the other; empty where supports are not recorded.</summary>
    public ArrayView<int> Supports => _supports?.View ?? default;

    /// <summary>[sequences, nodes, hidden]: embeddings of the nodes' tokens, where the router asks for them.</summary>
    public ArrayView<T> NodeEmbeddings => _embeddings?.View ?? default;

    /// <summary>[sequences, nodes]: the sequence of each node, where the router reads parents.</summary>
    public ArrayView<int> SequenceOfNode => _sequenceOfNode?.View ?? default;

    /// <summary>[sequences, nodes, hidden]: states after the final norm; of parents, where the router reads those.</summary>
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

    /// <summary>[sequences, K^d]: of the draws of one level without replacement, among what was left.</summary>
    public ArrayView<float> OrderedLogProbabilities { get; }

    /// <summary>[sequences, K^(d-1)]: probability outside the siblings of one parent.</summary>
    public ArrayView<float> Rests { get; }

    /// <summary>[sequences, K^(depth - 1)]: entropy after each parent, for the adaptive tree.</summary>
    public ArrayView<float> ParentEntropies { get; }

    /// <summary>
    /// What the host reads after a step: <see cref="Chosen"/>, <see cref="LogRho"/>, <see cref="GrownTokens"/>, <see cref="GrownLogProbabilities"/>, <see cref="GrownOrdered"/>, one after
    /// the other.
    /// </summary>
    public ArrayView<int> Report { get; }

    /// <summary>[sequences]: the committed root.</summary>
    public ArrayView<int> Chosen { get; }

    /// <summary>[sequences, K].</summary>
    public ArrayView<float> LogRho { get; }

    /// <summary>Tokens as they were grown; -1 for none.</summary>
    public ArrayView<int> GrownTokens { get; }

    /// <summary>log pi~ as it was at the draw.</summary>
    public ArrayView<float> GrownLogProbabilities { get; }

    /// <summary>Terms of the ordered likelihood, where siblings are drawn without replacement.</summary>
    public ArrayView<float> GrownOrdered { get; }

    /// <summary>[sequences, K^(d-1)]: rows after which a level grows.</summary>
    public ArrayView<TokenRow> ParentRows => _parentRows.View;

    /// <summary>[sequences].</summary>
    public ArrayView<RoutingParameters> Routing => _routing.View;

    /// <summary>Nodes of a subtree.</summary>
    public int KeptStride => _shape.Nodes / _shape.Width;

    /// <summary>Integers of <see cref="Report"/>.</summary>
    public int ReportLength => _sequences * (1 + _shape.Width + (3 * _shape.Nodes));

    /// <summary>What the trees allocate.</summary>
    public static MemoryPlan Plan(LbrOptions lbr, int sequences, int hiddenSize, int vocabulary)
    {
        TreeShape shape = lbr.Shape;
        int parents = shape.Count(shape.Depth - 1);
        MemoryPlan plan = new MemoryPlan()
            .Add("node states", (long)sequences * (shape.Nodes + parents) * hiddenSize, Unsafe.SizeOf<T>())
            .Add("trees", Floats(shape, sequences) + Integers(shape, sequences) + ((long)sequences * parents * (Unsafe.SizeOf<TokenRow>() / sizeof(int))), sizeof(int));
        if (lbr.Router.ReadsParents) plan.Add("node embeddings", (long)sequences * shape.Nodes * hiddenSize, Unsafe.SizeOf<T>()).Add("nodes", (long)sequences * shape.Nodes, sizeof(int));
        return lbr.RecordSupports ? plan.Add("kept supports", (long)sequences * (shape.Nodes / shape.Width) * (1 + Math.Min(lbr.SupportCapacity, vocabulary)), sizeof(int)) : plan;
    }

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
        NodeEmbeddings = NodeEmbeddings,
    };

    /// <summary>The step of one sequence, out of a report on the host and the supports beside it, which may be empty.</summary>
    public TreeStep Read(ReadOnlySpan<int> report, ReadOnlySpan<int> supports, int sequence, TreeRecorder recorder)
    {
        int width = _shape.Width, nodes = _shape.Nodes, at = _sequences, stride = KeptStride;
        ReadOnlySpan<float> logRho = MemoryMarshal.Cast<int, float>(Next(report, width));
        var grown = new GrownLevel
        {
            Tokens = Next(report, nodes),
            LogProbabilities = MemoryMarshal.Cast<int, float>(Next(report, nodes)),
            DrawLogProbabilities = IsDistinct ? MemoryMarshal.Cast<int, float>(Next(report, nodes)) : [],
            KeptCounts = supports.IsEmpty ? [] : supports.Slice(sequence * stride, stride),
            KeptTokens = supports.IsEmpty ? [] : supports.Slice((_sequences * stride) + (sequence * stride * SupportCapacity), stride * SupportCapacity),
            KeptCapacity = SupportCapacity,
        };
        return recorder.Record(grown, logRho, report[sequence]);

        // The part of the sequence in the next array of the report.
        ReadOnlySpan<int> Next(ReadOnlySpan<int> all, int length)
        {
            ReadOnlySpan<int> part = all.Slice(at + (sequence * length), length);
            at += _sequences * length;
            return part;
        }
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        _states.Dispose();
        _floats.Dispose();
        _integers.Dispose();
        _supports?.Dispose();
        _embeddings?.Dispose();
        _sequenceOfNode?.Dispose();
        _parentRows.Dispose();
        _routing.Dispose();
    }

    private static long Floats(TreeShape shape, int sequences) => (long)sequences * ((3 * shape.Nodes) + shape.Width + (2 * shape.Leaves) + (2 * shape.Count(shape.Depth - 1)));

    private static long Integers(TreeShape shape, int sequences) => (long)sequences * ((5 * shape.Nodes) + (shape.Nodes / shape.Width) + 2 + shape.Width);

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
