namespace LbrCore.Kernels;

/// <summary>A kernel that computes gradients of weights on tensor cores: <see cref="Linear.WeightGradient"/>, or <see cref="Linear.WarpGroupsGradient"/> on compute capability 9.0.</summary>
/// <param name="TileN">Columns of gradWeight of a group.</param>
/// <param name="StageRows">Rows of a stage.</param>
/// <param name="Stages">Stages in shared memory.</param>
public sealed record WeightGradientShape(int TileN, int StageRows, int Stages)
{
    private const int TileRows = 128;

    private const int MostSlices = 16;

    /// <summary>What every device runs.</summary>
    public static WeightGradientShape Portable { get; } = new(Linear.GradientTile, Linear.GradientStage, Linear.GradientStages) { Resident = 2, Alone = 0.6, Step = 0.53 };

    /// <summary>What runs on compute capability 9.0.</summary>
    public static IReadOnlyList<WeightGradientShape> WarpGroups { get; } =
    [
        new(256, Linear.WarpGroupStage, 4) { Resident = 1, Alone = 1, Step = 0.75 },
        new(128, Linear.WarpGroupStage, 3) { Resident = 2, Alone = 0.6, Step = 0.9 },
    ];

    /// <summary>Groups that run on a multiprocessor at a time.</summary>
    internal int Resident { get; init; }

    /// <summary>Time of a group that has a multiprocessor to itself, relative to that of groups that share one.</summary>
    internal double Alone { get; init; }

    /// <summary>Microseconds of a stage of groups that share a multiprocessor.</summary>
    internal double Step { get; init; }

    /// <summary>Elements of a tile.</summary>
    public int TileElements => TileRows * TileN;

    private bool UsesWarpGroups => StageRows == Linear.WarpGroupStage;

    private int SharedBytes => UsesWarpGroups ? Linear.WarpGroupSharedBytes(Linear.WarpGroupRows / WarpGroupLayout.M, TileN, Stages) : Linear.WeightGradientSharedBytes;

    /// <summary>The shape that takes the least time on a device, and its slices.</summary>
    /// <param name="device">The device.</param>
    /// <param name="m">Rows of x.</param>
    /// <param name="n">Rows of gradWeight.</param>
    /// <param name="k">Columns of gradWeight.</param>
    /// <param name="workspace">Where slices meet; null for nowhere.</param>
    public static (WeightGradientShape Shape, int Slices) For(DeviceInfo device, int m, int n, int k, LinearWorkspace? workspace)
    {
        bool hopper = device.Kind == DeviceKind.Cuda && device.ComputeCapability.Value == WarpGroupShape.Hopper && WarpGroups.All(shape => shape.SharedBytes <= device.SharedMemoryPerGroup);
        return (hopper ? WarpGroups : [Portable]).Select(shape => (Shape: shape, Slices: shape.SlicesFor(device, m, n, k, workspace))).MinBy(at => at.Shape.Time(device, m, n, k, at.Slices));
    }

    /// <summary>The compiled kernel.</summary>
    /// <exception cref="MissingVariantException">It is not compiled for the element type.</exception>
    public KernelVariant Variant<T>() where T : unmanaged => UsesWarpGroups ? Linear.WarpGroupsGradientVariant<T>(TileN, Stages) : Linear.WeightGradientVariant<T>();

    /// <summary>Tiles of gradWeight.</summary>
    /// <param name="n">Rows.</param>
    /// <param name="k">Columns.</param>
    public long Tiles(int n, int k) => ((long)n + TileRows - 1) / TileRows * (((long)k + TileN - 1) / TileN);

    /// <summary>Queues gradWeight += gradY^T x.</summary>
    /// <param name="stream">Where it is queued.</param>
    /// <param name="gradY">[m, stride], 16-byte aligned.</param>
    /// <param name="x">[m, k], 16-byte aligned.</param>
    /// <param name="gradWeight">[n, k], 16-byte aligned. Added to.</param>
    /// <param name="m">Rows of gradY and x.</param>
    /// <param name="n">Rows of gradWeight.</param>
    /// <param name="k">Columns of gradWeight, a multiple of 8.</param>
    /// <param name="stride">Elements from a row of gradY to the next, at least n and a multiple of 8.</param>
    /// <param name="slices">Parts of the rows that different groups sum.</param>
    /// <param name="workspace">Where more than one slice meet: <see cref="TileElements"/> floats a tile and slice, a counter a tile.</param>
    public void Launch<T>(
        ComputeStream stream, ArrayView<T> gradY, ArrayView<T> x, ArrayView<float> gradWeight, int m, int n, int k, int stride, int slices, LinearWorkspace? workspace) where T : unmanaged
    {
        var config = new LaunchConfig((checked((int)Tiles(n, k)), slices)) { DynamicSharedBytes = SharedBytes };
        ArrayView<float> partials = slices > 1 ? workspace!.Partials : default(ArrayView<float>);
        ArrayView<uint> arrivals = slices > 1 ? workspace!.Arrivals : default(ArrayView<uint>);
        if (UsesWarpGroups) Linear.LaunchWarpGroupsGradient(stream, config, gradY, x, gradWeight, partials, arrivals, m, n, k, stride, TileN, Stages);
        else Linear.LaunchWeightGradient(stream, config, gradY, x, gradWeight, partials, arrivals, m, n, k, stride);
    }

    /// <summary>Slices of the rows that leave the fewest multiprocessors idle, as far as the workspace goes.</summary>
    internal int SlicesFor(DeviceInfo device, int m, int n, int k, LinearWorkspace? workspace)
    {
        long tiles = Tiles(n, k);
        int stages = Ceiling(m, StageRows), best = 1;
        if (workspace is null || tiles > workspace.Arrivals.Length) return 1;
        for (int slices = 2; slices <= Math.Min(MostSlices, stages / (2 * Stages)) && tiles * slices * TileElements <= workspace.Partials.Length; slices++)
            if (Ceiling(stages, Ceiling(stages, slices)) == slices && Time(device, m, n, k, slices) < Time(device, m, n, k, best)) best = slices;
        return best;
    }

    // A slice costs a trip through L2 for the tile, about as much as three stages.
    private double Time(DeviceInfo device, int m, int n, int k, int slices)
    {
        const double StagesOfTrip = 3;
        long groups = Tiles(n, k) * slices, slots = (long)Resident * device.MultiprocessorCount, rest = groups % slots;
        double waves = (groups / slots) + (rest == 0 ? 0 : rest <= device.MultiprocessorCount ? Alone : 1);
        return waves * Step * (Ceiling(Ceiling(m, StageRows), slices) + (slices > 1 ? StagesOfTrip : 0));
    }

    private static int Ceiling(int value, int divisor) => (value + divisor - 1) / divisor;
}
