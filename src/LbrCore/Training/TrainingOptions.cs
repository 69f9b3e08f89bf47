using LbrCore.Formats.Configuration;

namespace LbrCore.Training;

/// <summary>Sizes of a <see cref="TrainingSession{T}"/>. They fix its memory: nothing is allocated afterwards.</summary>
public sealed record TrainingOptions
{
    /// <summary>Rows of a batch.</summary>
    public int MaxRows { get; init; } = 8192;

    /// <summary>Rows of a batch whose next tokens are asked for.</summary>
    public int MaxTargetRows { get; init; } = 8192;

    /// <summary>Places for targets: rows with targets, times the most that a row of them has.</summary>
    public int MaxTargets { get; init; } = 8192;

    /// <summary>Most tokens of a row's input; more than one where rows are mixtures of embeddings.</summary>
    public int MixtureSlots { get; init; } = 1;

    /// <summary>Whether the backward pass computes each layer again instead of keeping its activations: a third more work, a fraction of the memory.</summary>
    public bool Recompute { get; init; }

    /// <summary>Logits in memory at a time.</summary>
    public long LogitBudget { get; init; } = 1L << 24;

    /// <summary>Divisor of the logits.</summary>
    public float Temperature { get; init; } = 1f;

    /// <summary>Most places for targets that a session has.</summary>
    internal const int MostTargets = 1 << 24;

    /// <summary>Checks every size.</summary>
    /// <exception cref="ArgumentException">A size is out of range; the message names it.</exception>
    public void Validate(ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        Require(MaxRows, 1, 1 << 21, nameof(MaxRows));
        Require(MaxTargetRows, 1, MaxRows, nameof(MaxTargetRows));
        Require(MaxTargets, MaxTargetRows, MostTargets, nameof(MaxTargets));
        Require(MixtureSlots, 1, 32, nameof(MixtureSlots));
        Require(LogitBudget, 1 << 10, 1L << 30, nameof(LogitBudget));
        if (!(Temperature > 0) || !float.IsFinite(Temperature)) throw new ArgumentException($"{nameof(Temperature)} is {Temperature}; give a positive number.", nameof(Temperature));
    }

    private static void Require(long value, long least, long most, string name)
    {
        if (value < least || value > most) throw new ArgumentException($"{name} is {value}; it must be {least} to {most}.", name);
    }
}
