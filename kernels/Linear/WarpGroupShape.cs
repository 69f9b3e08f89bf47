namespace LbrCore.Kernels;

/// <summary><see cref="Linear.WarpGroups"/>: on compute capability 9.0, and on the CPU where it is asked for.</summary>
/// <param name="TileN">Rows of w of a group.</param>
/// <param name="Stages">Stages of the pipeline.</param>
public sealed record WarpGroupShape(int TileN, int Stages) : LinearShape
{
    /// <summary>Tiles along m that neighbouring groups walk first: their panels of x and w stay in L2.</summary>
    private const int RowGroup = 8;

    /// <summary>Rows below which memory sets the time, and it is chosen only where it is asked for.</summary>
    private const int LeastRows = 256;

    /// <summary>The compute capability that has the instructions.</summary>
    internal const int Hopper = 90;

    /// <summary>The shapes that are compiled in, and what was measured of them on an H100.</summary>
    internal static new readonly WarpGroupShape[] All =
    [
        new(256, 4) { Step = 0.625, FloatOutput = true },
        new(192, 5) { Step = 0.464 },
        new(128, 6) { Step = 0.328 },
    ];

    /// <summary>Microseconds for 64 positions of k of a tile, of which a multiprocessor has one at a time.</summary>
    internal double Step { get; init; }

    /// <summary>Also compiled for float outputs.</summary>
    internal bool FloatOutput { get; init; }

    internal int SharedBytes => Linear.WarpGroupSharedBytes(TileN, Stages);

    /// <inheritdoc/>
    public override string? Refuse(DeviceInfo device, in LinearProblem problem)
    {
        if (RefuseTensorCores(device, problem) is { } refusal) return refusal;
        if (device.Kind == DeviceKind.Cuda && device.ComputeCapability.Value != Hopper) return $"it needs compute capability 9.0 exactly, this is {device.ComputeCapability}";
        if (SharedBytes > device.SharedMemoryPerGroup) return $"it needs {SharedBytes} bytes of shared memory, a group has {device.SharedMemoryPerGroup}";
        return problem.PackedOutputs ? null : $"rows of y do not all start at multiples of 16 bytes (n is {problem.N})";
    }

    /// <inheritdoc/>
    public override bool IsCompiledFor(Type input, Type output) => input == typeof(BFloat16) && (output == input || (output == typeof(float) && FloatOutput));

    /// <inheritdoc/>
    public override KernelVariant Variant<T, TOut>() => Linear.WarpGroupsVariant<T, TOut>(TileN, Stages);

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
    public override int Groups(in LinearProblem problem) => Saturate((long)CeilingDivide(problem.M, Linear.WarpGroupRows) * CeilingDivide(problem.N, TileN));

    /// <inheritdoc/>
    public override string ToString() => $"WarpGroups ({Linear.WarpGroupRows} x {TileN} x {Linear.WarpGroupStage}, {Stages} stages)";

    internal override void Launch<T, TOut>(ComputeStream stream, in LinearOperands<T, TOut> operands, LinearPlan plan, LinearWorkspace? workspace, bool dependent)
    {
        LinearProblem p = operands.Problem;
        if (p.M == 0 || p.N == 0) return;
        var config = new LaunchConfig(Groups(p)) { DynamicSharedBytes = SharedBytes, DependentLaunch = dependent };
        Linear.LaunchWarpGroups(stream, config, operands.X, operands.Weight, operands.Bias, operands.Residual, operands.Y, p.M, p.N, p.K, RowGroup, TileN, Stages);
    }
}
