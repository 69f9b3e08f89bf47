using LbrCore.Formats.Configuration;

namespace LbrCore.Model;

/// <summary>Sizes of an <see cref="InferenceSession{T}"/>. They fix its memory: nothing is allocated afterwards.</summary>
public sealed record SessionOptions
{
    /// <summary>Sequences that are in the cache at the same time.</summary>
    public int Sequences { get; init; } = 1;

    /// <summary>Tokens of a sequence, prompt included; at most what the positions of the model allow.</summary>
    public int ContextLength { get; init; } = 4096;

    /// <summary>Tree nodes of a sequence that are in the cache beyond the context at the same time; 1 for plain decoding.</summary>
    public int TreeNodes { get; init; } = 1;

    /// <summary>Rows of one pass: the length of the pieces in which prompts are taken. More is faster up to some hundreds and costs memory.</summary>
    public int MaxRows { get; init; } = 512;

    /// <summary>Rows of logits at a time. Each takes 4 bytes for every token of the vocabulary.</summary>
    public int MaxLogitRows { get; init; } = 1;

    /// <summary>Slots of a sequence in the cache.</summary>
    public int Slots => ContextLength + TreeNodes;

    /// <summary>Checks every size alone and against a model.</summary>
    /// <param name="config">The model.</param>
    /// <exception cref="ArgumentException">A size is out of range; the message names it and its bounds.</exception>
    public void Validate(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        Require(Sequences, 1, 1 << 16, nameof(Sequences));
        Require(ContextLength, 1, config.MaxPositionEmbeddings, nameof(ContextLength), $" (max_position_embeddings is {config.MaxPositionEmbeddings})");
        Require(TreeNodes, 1, 1 << 16, nameof(TreeNodes));
        Require(MaxRows, 1, 1 << 20, nameof(MaxRows));
        Require(MaxLogitRows, 1, 1 << 16, nameof(MaxLogitRows));
        if ((long)Slots * config.HeadDim > int.MaxValue)
            throw new ArgumentException($"{Slots} slots of {config.HeadDim} elements are more than a cache addresses; shorten {nameof(ContextLength)}.", nameof(ContextLength));
    }

    private static void Require(int value, int least, int most, string name, string reason = "")
    {
        if (value < least || value > most) throw new ArgumentException($"{name} is {value}; it must be {least} to {most}{reason}.", name);
    }
}
