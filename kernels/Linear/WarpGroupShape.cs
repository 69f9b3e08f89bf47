namespace LbrCore.Kernels;

/// <summary><see cref="Linear.WarpGroups"/>: on compute capability 9.0, and on the CPU where it is asked for.</summary>
/// <param name="WarpGroups">Warp groups of a group, 64 rows of x each.</param>
/// <param name="TileN">Rows of w of a group.</param>
/// <param name="Stages">Stages of the pipeline.</param>
/// <param name="IsSplit">Whether slices of k are summed apart, for the next kernel to add.</param>
/// <param name="IsGated">Whether y = silu(gate) * up, gate over up in w.</param>
public sealed record WarpGroupShape(int WarpGroups, int TileN, int Stages, bool IsSplit = false, bool IsGated = false) : LinearShape
{
    /// <summary>Tiles along m that neighbouring groups walk first: their panels of x and w stay in L2.</summary>
    private const int RowGroup = 8;

    /// <summary>The compute capability that has the instructions.</summary>
    internal const int Hopper = 90;

    /// <summary>The shapes that are compiled in, and what was measured of them on an H100.</summary>
    internal static new readonly WarpGroupShape[] All =
    [
        new(2, 256, 4) { Step = 0.625, FloatOutput = true },
        new(2, 192, 5) { Step = 0.464 },
        new(2, 128, 6) { Step = 0.328, FloatOutput = true },
        new(3, 128, 5) { Step = 0.49, FloatOutput = true, SameOutput = false, LeastRows = 129 },
    ];

    /// <summary>The shape of a gated layer, y = silu(gate) * up: with tiles of 144 rows a layer of 17920 is one wave of a GPU with 132 multiprocessors.</summary>
    public static WarpGroupShape Gated { get; } = new(3, 144, 5, IsGated: true);

    /// <summary>The shape that leaves slices of k apart.</summary>
    public static WarpGroupShape Sliced { get; } = new(3, 64, 6, IsSplit: true);

    /// <summary>Microseconds for 64 positions of k of a tile, of which a multiprocessor has one at a time.</summary>
    internal double Step { get; init; }

    /// <summary>Rows below which memory sets the time, and it is chosen only where it is asked for.</summary>
    internal int LeastRows { get; init; } = 256;

    /// <summary>Compiled for outputs of the type of the inputs.</summary>
    internal bool SameOutput { get; init; } = true;

    /// <summary>Compiled for float outputs.</summary>
    internal bool FloatOutput { get; init; }

    /// <summary>Rows of x of a group.</summary>
    public int TileM => WarpGroups * WarpGroupLayout.M;

    internal int SharedBytes => Linear.WarpGroupSharedBytes(WarpGroups, TileN, Stages);

    /// <inheritdoc/>
    public override string? Refuse(DeviceInfo device, in LinearProblem problem)
    {
        if (RefuseTensorCores(device, problem) is { } refusal) return refusal;
        if (device.Kind == DeviceKind.Cuda && device.ComputeCapability.Value != Hopper) return $"it needs compute capability 9.0 exactly, this is {device.ComputeCapability}";
        if (SharedBytes > device.SharedMemoryPerGroup) return $"it needs {SharedBytes} bytes of shared memory, a group has {device.SharedMemoryPerGroup}";
        return problem.PackedOutputs ? null : $"rows of y do not all start at multiples of 16 bytes (n is {problem.N})";
    }

    /// <inheritdoc/>
    public override bool IsCompiledFor(Type input, Type output) => input == typeof(BFloat16) && ((output == input && SameOutput) || (output == typeof(float) && FloatOutput));

    /// <inheritdoc/>
    public override KernelVariant Variant<T, TOut>() => Linear.WarpGroupsVariant<T, TOut>(WarpGroups, TileN, Stages, IsSplit, IsGated);

    /// <inheritdoc/>
    /// <remarks>
    /// Tiles run in waves, one on a multiprocessor. A tile takes its steps and what comes before and behind them, less in the last wave, where nothing waits for its stores; or its part of the time
    /// in which w is read. Within 10% of the times of an H100.
    /// </remarks>
    public override double Estimate(DeviceInfo device, in LinearProblem problem, int splits)
    {
        const double LatencyMicroseconds = 2, WaveMicroseconds = 3.6, LastMicroseconds = 1.5, BytesPerMicrosecond = 2.6e6;
        if (problem.M < LeastRows) return double.PositiveInfinity;
        int multiprocessors = device.MultiprocessorCount, groups = Groups(problem), waves = CeilingDivide(groups, multiprocessors);
        double steps = problem.K / 64.0 * Step, read = 2.0 * problem.N * problem.K / BytesPerMicrosecond;
        double time = LatencyMicroseconds + Math.Max((waves * steps) + ((waves - 1) * WaveMicroseconds) + LastMicroseconds, read);
        return device.Kind == DeviceKind.Cuda ? time : time * 1e6;
    }

    /// <inheritdoc/>
    public override string Preference(DeviceInfo device, in LinearProblem problem) => $"{Groups(problem)} tiles on {device.MultiprocessorCount} multiprocessors";

    /// <inheritdoc/>
    public override int Groups(in LinearProblem problem) => Saturate((long)CeilingDivide(problem.M, TileM) * CeilingDivide(problem.N, TileN));

    /// <inheritdoc/>
    public override string ToString() => $"WarpGroups ({TileM} x {TileN} x {Linear.WarpGroupStage}, {Stages} stages)";

    /// <summary>Slices of k of <see cref="Sliced"/>: what fills the multiprocessors, but no more than four, for each costs a trip through L2; 1 for none.</summary>
    internal int SlicesOf(DeviceInfo device, in LinearProblem problem)
    {
        const int MostSlices = 4;
        int tiles = Groups(problem), stages = CeilingDivide(problem.K, Linear.WarpGroupStage);
        int wanted = Math.Clamp(device.MultiprocessorCount / Math.Max(1, tiles), 1, Math.Min(MostSlices, Math.Max(1, stages / 2)));
        return CeilingDivide(stages, Math.Max(1, CeilingDivide(stages, wanted)));
    }

    internal override bool LeavesSlices => IsSplit;

    internal override void LaunchSlices<T>(ComputeStream stream, ArrayView<T> x, ArrayView<T> weight, ArrayView<float> slices, int m, int n, int k, int splits, bool dependent)
    {
        var config = new LaunchConfig((CeilingDivide(m, TileM) * CeilingDivide(n, TileN), splits)) { DynamicSharedBytes = SharedBytes, DependentLaunch = dependent };
        Linear.LaunchWarpGroups<T, T>(stream, config, x, weight, default, default, default, slices, m, n, k, RowGroup, WarpGroups, TileN, Stages, IsSplit, IsGated);
    }

    internal override void Launch<T, TOut>(ComputeStream stream, in LinearOperands<T, TOut> operands, LinearPlan plan, LinearWorkspace? workspace, bool dependent)
    {
        LinearProblem p = operands.Problem;
        if (p.M == 0 || p.N == 0) return;
        var config = new LaunchConfig(Groups(p)) { DynamicSharedBytes = SharedBytes, DependentLaunch = dependent };
        Linear.LaunchWarpGroups(stream, config, operands.X, operands.Weight, operands.Bias, operands.Residual, operands.Y, default, p.M, p.N, p.K, RowGroup, WarpGroups, TileN, Stages, IsSplit, IsGated);
    }
}
