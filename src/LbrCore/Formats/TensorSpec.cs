using System.Collections.Immutable;

namespace LbrCore.Formats;

/// <summary>Name, element type and shape of a tensor that is to be written or is expected in a checkpoint.</summary>
public sealed class TensorSpec
{
    /// <summary>Describes a tensor.</summary>
    /// <param name="name">Name, for example <c>model.norm.weight</c>.</param>
    /// <param name="dtype">Element type.</param>
    /// <param name="shape">Extents, outermost first; none for a scalar.</param>
    /// <exception cref="ArgumentException">An extent is negative, there are more than 64, or the size does not fit 63 bits.</exception>
    public TensorSpec(string name, TensorDtype dtype, params ReadOnlySpan<long> shape)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (shape.Length > TensorShape.MaxRank)
            throw new ArgumentException($"Tensor {Quoting.Quote(name)} has {shape.Length} axes, the limit is {TensorShape.MaxRank}.", nameof(shape));
        if (shape.ContainsAnyInRange(long.MinValue, -1))
            throw new ArgumentException($"Tensor {Quoting.Quote(name)} has a negative extent.", nameof(shape));
        if (!TensorShape.TryByteLength(shape, dtype, out long byteLength))
            throw new ArgumentException($"Tensor {Quoting.Quote(name)} has more bytes than 63 bits can count.", nameof(shape));
        Name = name;
        Dtype = dtype;
        Shape = [.. shape];
        ByteLength = byteLength;
    }

    /// <summary>Name of the tensor.</summary>
    public string Name { get; }

    /// <summary>Element type.</summary>
    public TensorDtype Dtype { get; }

    /// <summary>Extents, outermost first; empty for a scalar.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>Bytes of all elements.</summary>
    public long ByteLength { get; }

    /// <summary>For example <c>lm_head.weight BF16 [151936, 1536]</c>.</summary>
    public override string ToString() => $"{Name} {Dtype.Name()} [{string.Join(", ", Shape)}]";
}
