using LbrCore.Compute;

namespace LbrCore.KernelVerification;

/// <summary>The operands of one run of a <see cref="KernelCase"/> and what they must contain afterwards.</summary>
public sealed class KernelTrial : IDisposable
{
    private readonly List<GuardedBuffer> _operands = [];
    private readonly List<IDisposable> _kept = [];
    private readonly KernelCase _case;

    internal KernelTrial(Device device, KernelCase kernelCase)
    {
        Device = device;
        _case = kernelCase;
    }

    /// <summary>Where the kernel runs.</summary>
    public Device Device { get; }

    /// <summary>Where the kernel is queued.</summary>
    public ComputeStream Stream => Device.DefaultStream;

    /// <summary>An operand that is read and must not change.</summary>
    /// <param name="name">Its name in the kernel.</param>
    /// <param name="contents">Its elements.</param>
    /// <param name="offset">Elements that the view is off its natural alignment of 16 bytes.</param>
    public ArrayView<T> Input<T>(string name, T[] contents, int offset = 0) where T : unmanaged => Add(new GuardedBuffer<T>(Device, contents, contents.Length, offset) { Name = name }).View;

    /// <summary>An operand that must be written completely, compared with exact values.</summary>
    /// <param name="name">Its name in the kernel.</param>
    /// <param name="exact">The exact values in float64.</param>
    /// <param name="plain">The values of the plain computation in the precision of <typeparamref name="T"/>, whose error sets the bound.</param>
    /// <param name="offset">Elements that the view is off its natural alignment of 16 bytes.</param>
    public ArrayView<T> Output<T>(string name, double[] exact, double[] plain, int offset = 0) where T : unmanaged =>
        Add(new GuardedBuffer<T>(Device, null, exact.Length, offset) { Name = name, Expected = (exact, plain) }).View;

    /// <summary>An operand that must be written completely, compared bit by bit.</summary>
    /// <param name="name">Its name in the kernel.</param>
    /// <param name="expected">What it must contain.</param>
    /// <param name="offset">Elements that the view is off its natural alignment of 16 bytes.</param>
    /// <param name="anyNaN">Whether every NaN is as good as the expected one.</param>
    public ArrayView<T> Output<T>(string name, T[] expected, int offset = 0, bool anyNaN = false) where T : unmanaged =>
        Add(new GuardedBuffer<T>(Device, null, expected.Length, offset) { Name = name, ExpectedBits = expected, AnyNaN = anyNaN }).View;

    /// <summary>An operand that is read and replaced, compared with exact values.</summary>
    /// <param name="name">Its name in the kernel.</param>
    /// <param name="contents">Its elements before.</param>
    /// <param name="exact">The exact values afterwards.</param>
    /// <param name="plain">The values of the plain computation.</param>
    /// <param name="offset">Elements that the view is off its natural alignment of 16 bytes.</param>
    public ArrayView<T> Replaced<T>(string name, T[] contents, double[] exact, double[] plain, int offset = 0) where T : unmanaged =>
        Add(new GuardedBuffer<T>(Device, contents, contents.Length, offset) { Name = name, Expected = (exact, plain) }).View;

    /// <summary>An operand that is read and replaced, compared bit by bit.</summary>
    /// <param name="name">Its name in the kernel.</param>
    /// <param name="contents">Its elements before.</param>
    /// <param name="expected">What it must contain afterwards.</param>
    /// <param name="offset">Elements that the view is off its natural alignment of 16 bytes.</param>
    public ArrayView<T> Replaced<T>(string name, T[] contents, T[] expected, int offset = 0) where T : unmanaged =>
        Add(new GuardedBuffer<T>(Device, contents, contents.Length, offset) { Name = name, ExpectedBits = expected }).View;

    /// <summary>Keeps something until the run is judged.</summary>
    /// <param name="resource">Disposed with the trial.</param>
    public T Keep<T>(T resource) where T : IDisposable
    {
        _kept.Add(resource);
        return resource;
    }

    internal KernelCaseResult Judge()
    {
        var result = new KernelCaseResult(_case, null, 0, 0, 0);
        foreach (GuardedBuffer operand in _operands)
        {
            ErrorMeasure measure = operand.Judge();
            result = result with
            {
                Failure = result.Failure ?? measure.Failure,
                Error = Math.Max(result.Error, measure.OfBound),
                RelativeError = Math.Max(result.RelativeError, measure.Relative),
                MaximumError = Math.Max(result.MaximumError, measure.Maximum),
            };
        }

        return result;
    }

    /// <summary>Frees the operands.</summary>
    public void Dispose()
    {
        foreach (GuardedBuffer operand in _operands) operand.Dispose();
        foreach (IDisposable resource in _kept) resource.Dispose();
    }

    private GuardedBuffer<T> Add<T>(GuardedBuffer<T> operand) where T : unmanaged
    {
        _operands.Add(operand);
        return operand;
    }
}
