using LbrCore.Compute;
using LbrCore.Formats.Configuration;
using LbrCore.Model;
using LbrCore.Trees;

namespace LbrCore.Routing;

/// <summary>
/// Scores the depth-1 subtrees of a tree; the decoder commits one of them by softmax(score / temperature) or takes the best. A router holds what it has learned, does not change, and
/// may serve several decoders and threads; what it needs on a device is in a <see cref="RouterSession{T}"/>.
/// </summary>
public abstract class Router
{
    /// <summary>What the router is called in traces: a word, or where it was loaded from.</summary>
    public abstract string Name { get; }

    /// <summary>Whether <see cref="RouterInput{T}.NodeEntropies"/> is read. It costs the logits of every leaf, so the decoder leaves it empty otherwise.</summary>
    public virtual bool NeedsEntropies => false;

    /// <summary>
    /// Whether the router reads the states before the candidates instead of theirs: <see cref="RouterInput{T}.NodeStates"/> then holds those of parents, and
    /// <see cref="RouterInput{T}.NodeEmbeddings"/> what tells candidates apart. Candidates are not forwarded; the committed token is, by one row.
    /// </summary>
    public virtual bool ReadsParents => false;

    /// <summary>Checks that the router fits a model and a tree.</summary>
    /// <param name="config">The model.</param>
    /// <param name="shape">The tree.</param>
    /// <exception cref="ArgumentException">It does not; the message says which size differs.</exception>
    public virtual void Check(ModelConfig config, TreeShape shape)
    {
    }

    /// <summary>What a session allocates.</summary>
    /// <param name="sequences">Most sequences of a batch.</param>
    /// <param name="shape">Their trees.</param>
    public virtual MemoryPlan Plan(int sequences, TreeShape shape) => new();

    /// <summary>Puts the router on a device, with all the memory it will need.</summary>
    /// <param name="device">Where the states are.</param>
    /// <param name="sequences">Most sequences of a batch.</param>
    /// <param name="shape">Their trees.</param>
    /// <param name="hiddenSize">Width of a state.</param>
    /// <typeparam name="T">Element type of states.</typeparam>
    /// <exception cref="ArgumentException">The router does not fit.</exception>
    /// <exception cref="OutOfDeviceMemoryException">The device has not enough memory free.</exception>
    public abstract RouterSession<T> CreateSession<T>(Device device, int sequences, TreeShape shape, int hiddenSize)
        where T : unmanaged;
}

/// <summary>A router at work on one device, for one decoder.</summary>
/// <typeparam name="T">Element type of states.</typeparam>
public abstract class RouterSession<T> : IDisposable
    where T : unmanaged
{
    /// <summary>Queues the scores of the subtrees of each sequence.</summary>
    /// <param name="stream">Where the work is queued; may be capturing, so nothing is allocated or waited for.</param>
    /// <param name="input">The trees.</param>
    /// <param name="scores">[<see cref="RouterInput{T}.Sequences"/>, K]: logits of the choice, before the temperature. Written. Those of absent subtrees are not read.</param>
    public abstract void Score(ComputeStream stream, RouterInput<T> input, ArrayView<float> scores);

    /// <summary>Frees the memory.</summary>
    public abstract void Dispose();
}
