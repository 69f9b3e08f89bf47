using System.Globalization;
using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Formats.Safetensors;
using LbrCore.Kernels;
using LbrCore.Training.Optimization;

namespace LbrCore.Training.Checkpoints;

/// <summary>Everything that a run needs to go on as if it had not stopped: float32 weights, moments, counters, the step. One file, which is there as a whole or not at all.</summary>
/// <remarks>What is random in a run is a function of its seed and the step, and so are the problems it has seen: there is no other state.</remarks>
public static class TrainingCheckpoint
{
    private const string Prefix = "checkpoint-";

    private const string Suffix = ".safetensors";

    /// <summary>Writes a checkpoint, then removes all but the newest few.</summary>
    /// <param name="folder">The run's folder; made if it is absent.</param>
    /// <param name="step">Steps done.</param>
    /// <param name="configuration">The run's configuration, which a resumed run must share.</param>
    /// <param name="optimizer">Weights and moments.</param>
    /// <param name="stream">Where the last step was queued.</param>
    /// <param name="keep">Checkpoints to keep.</param>
    /// <param name="progress">What else the run must know to go on.</param>
    /// <exception cref="IOException">The folder cannot be written or the disk is full; older checkpoints stay whole.</exception>
    public static void Save(string folder, long step, string configuration, AdamW optimizer, ComputeStream stream, int keep, string progress = "")
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        Directory.CreateDirectory(folder);
        var specs = new List<TensorSpec> { new("counters", TensorDtype.I32, 2 * optimizer.Groups.Count) };
        specs.AddRange(Parts(optimizer).Select(part => new TensorSpec(part.Name, TensorDtype.F32, part.View.Length)));
        var metadata = new Dictionary<string, string> { ["step"] = step.ToString(CultureInfo.InvariantCulture), ["configuration"] = configuration, ["progress"] = progress };
        using (SafetensorsWriter writer = SafetensorsWriter.Create(Path.Combine(folder, Name(step)), specs, metadata))
        {
            writer.Append<int>("counters", [.. optimizer.Read(stream).SelectMany(state => new[] { state.Steps, state.Skipped })]);
            foreach ((string name, ArrayView<float> view) in Parts(optimizer))
            {
                var values = new float[view.Length];
                stream.CopyToHost(view, values);
                writer.Append<float>(name, values);
            }

            writer.Commit();
        }

        foreach ((string path, long _) in All(folder).SkipLast(keep)) File.Delete(path);
    }

    /// <summary>Reads the newest checkpoint, if there is one.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="configuration">The run's configuration.</param>
    /// <param name="optimizer">Receives weights and moments.</param>
    /// <param name="stream">Where the copies are queued.</param>
    /// <returns>Steps done and what else was saved; 0 where there is no checkpoint.</returns>
    /// <exception cref="CheckpointException">The checkpoint is of another configuration or malformed.</exception>
    public static (long Step, string Progress) Resume(string folder, string configuration, AdamW optimizer, ComputeStream stream)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(stream);
        // A killed process leaves what it was writing.
        if (Directory.Exists(folder))
            foreach (string torn in Directory.EnumerateFiles(folder, $".{Prefix}*.tmp")) File.Delete(torn);
        if (All(folder) is not [.., (string path, long step)]) return (0, "");
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (!file.Metadata.TryGetValue("configuration", out string? begunWith) || begunWith != configuration)
            throw new CheckpointException($"{path} was written by a run with another configuration; choose another output folder, or remove the checkpoints of this one.");
        int[] counters = file.ReadAsInt32("counters");
        if (counters.Length != 2 * optimizer.Groups.Count) throw new CheckpointException($"{path}: counters has {counters.Length} numbers, {2 * optimizer.Groups.Count} are needed.");
        var states = new OptimizerState[2];
        for (int i = 0; i < optimizer.Groups.Count; i++) states[i] = new OptimizerState { Steps = counters[2 * i], Skipped = counters[(2 * i) + 1] };
        stream.CopyFromHost<OptimizerState>(states, optimizer.States);
        foreach ((string name, ArrayView<float> view) in Parts(optimizer))
        {
            float[] values = file.ReadAsFloat32(name);
            if (values.Length != view.Length) throw new CheckpointException($"{path}: {name} has {values.Length} numbers, {view.Length} are needed.");
            stream.CopyFromHost<float>(values, view);
        }

        foreach (ParameterGroup group in optimizer.Groups) group.Publish(stream);
        stream.Synchronize();
        return (step, file.Metadata.GetValueOrDefault("progress", ""));
    }

    private static string Name(long step) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{step:D8}{Suffix}");

    private static IEnumerable<(string Name, ArrayView<float> View)> Parts(AdamW optimizer) =>
        optimizer.Groups.SelectMany(group => new[] { ($"{group.Name}.master", group.Master), ($"{group.Name}.mean", group.Mean), ($"{group.Name}.square", group.Square) });

    // By step, oldest first.
    private static List<(string Path, long Step)> All(string folder)
    {
        var found = new List<(string, long)>();
        if (!Directory.Exists(folder)) return found;
        foreach (string path in Directory.EnumerateFiles(folder, $"{Prefix}*{Suffix}"))
        {
            string name = Path.GetFileName(path);
            if (long.TryParse(name.AsSpan(Prefix.Length, name.Length - Prefix.Length - Suffix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long step)) found.Add((path, step));
        }

        found.Sort((a, b) => a.Item2.CompareTo(b.Item2));
        return found;
    }
}
