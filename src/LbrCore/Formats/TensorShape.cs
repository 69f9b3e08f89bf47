namespace LbrCore.Formats;

/// <summary>Arithmetic on shapes that come from a file and may be hostile.</summary>
internal static class TensorShape
{
    /// <summary>More axes than any framework writes (PyTorch stops at 64); keeps a hostile header from growing long arrays.</summary>
    public const int MaxRank = 64;

    /// <summary>Bytes of a tensor, or false where the product does not fit a signed 64-bit integer.</summary>
    /// <remarks>
    /// Multiplies from the left, as the safetensors reference does, so [2^40, 2^40, 0] overflows although its product is 0:
    /// both sides must agree on which files are valid.
    /// </remarks>
    public static bool TryByteLength(ReadOnlySpan<long> shape, TensorDtype dtype, out long byteLength)
    {
        byteLength = 0;
        long elements = 1;
        foreach (long extent in shape)
        {
            if (extent != 0 && elements > long.MaxValue / extent)
                return false;
            elements *= extent;
        }

        int size = dtype.SizeInBytes();
        if (elements > long.MaxValue / size)
            return false;
        byteLength = elements * size;
        return true;
    }
}
