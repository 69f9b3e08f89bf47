using System.Diagnostics.CodeAnalysis;

namespace LbrCore.Formats.Safetensors;

/// <summary>All weights of a checkpoint folder, whether in one file or in shards, as one source.</summary>
public sealed class SafetensorsModel : ITensorSource
{
    private const string SingleFileName = "model.safetensors";

    private readonly IReadOnlyList<SafetensorsFile> _files;
    private readonly Dictionary<string, SafetensorsFile> _fileOf;

    private SafetensorsModel(string path, IReadOnlyList<SafetensorsFile> files, Dictionary<string, SafetensorsFile> fileOf)
    {
        Description = path;
        _files = files;
        _fileOf = fileOf;
        Tensors = [.. files.SelectMany(file => file.Tensors.Where(tensor => fileOf.TryGetValue(tensor.Name, out SafetensorsFile? owner) && owner == file))];
        Names = [.. Tensors.Select(tensor => tensor.Name)];
    }

    /// <summary>Path of the folder or file, as it was given.</summary>
    public string Description { get; }

    /// <summary>Names of all tensors, shard by shard, in the order of their data.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Descriptions of all tensors, in the order of <see cref="Names"/>; byte offsets count within each shard.</summary>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>Bytes of all tensors together.</summary>
    public long ByteLength => Tensors.Sum(tensor => tensor.ByteLength);

    /// <summary>
    /// Opens <c>model.safetensors</c> in a folder, or where there is none the shards that <c>model.safetensors.index.json</c>
    /// lists; a path to a single file works too.
    /// </summary>
    /// <param name="path">A checkpoint folder or a <c>.safetensors</c> file.</param>
    /// <exception cref="SafetensorsException">
    /// There are no weights, a file breaks the format, a shard is missing, a tensor is not in the shard that the index gives, or
    /// the index names a file outside the folder.
    /// </exception>
    /// <remarks>As in transformers, tensors in a shard that the index does not list are not part of the model.</remarks>
    public static SafetensorsModel Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (File.Exists(path))
            return OpenSingle(path, path);
        if (!Directory.Exists(path))
            throw new SafetensorsException($"{path}: there is no such folder or file.");

        string single = Path.Combine(path, SingleFileName);
        if (File.Exists(single))
            return OpenSingle(path, single);
        string index = Path.Combine(path, SafetensorsIndex.FileName);
        if (File.Exists(index))
            return OpenShards(path, SafetensorsIndex.Load(index));

        bool pickled = Directory.EnumerateFiles(path, "*.bin").Any() || Directory.EnumerateFiles(path, "*.pth").Any();
        throw new SafetensorsException(
            $"{path}: there is neither {SingleFileName} nor {SafetensorsIndex.FileName}{(pickled ? "; pickled PyTorch weights are not read, convert them to safetensors" : "")}.");
    }

    /// <inheritdoc/>
    public bool TryGetInfo(string name, [NotNullWhen(true)] out TensorInfo? info)
    {
        info = null;
        return _fileOf.TryGetValue(name, out SafetensorsFile? file) && file.TryGetInfo(name, out info);
    }

    /// <summary>The tensor's bytes in its shard's mapping, for upload without a copy.</summary>
    /// <param name="name">Name of the tensor.</param>
    /// <returns>Bytes that stay valid until this object is disposed.</returns>
    /// <exception cref="CheckpointException">There is no such tensor.</exception>
    /// <exception cref="ObjectDisposedException">The model was closed.</exception>
    public MappedBytes Map(string name)
    {
        this.GetInfo(name);
        return _fileOf[name].Map(name);
    }

    /// <inheritdoc/>
    public void ReadBytes(string name, long offset, Span<byte> destination) =>
        Map(name).Slice(offset, destination.Length).CopyTo(destination);

    /// <inheritdoc/>
    public bool TryMap(string name, out MappedBytes bytes)
    {
        bytes = Map(name);
        return true;
    }

    /// <summary>Unmaps all files. Spans and addresses obtained from them must not be used afterwards.</summary>
    public void Dispose()
    {
        foreach (SafetensorsFile file in _files)
            file.Dispose();
    }

    private static SafetensorsModel OpenSingle(string path, string filePath)
    {
        SafetensorsFile file = SafetensorsFile.Open(filePath);
        return new SafetensorsModel(path, [file], file.Names.ToDictionary(name => name, _ => file));
    }

    private static SafetensorsModel OpenShards(string folder, SafetensorsIndex index)
    {
        string[] missing = [.. index.Shards.Where(shard => !File.Exists(Path.Combine(folder, shard)))];
        if (missing.Length > 0)
            throw new SafetensorsException($"{folder}: {missing.Length} of {index.Shards.Count} shards are missing, the first is {Quoting.Quote(missing[0])}; download the whole folder.");

        var files = new Dictionary<string, SafetensorsFile>();
        try
        {
            foreach (string shard in index.Shards)
                files.Add(shard, SafetensorsFile.Open(Path.Combine(folder, shard)));

            var fileOf = new Dictionary<string, SafetensorsFile>();
            foreach ((string name, string shard) in index.WeightMap)
            {
                if (!files[shard].TryGetInfo(name, out _))
                    throw Misplaced(name, shard, index, files);
                fileOf.Add(name, files[shard]);
            }

            return new SafetensorsModel(folder, [.. index.Shards.Select(shard => files[shard])], fileOf);
        }
        catch
        {
            foreach (SafetensorsFile file in files.Values)
                file.Dispose();
            throw;
        }
    }

    private static SafetensorsException Misplaced(string name, string shard, SafetensorsIndex index, Dictionary<string, SafetensorsFile> files)
    {
        string? actual = files.FirstOrDefault(entry => entry.Value.TryGetInfo(name, out _)).Key;
        return new SafetensorsException(
            $"{index.Source}: tensor {Quoting.Quote(name)} is said to lie in {Quoting.Quote(shard)} but "
            + (actual is null ? "no shard holds it." : $"lies in {Quoting.Quote(actual)}."));
    }
}
