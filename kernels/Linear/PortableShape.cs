using System.Runtime.Intrinsics;

namespace LbrCore.Kernels;

/// <summary><see cref="Linear.Portable"/>.</summary>
/// <param name="TileRows">Rows of x of a warp.</param>
public sealed record PortableShape(int TileRows) : LinearShape
{
    /// <inheritdoc/>
    public override string? Refuse(DeviceInfo device, in LinearProblem problem) => null;

    /// <inheritdoc/>
    public override bool IsCompiledFor(Type input, Type output) =>
        (input == typeof(float) && output == typeof(float)) || ((input == typeof(BFloat16) || input == typeof(Half)) && (output == input || output == typeof(float)));

    /// <inheritdoc/>
    public override KernelVariant Variant<T, TOut>() => Linear.PortableVariant<T, TOut>(TileRows);

    /// <inheritdoc/>
    /// <remarks>On the CPU it beats every other shape, which emulate tensor cores; on a GPU it is the last resort.</remarks>
    public override double Estimate(DeviceInfo device, in LinearProblem problem, int splits)
    {
        const double LastResort = 1e9;
        int passes = CeilingDivide(problem.M, TileRows);
        return device.Kind == DeviceKind.Cuda ? LastResort + (passes * (TileRows + 1)) : passes * (TileRows == 1 ? 1 : FourRows(problem.Input));
    }

    // A pass of four rows on the CPU, in passes of one: measured with 2 to 512 rows of k = 896, n = 4864. A second pass of one row finds the weights in the cache. With four rows the
    // 512-bit accumulators leave no registers for what is widened from bfloat16; what is widened from Half takes so long that it should serve four.
    private static double FourRows(Type input) => !Vector512.IsHardwareAccelerated || input == typeof(Half) ? 2.1 : input == typeof(BFloat16) ? 6 : 3.1;

    /// <inheritdoc/>
    public override string Preference(DeviceInfo device, in LinearProblem problem) => device.Kind == DeviceKind.Cuda ? "no other shape can run it" : "the CPU has no tensor cores";

    /// <inheritdoc/>
    public override string ToString() => $"Portable ({TileRows} rows a warp)";

    /// <inheritdoc/>
    public override int Groups(in LinearProblem problem) => Saturate(Linear.PortableGroups(problem.M, problem.N, TileRows));

    internal override void Launch<T, TOut>(ComputeStream stream, in LinearOperands<T, TOut> operands, LinearPlan plan, LinearWorkspace? workspace, bool dependent)
    {
        LinearProblem p = operands.Problem;
        var config = new LaunchConfig(Groups(p)) { DependentLaunch = dependent };
        Linear.LaunchPortable(stream, config, operands.X, operands.Weight, operands.Bias, operands.Residual, operands.Y, p.M, p.N, p.K, TileRows);
    }
}
