namespace LbrCore.Kernels;

/// <summary><see cref="Linear.FewRows"/>.</summary>
/// <param name="Tile">Rows of w in a tile.</param>
/// <param name="RowTiles">8 rows of x each.</param>
/// <param name="Units">Units of 64 k that a warp loads at once.</param>
/// <param name="Warps">Warps of a group.</param>
/// <param name="Buffers">Loads in flight.</param>
/// <param name="KeepInputs">Whether x stays in registers.</param>
public sealed record FewRowsShape(int Tile, int RowTiles, int Units, int Warps, int Buffers, bool KeepInputs) : LinearShape
{
    /// <summary>Rows of a full tile.</summary>
    private const int FragmentRows = 16;

    /// <summary>The shapes that are compiled in, and for which outputs of which inputs.</summary>
    internal static new readonly FewRowsShape[] All =
    [
        new(16, 1, 1, 24, 1, true) { FloatOutput = true },
        new(16, 2, 2, 12, 2, true) { FloatOutput = true },
        new(16, 1, 2, 12, 2, false) { HalfInput = true },
        new(12, 1, 2, 12, 2, false),
        new(16, 2, 2, 8, 2, false) { FloatOutput = true, HalfInput = true },
        new(12, 2, 2, 8, 2, false),
    ];

    /// <summary>Also compiled for float outputs.</summary>
    internal bool FloatOutput { get; init; }

    /// <summary>Also compiled for half inputs.</summary>
    internal bool HalfInput { get; init; }

    /// <inheritdoc/>
    public override string? Refuse(DeviceInfo device, in LinearProblem problem)
    {
        if (RefuseTensorCores(device, problem) is { } refusal) return refusal;
        if (problem.M > 8 * RowTiles) return $"it computes at most {8 * RowTiles} rows, not {problem.M}";
        if (KeepInputs && problem.K > 64 * Units * Warps) return $"x stays in registers for k up to {64 * Units * Warps}, not {problem.K}";
        return null;
    }

    /// <inheritdoc/>
    public override bool IsCompiledFor(Type input, Type output) =>
        (input == typeof(BFloat16) || (input == typeof(Half) && HalfInput)) && (output == input || (output == typeof(float) && FloatOutput));

    /// <inheritdoc/>
    public override KernelVariant Variant<T, TOut>() => Linear.FewRowsVariant<T, TOut>(Tile, RowTiles, Units, Warps, Buffers, KeepInputs);

    /// <inheritdoc/>
    /// <remarks>
    /// The time to read w, longer by a fifth of the multiprocessors that idle. Measured on an H100: keeping x in registers gains 3 to 7%, where k is short enough; a tile of
    /// 12 rows costs 2% and gains what it spreads better.
    /// </remarks>
    public override double Estimate(DeviceInfo device, in LinearProblem problem, int splits)
    {
        const double BytesPerMicrosecond = 3.0e6, LatencyMicroseconds = 1.5;
        double tiles = CeilingDivide(problem.N, Tile), rounds = Math.Max(1, Math.Ceiling(tiles / device.MultiprocessorCount));
        double idle = 1 - (tiles / (rounds * device.MultiprocessorCount));
        double penalty = 1.0 + (0.2 * idle) + (KeepInputs ? 0 : 0.05) + (Tile == FragmentRows ? 0 : 0.02) + (0.1 * (RowTiles - CeilingDivide(problem.M, 8)));
        if (device.Kind != DeviceKind.Cuda) penalty *= 1e6;
        return LatencyMicroseconds + (penalty * problem.N * problem.K * 2 / BytesPerMicrosecond);
    }

    /// <inheritdoc/>
    public override string Preference(DeviceInfo device, in LinearProblem problem) =>
        $"few rows, bound by reading w; {CeilingDivide(problem.N, Tile)} tiles on {device.MultiprocessorCount} multiprocessors";

    /// <inheritdoc/>
    public override string ToString() => $"FewRows ({Tile} rows of w, {8 * RowTiles} of x, {Warps} warps of {Units} units, {Buffers} buffers{(KeepInputs ? ", x in registers" : "")})";

    /// <inheritdoc/>
    public override int Groups(in LinearProblem problem) => CeilingDivide(problem.N, Tile);

    internal override void Launch<T, TOut>(ComputeStream stream, in LinearOperands<T, TOut> operands, LinearPlan plan, LinearWorkspace? workspace, bool dependent)
    {
        LinearProblem p = operands.Problem;
        if (p.M == 0) return;
        var config = new LaunchConfig(Math.Min(Groups(p), stream.Device.Info.MultiprocessorCount)) { DependentLaunch = dependent };
        Linear.LaunchFewRows(
            stream, config, operands.X, operands.Weight, operands.Bias, operands.Residual, operands.Y, p.M, p.N, p.K, Tile, RowTiles, Units, Warps, Buffers, KeepInputs);
    }
}
