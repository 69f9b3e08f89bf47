using LbrCore.Formats;

namespace LbrCore.Cli.Bench;

/// <summary>Shapes that were asked for instead of the usual ones; an empty list leaves the usual ones.</summary>
internal sealed record BenchShapes
{
    /// <summary>Sequences at the same time: attention, decode, step.</summary>
    public IReadOnlyList<int> Batches { get; init; } = [];

    /// <summary>Rows of each sequence: attention, decode.</summary>
    public IReadOnlyList<int> Rows { get; init; } = [];

    /// <summary>Tokens before: attention, decode, step.</summary>
    public IReadOnlyList<int> Contexts { get; init; } = [];

    /// <summary>Query and key-value heads: attention.</summary>
    public IReadOnlyList<(int Query, int KeyValue)> Heads { get; init; } = [];

    /// <summary>Elements of a head: attention.</summary>
    public int? HeadDim { get; init; }

    /// <summary>Rows of a linear layer.</summary>
    public IReadOnlyList<int> M { get; init; } = [];

    /// <summary>Outputs of a linear layer.</summary>
    public IReadOnlyList<int> N { get; init; } = [];

    /// <summary>Inputs of a linear layer.</summary>
    public IReadOnlyList<int> K { get; init; } = [];

    /// <summary>Element type of attention, linear layers and models; null for bf16 on a GPU and f32 on the CPU.</summary>
    public TensorDtype? ElementType { get; init; }

    /// <summary>Shape of the model of decode and step: a name of <see cref="BenchModels"/> or a folder; null for the usual ones.</summary>
    public string? Model { get; init; }

    /// <summary>Widths of trees: step.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [];

    /// <summary>Depths of trees: step.</summary>
    public IReadOnlyList<int> Depths { get; init; } = [];

    /// <summary>Whether anything about attention was asked for.</summary>
    public bool HasAttention => Batches.Count + Rows.Count + Contexts.Count + Heads.Count > 0 || HeadDim is not null;

    /// <summary>Whether anything about linear layers was asked for.</summary>
    public bool HasLinear => M.Count + N.Count + K.Count > 0;

    /// <summary>Whether anything about models was asked for.</summary>
    public bool HasModel => Model is not null || Batches.Count + Contexts.Count + Rows.Count + Widths.Count + Depths.Count > 0;

    /// <summary>The list that was asked for, or else the usual one.</summary>
    public static IReadOnlyList<T> Or<T>(IReadOnlyList<T> asked, params T[] usual) => asked.Count > 0 ? asked : usual;
}
