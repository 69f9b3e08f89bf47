namespace LbrCore.Kernels;

/// <summary><see cref="Linear.Tiled"/>.</summary>
/// <param name="TileM">Rows of x of a group.</param>
/// <param name="TileN">Rows of w of a group.</param>
/// <param name="TileK">Columns of a stage.</param>
/// <param name="WarpsM">Warps along m.</param>
/// <param name="WarpsN">Warps along n.</param>
/// <param name="Stages">Stages of the pipeline.</param>
/// <param name="Split">Whether groups can split k.</param>
/// <param name="Packed">Whether outputs are stored 16 bytes at a time.</param>
/// <param name="Gated">Whether y = silu(gate) * up, gate over up in w.</param>
public sealed record TiledShape(int TileM, int TileN, int TileK, int WarpsM, int WarpsN, int Stages, bool Split, bool Packed, bool Gated = false) : LinearShape
{
    /// <summary>Rows up to which groups that share a multiprocessor were seen to overlap.</summary>
    private const int MostOverlappedRows = 192;

    /// <summary>Tiles along m that neighbouring groups walk first: their panels of x and w stay in L2.</summary>
    private const int RowGroup = 8;

    /// <summary>The shapes that are compiled in, for which types, and what was measured of them on an H100.</summary>
    internal static new readonly TiledShape[] All =
    [
        new(32, 64, 64, 2, 2, 6, true, true) { Resident = 3, Overhead = 0.1, Step = 0.192, BusyStep = 0.171 },
        new(64, 64, 64, 2, 2, 5, true, true) { Resident = 2, Overhead = 0.7, Step = 0.244, BusyStep = 0.220, FloatOutput = true, HalfInput = true },
        new(64, 128, 64, 2, 2, 4, true, true) { Resident = 2, Overhead = 1.0, Step = 0.332, BusyStep = 0.335 },
        new(96, 64, 64, 2, 2, 5, true, true) { Resident = 2, Overhead = 1.2, Step = 0.285, BusyStep = 0.245 },
        new(128, 64, 64, 2, 2, 4, true, true) { Resident = 2, Overhead = 0.5, Step = 0.328, BusyStep = 0.355 },
        new(128, 128, 32, 2, 2, 4, false, true) { Resident = 2, Overhead = 1.3, Step = 0.565, BusyStep = 0.571, FloatOutput = true, HalfInput = true },
        new(128, 256, 32, 2, 4, 5, false, true) { Resident = 1, Overhead = 3.0, Step = 0.943, BusyStep = 1.050, FloatOutput = true },
        new(192, 128, 64, 4, 2, 4, false, true) { Resident = 1, Overhead = 2.6, Step = 0.753, BusyStep = 0.799 },
        new(256, 128, 32, 4, 2, 5, false, true) { Resident = 1, Overhead = 3.5, Step = 0.946, BusyStep = 1.043 },
        new(64, 64, 64, 2, 2, 5, true, false) { Resident = 2, Overhead = 1.5, Step = 0.244, BusyStep = 0.220, FloatOutput = true, HalfInput = true },
    ];

    /// <summary>The shapes of a gated layer, y = silu(gate) * up.</summary>
    public static IReadOnlyList<TiledShape> GatedShapes { get; } =
    [
        new(64, 144, 64, 4, 3, 4, false, true, true),
        new(128, 144, 64, 4, 3, 3, false, true, true),
        new(192, 144, 64, 4, 3, 4, false, true, true),
    ];

    /// <summary>Groups that run on a multiprocessor at a time.</summary>
    internal int Resident { get; init; }

    /// <summary>Microseconds that a tile takes beside its steps.</summary>
    internal double Overhead { get; init; }

    /// <summary>Microseconds for 64 positions of k by a group that has its multiprocessor to itself.</summary>
    internal double Step { get; init; }

    /// <summary>Microseconds for 64 positions of k, by tile, on multiprocessors that have all the groups they can hold.</summary>
    internal double BusyStep { get; init; }

    /// <summary>Also compiled for float outputs.</summary>
    internal bool FloatOutput { get; init; }

    /// <summary>Also compiled for half inputs (and, with <see cref="FloatOutput"/>, for float outputs of them where no split is possible).</summary>
    internal bool HalfInput { get; init; }

    internal int SharedBytes => Linear.TiledSharedBytes(TileM, TileN, TileK, Stages);

    /// <inheritdoc/>
    public override string? Refuse(DeviceInfo device, in LinearProblem problem)
    {
        if (RefuseTensorCores(device, problem) is { } refusal) return refusal;
        if (SharedBytes > device.SharedMemoryPerGroup) return $"it needs {SharedBytes} bytes of shared memory, a group has {device.SharedMemoryPerGroup}";
        return Packed && !problem.PackedOutputs ? $"rows of y do not all start at multiples of 16 bytes (n is {problem.N})" : null;
    }

    /// <inheritdoc/>
    public override bool CanSplit => Split;

    /// <inheritdoc/>
    public override bool IsCompiledFor(Type input, Type output) =>
        (input == typeof(BFloat16) && (output == input || (output == typeof(float) && FloatOutput)))
        || (input == typeof(Half) && HalfInput && (output == input || (output == typeof(float) && FloatOutput && !Split)));

    /// <inheritdoc/>
    public override KernelVariant Variant<T, TOut>() => Linear.TiledVariant<T, TOut>(TileM, TileN, TileK, WarpsM, WarpsN, Stages, Split, Packed, Gated);

    /// <inheritdoc/>
    /// <remarks>
    /// Tiles run in waves of as many groups as the device holds. A wave takes as long as its multiprocessors compute, but no less than its part of w takes to read. The last wave
    /// may have multiprocessors to itself. Partial sums cost a trip through L2 each. Fitted to times of an H100; on most shapes within 15%, and their order is what matters.
    /// </remarks>
    public override double Estimate(DeviceInfo device, in LinearProblem problem, int splits)
    {
        const double SplitMicroseconds = 0.5, SliceMicroseconds = 0.7;
        double time = EstimateTiles(device, problem, splits) + (splits > 1 ? SplitMicroseconds + (splits * SliceMicroseconds) : 0);
        return device.Kind == DeviceKind.Cuda ? time : time * 1e6;
    }

    private double EstimateTiles(DeviceInfo device, in LinearProblem problem, int splits)
    {
        const double LatencyMicroseconds = 3, BytesPerMicrosecond = 2.6e6;
        double steps = problem.K / 64.0 / splits, tile = Overhead + (steps * BusyStep);
        int multiprocessors = device.MultiprocessorCount, groups = Saturate((long)Groups(problem) * splits), slots = multiprocessors * Resident, rest = groups % slots;
        double readOfGroup = 2.0 * problem.N * problem.K / BytesPerMicrosecond / Math.Max(1, groups);
        double wave = Math.Max(Resident * tile, slots * readOfGroup);
        double last = rest == 0 ? 0 : Math.Max(rest <= multiprocessors ? Overhead + (steps * Step) : CeilingDivide(rest, multiprocessors) * tile, rest * readOfGroup);
        // Short slices of few rows, all on the device at once, wait for memory more than for each other.
        if (splits > 1 && problem.M <= MostOverlappedRows && groups <= slots)
            last = Math.Max(Overhead + (steps * Math.Max(Step, BusyStep * groups / multiprocessors)), groups * readOfGroup);
        return LatencyMicroseconds + (groups / slots * wave) + last;
    }

    /// <inheritdoc/>
    public override string Preference(DeviceInfo device, in LinearProblem problem) => $"{Groups(problem)} tiles on {device.MultiprocessorCount} multiprocessors";

    /// <inheritdoc/>
    public override string ToString() => $"Tiled ({TileM} x {TileN} x {TileK}, {WarpsM} x {WarpsN} warps, {Stages} stages{(Packed ? "" : ", outputs one by one")})";

    /// <inheritdoc/>
    public override int Groups(in LinearProblem problem) => Saturate((long)CeilingDivide(problem.M, TileM) * CeilingDivide(problem.N, TileN));

    /// <inheritdoc/>
    /// <remarks>The number that the estimate likes best of those that leave no slice empty or shorter than two stages.</remarks>
    public override int Splits(DeviceInfo device, in LinearProblem problem)
    {
        int best = 1;
        foreach (int splits in SplitsOf(problem))
            if (Estimate(device, problem, splits) < Estimate(device, problem, best)) best = splits;
        return best;
    }

    /// <summary>The numbers of slices, from 2, that leave none empty or shorter than two stages; none for a shape that cannot split.</summary>
    internal IEnumerable<int> SplitsOf(LinearProblem problem)
    {
        const int MostSlices = 16;
        int stages = CeilingDivide(problem.K, TileK);
        return Split ? Enumerable.Range(2, Math.Max(0, Math.Min(MostSlices, stages / 2) - 1)).Select(wanted => CeilingDivide(stages, CeilingDivide(stages, wanted))).Distinct() : [];
    }

    /// <summary>Estimated microseconds of the product with its slices left apart, or unsplit with a norm of its own behind it.</summary>
    /// <remarks>
    /// More groups than multiprocessors are wanted, for what a group has under way covers little of the latency: so a wave is a full one. Slices cost a trip through L2. Fitted to
    /// whole steps of 64 and 192 rows on an H100, where a slice costs the kernel behind more than its trip.
    /// </remarks>
    internal double EstimateSlices(DeviceInfo device, in LinearProblem problem, int splits)
    {
        const double LatencyMicroseconds = 3, NormMicroseconds = 2.5, ReadBytesPerMicrosecond = 2.6e6, FewSliceBytesPerMicrosecond = 1.35e6, SliceBytesPerMicrosecond = 3.5e6;
        if (splits == 1) return EstimateTiles(device, problem, 1) + NormMicroseconds;
        int waves = CeilingDivide(Saturate((long)Groups(problem) * splits), device.MultiprocessorCount * Resident);
        double wave = Overhead + (problem.K / 64.0 / splits * Resident * BusyStep), read = 2.0 * problem.N * problem.K / ReadBytesPerMicrosecond;
        return LatencyMicroseconds + Math.Max(waves * wave, read) + (8.0 * splits * problem.M * problem.N / (problem.M <= MostOverlappedRows ? FewSliceBytesPerMicrosecond : SliceBytesPerMicrosecond));
    }

    /// <inheritdoc/>
    public override long PartialSums(in LinearProblem problem, int splits) => (long)Groups(problem) * splits * TileM * TileN;

    /// <summary>The shape of a gated layer for so many rows: the one whose tiles take the least time, a tile of t rows about as t + 40.</summary>
    internal static TiledShape GatedFor(int m) => GatedShapes.MinBy(shape => CeilingDivide(m, shape.TileM) * (shape.TileM + 40L))!;

    internal override bool LeavesSlices => Split && Packed;

    internal override void LaunchSlices<T>(ComputeStream stream, ArrayView<T> x, ArrayView<T> weight, ArrayView<float> slices, int m, int n, int k, int splits, bool dependent)
    {
        var config = new LaunchConfig((CeilingDivide(m, TileM) * CeilingDivide(n, TileN), splits)) { DynamicSharedBytes = SharedBytes, DependentLaunch = dependent };
        Linear.LaunchTiled<T, T>(
            stream, config, x, weight, default, default, default, slices, default, m, n, k, RowGroup, TileM, TileN, TileK, WarpsM, WarpsN, Stages, Split, Packed, Gated);
    }

    internal override void Launch<T, TOut>(ComputeStream stream, in LinearOperands<T, TOut> operands, LinearPlan plan, LinearWorkspace? workspace, bool dependent)
    {
        LinearProblem p = operands.Problem;
        if (p.M == 0 || p.N == 0) return;
        ArrayView<float> partials = plan.Splits > 1 ? workspace!.Partials : default(ArrayView<float>);
        ArrayView<uint> arrivals = plan.Splits > 1 ? workspace!.Arrivals : default(ArrayView<uint>);
        var config = new LaunchConfig((Groups(p), plan.Splits)) { DynamicSharedBytes = SharedBytes, DependentLaunch = dependent };
        Linear.LaunchTiled(
            stream, config, operands.X, operands.Weight, operands.Bias, operands.Residual, operands.Y, partials, arrivals, p.M, p.N, p.K, RowGroup,
            TileM, TileN, TileK, WarpsM, WarpsN, Stages, Split, Packed, Gated);
    }
}
