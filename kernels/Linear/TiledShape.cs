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
public sealed record TiledShape(int TileM, int TileN, int TileK, int WarpsM, int WarpsN, int Stages, bool Split, bool Packed) : LinearShape
{
    /// <summary>Tiles along m that neighbouring groups walk first: their panels of x and w stay in L2.</summary>
    private const int RowGroup = 8;

    /// <summary>The shapes that are compiled in, for which types, and at which share of the tensor cores' rate they run.</summary>
    internal static new readonly TiledShape[] All =
    [
        new(32, 64, 64, 2, 2, 6, true, true) { Teraflops = 180 },
        new(64, 64, 64, 2, 2, 5, true, true) { Teraflops = 260, FloatOutput = true, HalfInput = true },
        new(64, 128, 64, 2, 2, 4, true, true) { Teraflops = 330 },
        new(128, 64, 64, 2, 2, 4, true, true) { Teraflops = 330 },
        new(128, 128, 32, 2, 2, 4, false, true) { Teraflops = 430, FloatOutput = true, HalfInput = true },
        new(128, 256, 32, 2, 4, 5, false, true) { Teraflops = 455, FloatOutput = true },
        new(192, 128, 64, 4, 2, 4, false, true) { Teraflops = 437 },
        new(256, 128, 32, 4, 2, 5, false, true) { Teraflops = 445 },
        new(64, 64, 64, 2, 2, 5, true, false) { Teraflops = 230, FloatOutput = true, HalfInput = true },
    ];

    /// <summary>Rate on an H100 when all multiprocessors are busy, in 10^12 operations a second.</summary>
    internal double Teraflops { get; init; }

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
    public override KernelVariant Variant<T, TOut>() => Linear.TiledVariant<T, TOut>(TileM, TileN, TileK, WarpsM, WarpsN, Stages, Split, Packed);

    /// <inheritdoc/>
    /// <remarks>
    /// The time of the multiprocessor with the most tiles: tiles times operations over its share of <see cref="Teraflops"/>, but never less than w's bytes take; partial sums
    /// cost a trip through L2. Within 10% of the measured times for m from 384 up.
    /// </remarks>
    public override double Estimate(DeviceInfo device, in LinearProblem problem, int splits)
    {
        const double LatencyMicroseconds = 3, SplitMicroseconds = 1.5, BytesPerMicrosecond = 3.0e6;
        int multiprocessors = device.MultiprocessorCount;
        double rounds = Math.Ceiling((double)Groups(problem) * splits / multiprocessors);
        double work = rounds * TileM * TileN * CeilingDivide(problem.K, splits) * 2.0 * multiprocessors / (Teraflops * 1e6);
        double read = (double)problem.N * problem.K * 2 / BytesPerMicrosecond;
        double time = LatencyMicroseconds + (splits > 1 ? SplitMicroseconds : 0) + Math.Max(work, read) + (0.1 * Math.Min(work, read));
        return device.Kind == DeviceKind.Cuda ? time : time * 1e6;
    }

    /// <inheritdoc/>
    public override string Preference(DeviceInfo device, in LinearProblem problem) => $"{Groups(problem)} tiles on {device.MultiprocessorCount} multiprocessors";

    /// <inheritdoc/>
    public override string ToString() => $"Tiled ({TileM} x {TileN} x {TileK}, {WarpsM} x {WarpsN} warps, {Stages} stages{(Packed ? "" : ", outputs one by one")})";

    /// <inheritdoc/>
    public override int Groups(in LinearProblem problem) => Saturate((long)CeilingDivide(problem.M, TileM) * CeilingDivide(problem.N, TileN));

    /// <inheritdoc/>
    /// <remarks>As many slices as fill the multiprocessors once, none empty and none shorter than two stages.</remarks>
    public override int Splits(DeviceInfo device, in LinearProblem problem)
    {
        int tiles = Groups(problem), tilesK = CeilingDivide(problem.K, TileK);
        if (!Split || tiles == 0 || tilesK == 0) return 1;
        int wanted = Math.Max(1, Math.Min(device.MultiprocessorCount / tiles, tilesK / 2));
        return CeilingDivide(tilesK, CeilingDivide(tilesK, wanted));
    }

    /// <inheritdoc/>
    public override long PartialSums(in LinearProblem problem, int splits) => (long)Groups(problem) * splits * TileM * TileN;

    internal override void Launch<T, TOut>(ComputeStream stream, in LinearOperands<T, TOut> operands, LinearPlan plan, LinearWorkspace? workspace, bool dependent)
    {
        LinearProblem p = operands.Problem;
        if (p.M == 0 || p.N == 0) return;
        ArrayView<float> partials = plan.Splits > 1 ? workspace!.Partials : default(ArrayView<float>);
        ArrayView<uint> arrivals = plan.Splits > 1 ? workspace!.Arrivals : default(ArrayView<uint>);
        var config = new LaunchConfig((Groups(p), plan.Splits)) { DynamicSharedBytes = SharedBytes, DependentLaunch = dependent };
        Linear.LaunchTiled(
            stream, config, operands.X, operands.Weight, operands.Bias, operands.Residual, operands.Y, partials, arrivals, p.M, p.N, p.K, RowGroup,
            TileM, TileN, TileK, WarpsM, WarpsN, Stages, Split, Packed);
    }
}
