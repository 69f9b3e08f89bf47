namespace LbrCore.Kernels;

/// <summary>A kernel of <see cref="Linear"/> with its compile-time constants: whether it can run a problem, and how long it would take.</summary>
/// <remarks>Can and should are kept apart: <see cref="Refuse"/> says what rules a shape out, <see cref="Estimate"/> orders those that remain.</remarks>
public abstract record LinearShape
{
    private protected LinearShape()
    {
    }

    /// <summary>Every shape that is compiled in. The first runs everything.</summary>
    public static IReadOnlyList<LinearShape> All { get; } =
    [
        new PortableShape(4),
        new PortableShape(1),
        .. FewRowsShape.All,
        .. TiledShape.All,
        .. WarpGroupShape.All,
    ];

    /// <summary>Why this shape cannot run a problem on a device; null if it can.</summary>
    public abstract string? Refuse(DeviceInfo device, in LinearProblem problem);

    /// <summary>Estimated time in microseconds: the model that decides between shapes, fitted to measurements, not a promise.</summary>
    public abstract double Estimate(DeviceInfo device, in LinearProblem problem, int splits);

    /// <summary>What speaks for this shape, in a few words.</summary>
    public abstract string Preference(DeviceInfo device, in LinearProblem problem);

    /// <summary>Whether groups can split k.</summary>
    public virtual bool CanSplit => false;

    /// <summary>Slices of k that the shape would take if it had the workspace.</summary>
    public virtual int Splits(DeviceInfo device, in LinearProblem problem) => 1;

    /// <summary>Tiles of the output, and so counters of a workspace.</summary>
    public abstract int Groups(in LinearProblem problem);

    /// <summary>Floats of a workspace for so many slices of k.</summary>
    public virtual long PartialSums(in LinearProblem problem, int splits) => 0;

    /// <summary>Whether the shape is compiled for these element types.</summary>
    /// <param name="input">Element type of x, w and bias.</param>
    /// <param name="output">Element type of y and residual.</param>
    public abstract bool IsCompiledFor(Type input, Type output);

    /// <summary>The compiled kernel.</summary>
    /// <exception cref="MissingVariantException">The shape is not compiled for these element types.</exception>
    public abstract KernelVariant Variant<T, TOut>()
        where T : unmanaged
        where TOut : unmanaged;

    /// <summary>Whether the shape can leave slices of k apart.</summary>
    internal virtual bool LeavesSlices => false;

    /// <summary>Queues the kernel with its slices left apart; only where <see cref="LeavesSlices"/>.</summary>
    internal virtual void LaunchSlices<T>(ComputeStream stream, ArrayView<T> x, ArrayView<T> weight, ArrayView<float> slices, int m, int n, int k, int splits, bool dependent)
        where T : unmanaged => throw new InvalidOperationException($"{this} leaves no slices apart.");

    /// <summary>Queues the kernel.</summary>
    internal abstract void Launch<T, TOut>(ComputeStream stream, in LinearOperands<T, TOut> operands, LinearPlan plan, LinearWorkspace? workspace, bool dependent)
        where T : unmanaged
        where TOut : unmanaged;

    /// <summary>What rules out every shape on tensor cores.</summary>
    private protected string? RefuseTensorCores(DeviceInfo device, in LinearProblem problem)
    {
        if (device.Kind == DeviceKind.Cuda && device.ComputeCapability.Value < 80) return $"it needs compute capability 8.0, this is {device.ComputeCapability}";
        if (problem.Input != typeof(BFloat16) && problem.Input != typeof(Half)) return $"tensor cores multiply BFloat16 and Half, not {problem.Input.Name}";
        if (!IsCompiledFor(problem.Input, problem.Output)) return $"it is not compiled from {problem.Input.Name} to {problem.Output.Name}";
        return problem.PackedInputs ? null : $"rows of x and w do not all start at multiples of 16 bytes (k is {problem.K})";
    }

    // More groups than a grid can have are refused by the kernel's contract, which knows the sizes.
    private protected static int Saturate(long groups) => (int)Math.Min(groups, int.MaxValue);

    private protected static int CeilingDivide(int value, int divisor) => (int)(((long)value + divisor - 1) / divisor);
}

/// <summary>The operands of a linear layer.</summary>
internal readonly struct LinearOperands<T, TOut>
    where T : unmanaged
    where TOut : unmanaged
{
    public required ArrayView<T> X { get; init; }

    public required ArrayView<T> Weight { get; init; }

    public required ArrayView<T> Bias { get; init; }

    public required ArrayView<TOut> Residual { get; init; }

    public required ArrayView<TOut> Y { get; init; }

    public required LinearProblem Problem { get; init; }
}
