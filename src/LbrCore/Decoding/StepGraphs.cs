using LbrCore.Compute;

namespace LbrCore.Decoding;

/// <summary>Steps of a decoder as graphs, one for each number of sequences, with and without filters: queued eagerly the first time, which loads the kernels; recorded the second time; replayed from then on.</summary>
/// <param name="stream">Where steps are queued.</param>
internal sealed class StepGraphs(ComputeStream stream) : IDisposable
{
    private readonly Dictionary<(int Sequences, bool Filtered), Graph> _graphs = [];
    private readonly HashSet<(int Sequences, bool Filtered)> _warm = [];

    /// <summary>Queues a step.</summary>
    /// <param name="sequences">Sequences that it serves.</param>
    /// <param name="filtered">Whether it filters what it draws from.</param>
    /// <param name="useGraph">Whether it may be recorded and replayed.</param>
    /// <param name="queue">Queues its kernels.</param>
    public void Run(int sequences, bool filtered, bool useGraph, Action<int, bool> queue)
    {
        (int, bool) key = (sequences, filtered);
        if (!useGraph || _warm.Add(key))
        {
            queue(sequences, filtered);
            return;
        }

        if (!_graphs.TryGetValue(key, out Graph? graph))
        {
            graph = stream.Device.Capture(stream, _ => queue(sequences, filtered));
            _graphs.Add(key, graph);
        }

        graph.Launch(stream);
    }

    /// <summary>Frees the graphs.</summary>
    public void Dispose()
    {
        foreach (Graph graph in _graphs.Values) graph.Dispose();
    }
}
