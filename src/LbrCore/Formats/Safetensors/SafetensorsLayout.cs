namespace LbrCore.Formats.Safetensors;

/// <summary>How the tensors of one file share its data section.</summary>
internal static class SafetensorsLayout
{
    /// <summary>Checks that the tensors cover the data section exactly: no overlap, no gap, nothing beyond the end.</summary>
    public static SafetensorsHeader Check(
        Dictionary<string, TensorInfo> byName, Dictionary<string, string> metadata, long dataStart, long fileLength, string source)
    {
        TensorInfo[] tensors = [.. byName.Values];
        Array.Sort(tensors, ByPosition);

        long end = dataStart;
        TensorInfo? previous = null;
        foreach (TensorInfo tensor in tensors)
        {
            // Told apart from a wrong layout because it is by far the most common defect: an interrupted download.
            if (tensor.ByteLength > fileLength - tensor.ByteOffset)
                throw new SafetensorsException($"{source}: tensor {Quoting.Quote(tensor.Name)} ends at byte {tensor.ByteOffset + tensor.ByteLength} but the file has {fileLength}; the download is not complete.");
            if (tensor.ByteOffset < end)
                throw new SafetensorsException($"{source}: tensors {Quoting.Quote(previous!.Name)} and {Quoting.Quote(tensor.Name)} overlap at byte {tensor.ByteOffset - dataStart} of the data.");
            if (tensor.ByteOffset > end)
                throw new SafetensorsException($"{source}: bytes {end - dataStart} to {tensor.ByteOffset - dataStart} of the data, before tensor {Quoting.Quote(tensor.Name)}, belong to no tensor.");
            end = tensor.ByteOffset + tensor.ByteLength;
            previous = tensor;
        }

        if (end != fileLength)
            throw new SafetensorsException($"{source}: the last tensor ends at byte {end} but the file has {fileLength}; {fileLength - end} bytes belong to no tensor.");
        return new SafetensorsHeader(tensors, byName, metadata);
    }

    /// <summary>By offset; tensors without bytes share their offset with the next and come first; names settle ties.</summary>
    private static int ByPosition(TensorInfo a, TensorInfo b)
    {
        int order = a.ByteOffset.CompareTo(b.ByteOffset);
        if (order == 0)
            order = a.ByteLength.CompareTo(b.ByteLength);
        return order != 0 ? order : string.CompareOrdinal(a.Name, b.Name);
    }
}
