using System.Collections.Immutable;

namespace LbrCore.Formats;

/// <summary>Where a tensor lies in its file and what it holds.</summary>
public sealed class TensorInfo
{
    internal TensorInfo(string name, TensorDtype dtype, ImmutableArray<long> shape, long byteOffset, long byteLength)
    {
        Name = name;
        Dtype = dtype;
        Shape = shape;
        ByteOffset = byteOffset;
        ByteLength = byteLength;
    }

    /// <summary>Name, unique in its file, for example <c>model.layers.0.mlp.up_proj.weight</c>.</summary>
    public string Name { get; }

    /// <summary>Element type.</summary>
    public TensorDtype Dtype { get; }

    /// <summary>Extents, outermost first (row-major); empty for a scalar. An extent may be 0.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>Bytes from the beginning of the file to the first element.</summary>
    public long ByteOffset { get; }

    /// <summary>Bytes of all elements: <see cref="ElementCount"/> times the element size.</summary>
    public long ByteLength { get; }

    /// <summary>Product of <see cref="Shape"/>; 1 for a scalar.</summary>
    public long ElementCount => ByteLength / Dtype.SizeInBytes();

    /// <summary>For example <c>lm_head.weight BF16 [151936, 1536]</c>.</summary>
    public override string ToString() => $"{Name} {Dtype.Name()} [{string.Join(", ", Shape)}]";
}
