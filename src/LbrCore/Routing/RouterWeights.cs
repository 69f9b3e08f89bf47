using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Formats.Safetensors;
using LbrCore.Kernels;
using LbrCore.Model;

namespace LbrCore.Routing;

/// <summary>One value of float32 for every parameter of a router, in one allocation on a device: its weights, or their gradients or moments.</summary>
public sealed class RouterWeights : IDisposable
{
    /// <summary>Name of the file beside <see cref="RouterConfig.FileName"/>.</summary>
    public const string FileName = "router.safetensors";

    private readonly DeviceBuffer<float> _arena;
    private readonly Dictionary<string, ArrayView<float>> _views = [];

    /// <summary>Allocates them, all zero.</summary>
    /// <param name="config">Sizes.</param>
    /// <param name="device">Where they lie.</param>
    /// <exception cref="ArgumentException">A size is out of range.</exception>
    /// <exception cref="OutOfDeviceMemoryException">The device has not that much memory free.</exception>
    public RouterWeights(RouterConfig config, Device device)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(device);
        config.Validate();
        (Config, Device) = (config, device);
        Plan(config).Require(device, "Use a narrower router, or a device with more memory.");
        TensorSpec[] specs = [.. RouterTensors.Expected(config)];
        _arena = device.Allocate<float>(specs.Sum(RouterTensors.Stride));
        _arena.Clear();
        var parameters = new List<NamedParameter<float>>();
        long at = 0;
        foreach (TensorSpec spec in specs)
        {
            ArrayView<float> view = _arena.View.SubView(at, RouterTensors.Elements(spec));
            _views.Add(spec.Name, view);
            parameters.Add(new NamedParameter<float>(spec, view));
            at += RouterTensors.Stride(spec);
        }

        Parameters = parameters;
        Blocks = [.. Enumerable.Range(0, config.Blocks).Select(block => new RouterBlockWeights(this, block))];
        // Other streams use what the default stream has cleared.
        device.DefaultStream.Synchronize();
    }

    /// <summary>Sizes and switches.</summary>
    public RouterConfig Config { get; }

    /// <summary>Where they lie.</summary>
    public Device Device { get; }

    /// <summary>Every parameter once, under its name in <c>router.safetensors</c>.</summary>
    public IReadOnlyList<NamedParameter<float>> Parameters { get; }

    /// <summary>All parameters as one vector, with zeros in the gaps between them.</summary>
    public ArrayView<float> All => _arena.View;

    internal IReadOnlyList<RouterBlockWeights> Blocks { get; }

    /// <summary>A parameter by its name; empty where the config has none of this name.</summary>
    /// <param name="name">A name of <see cref="RouterTensors"/>.</param>
    public ArrayView<float> this[string name] => _views.GetValueOrDefault(name);

    /// <summary>Query, key and value of the pooling attention as one matrix, [3r, r].</summary>
    internal ArrayView<float> PoolQueryKeyValue => From(RouterTensors.InPooling("q_proj"), 3L * Config.RouterWidth * Config.RouterWidth);

    /// <summary>What the constructor allocates.</summary>
    /// <param name="config">A valid config.</param>
    public static MemoryPlan Plan(RouterConfig config) => new MemoryPlan().Add("router", RouterTensors.Expected(config).Sum(RouterTensors.Stride), sizeof(float));

    /// <summary>
    /// Makes a fresh router: norms one, w zero, so that its choice is exactly uniform; matrices N(0, 0.02), those that end a residual branch half as large.
    /// </summary>
    /// <param name="stream">Where the work is queued.</param>
    /// <param name="seed">The same seed gives the same router.</param>
    public void Initialize(ComputeStream stream, ulong seed)
    {
        const float Deviation = 0.02f;
        for (int i = 0; i < Parameters.Count; i++)
        {
            (string name, ArrayView<float> view) = (Parameters[i].Spec.Name, Parameters[i].View);
            if (name.EndsWith("norm.weight", StringComparison.Ordinal)) Elements.LaunchFill(stream, view, 1f);
            else if (name == RouterTensors.Score) Elements.LaunchFill(stream, view, 0f);
            else Initialization.LaunchNormal(stream, view, EndsBranch(name) ? Deviation / 2 : Deviation, seed, (uint)i);
        }
    }

    /// <summary>Reads the weights.</summary>
    /// <param name="source">A file with every tensor of the config.</param>
    /// <exception cref="CheckpointException">A tensor is missing or has another shape; the message names both sides.</exception>
    public void Load(ITensorSource source)
    {
        Verify(source, Config);
        foreach (NamedParameter<float> parameter in Parameters) Device.DefaultStream.CopyFromHost<float>(source.ReadAsFloat32(parameter.Spec.Name), parameter.View);
        Device.DefaultStream.Synchronize();
    }

    /// <summary>Writes <c>router.safetensors</c> and <c>router.json</c> into a folder; each file is replaced as a whole or not at all.</summary>
    /// <param name="folder">The folder; it must exist.</param>
    /// <exception cref="CheckpointException">The folder cannot be written.</exception>
    public void Save(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Device.Synchronize();
        using (var writer = SafetensorsWriter.Create(Path.Combine(folder, FileName), Parameters.Select(parameter => parameter.Spec)))
        {
            foreach (NamedParameter<float> parameter in Parameters)
            {
                var values = new float[parameter.View.Length];
                Device.DefaultStream.CopyToHost(parameter.View, values);
                Device.DefaultStream.Synchronize();
                writer.Append<float>(parameter.Spec.Name, values);
            }

            writer.Commit();
        }

        RouterConfigFile.Save(Path.Combine(folder, RouterConfig.FileName), Config);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _arena.Dispose();

    internal static void Verify(ITensorSource source, RouterConfig config)
    {
        ArgumentNullException.ThrowIfNull(source);
        foreach (TensorSpec expected in RouterTensors.Expected(config))
        {
            if (!source.TryGetInfo(expected.Name, out TensorInfo? info))
                throw new CheckpointException($"{source.Description}: tensor {expected.Name} is missing; {RouterConfig.FileName} calls for it.");
            if (!info.Shape.AsSpan().SequenceEqual(expected.Shape.AsSpan()))
                throw new CheckpointException($"{source.Description}: tensor {info} should have shape [{string.Join(", ", expected.Shape)}] by {RouterConfig.FileName}.");
        }
    }

    /// <summary>A stretch that begins with a parameter and goes on into those that follow it.</summary>
    internal ArrayView<float> From(string name, long length)
    {
        long at = 0;
        foreach (NamedParameter<float> parameter in Parameters)
        {
            if (parameter.Spec.Name == name) return _arena.View.SubView(at, length);
            at += RouterTensors.Stride(parameter.Spec);
        }

        throw new ArgumentException($"A router has no tensor {name}.", nameof(name));
    }

    private static bool EndsBranch(string name) => name.EndsWith("o_proj.weight", StringComparison.Ordinal) || name.EndsWith("down_proj.weight", StringComparison.Ordinal);
}
