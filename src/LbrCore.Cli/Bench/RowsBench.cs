using LbrCore.Compute;
using LbrCore.Kernels;

namespace LbrCore.Cli.Bench;

/// <summary>RMSNorm and softmax: one group a row, so few rows show latency and many show bandwidth.</summary>
internal static class RowsBench
{
    private const string Part = "rows";
    private const float Epsilon = 1e-6f;

    /// <summary>Measures all of it.</summary>
    public static void Run(BenchSession session)
    {
        foreach (int rows in session.IsLarge ? new[] { 1, 8, 64, 1024, 4096 } : [1, 64]) RmsNormForward(session, rows, 1536);
        foreach (int rows in session.IsLarge ? new[] { 1, 8, 64, 1024 } : [1, 64]) SoftmaxForward(session, rows, 4096);
        foreach (int rows in session.IsLarge ? new[] { 1, 8, 64, 256 } : [1]) SoftmaxForward(session, rows, session.IsLarge ? 151936 : 32768);
    }

    private static void RmsNormForward(BenchSession session, int rows, int hiddenSize)
    {
        long elements = (long)rows * hiddenSize;
        Rows(session, "rmsnorm", rows, hiddenSize, 2.0 * ((2 * elements) + hiddenSize), dependent =>
        {
            ArrayView<BFloat16> weight = session.Pool.Take<BFloat16>(0, hiddenSize);
            return (stream, x, y) => RmsNorm.LaunchForward(stream, x, weight, y, rows, hiddenSize, Epsilon, dependent);
        });
    }

    private static void SoftmaxForward(BenchSession session, int rows, int columns)
    {
        using DeviceBuffer<Float2> workspace = session.Device.Allocate<Float2>(Softmax.WorkspaceLength<BFloat16>(session.Device.Info, rows, columns));
        Rows(session, "softmax", rows, columns, 4.0 * rows * columns, dependent => (stream, x, y) => Softmax.LaunchForward(stream, x, y, rows, columns, dependent, workspace));
    }

    private static void Rows(
        BenchSession session, string name, int rows, int columns, double bytes, Func<bool, Action<ComputeStream, ArrayView<BFloat16>, ArrayView<BFloat16>>> launcher)
    {
        if (!session.Wants(Part, name)) return;
        long elements = (long)rows * columns;
        int calls = session.Pool.Rotations(2 * elements, BenchSession.RotateBytes);
        using DeviceBuffer<BFloat16> y = session.Device.Allocate<BFloat16>(elements * calls);
        foreach (bool dependent in session.IsLarge ? new[] { false, true } : [false])
        {
            Action<ComputeStream, ArrayView<BFloat16>, ArrayView<BFloat16>> launch = launcher(dependent);
            session.Measure(Part, name + (dependent ? " +pdl" : ""), $"bf16 {rows}x{columns}", new Work(bytes), calls,
                (stream, i) => launch(stream, session.Pool.Take<BFloat16>(i, elements), y.View.SubView(i * elements, elements)));
        }
    }
}
