using LbrCore.Compute;
using LbrCore.Formats;
using LbrCore.Kernels;

namespace LbrCore.Cli.Bench;

/// <summary>Linear layers of a 1.5B model, from one row (decoding) to 4096 (a prompt); on the CPU a small square layer in both element types.</summary>
internal static class LinearBench
{
    private const string Part = "gemm";

    /// <summary>Above this a launch takes long enough that its start does not matter.</summary>
    private const int MostDependentRows = 128;

    private static readonly int[] s_rows = [1, 3, 8, 16, 64, 128, 384, 1024, 4096];

    private static readonly int[] s_splits = [1, 2, 3, 4, 6, 8, 12];

    private static readonly (string Name, int K, int N)[] s_layers =
    [
        ("1.5B.qkv", 1536, 2048),
        ("1.5B.o", 1536, 1536),
        ("1.5B.gate_up", 1536, 17920),
        ("1.5B.down", 8960, 1536),
        ("1.5B.lm_head", 1536, 151936),
    ];

    /// <summary>Measures all of it.</summary>
    public static void Run(BenchSession session)
    {
        if (session.Shapes.HasLinear)
        {
            switch (session.ElementType)
            {
                case TensorDtype.F32: Asked<float>(session); break;
                case TensorDtype.F16: Asked<Half>(session); break;
                default: Asked<BFloat16>(session); break;
            }

            return;
        }

        if (!session.IsLarge)
        {
            foreach (int m in new[] { 1, 8, 64 })
            {
                Layer<float>(session, "square f32", m, 1024, 1024);
                Layer<BFloat16>(session, "square bf16", m, 1024, 1024);
            }

            return;
        }

        foreach ((string name, int k, int n) in s_layers)
            foreach (int m in s_rows) Layer<BFloat16>(session, name, m, k, n);
    }

    private static void Asked<T>(BenchSession session) where T : unmanaged
    {
        foreach (int k in BenchShapes.Or(session.Shapes.K, 1536))
            foreach (int n in BenchShapes.Or(session.Shapes.N, 1536))
                foreach (int m in BenchShapes.Or(session.Shapes.M, 1, 9, 64))
                {
                    long largest = Math.Max((long)n * k, (long)m * Math.Max(n, k)) * (typeof(T) == typeof(float) ? sizeof(float) : sizeof(ushort));
                    if (largest <= session.Pool.Bytes) Layer<T>(session, "linear", m, k, n);
                    else session.Report(new BenchRow(Part, "linear", $"M{m} K{k} N{n}", 0) { Skipped = $"a matrix must fit {Terminal.Format.Bytes(session.Pool.Bytes)}" });
                }
    }

    private static void Layer<T>(BenchSession session, string name, int m, int k, int n) where T : unmanaged
    {
        if (!session.Wants(Part, name)) return;
        var problem = new LinearProblem(m, n, k, typeof(T), typeof(T));
        using var workspace = new LinearWorkspace(session.Device);
        LinearPlan chosen = LinearPlan.For(session.Device.Info, problem, workspace);
        Measure<T>(session, name, chosen, workspace, problem);
        if (!session.Sweep) return;
        foreach (LinearShape shape in LinearShape.All.Where(shape => shape.Refuse(session.Device.Info, problem) is null))
        {
            foreach (int splits in shape.CanSplit ? s_splits : [1])
            {
                LinearPlan plan = LinearPlan.With(shape, session.Device.Info, problem, splits);
                if ((shape, splits) != (chosen.Shape, chosen.Splits) && plan.PartialSums <= workspace.Partials.Length && plan.Arrivals <= workspace.Arrivals.Length)
                    Measure<T>(session, name, plan, workspace, problem);
            }
        }
    }

    private static void Measure<T>(BenchSession session, string name, LinearPlan plan, LinearWorkspace workspace, LinearProblem problem) where T : unmanaged
    {
        (int m, int n, int k) = (problem.M, problem.N, problem.K);
        int size = problem.Input == typeof(float) ? sizeof(float) : sizeof(ushort);
        var work = new Work(size * (((double)n * k) + ((double)m * (n + k))), 2.0 * m * n * k) { Elements = typeof(T) };
        int calls = Calls(session, (long)n * k * size, work);
        using DeviceBuffer<T> y = session.Device.Allocate<T>((long)m * n), x = session.Device.Allocate<T>((long)m * k);
        session.Device.DefaultStream.Copy(session.Pool.Take<T>(0, x.Length), x.View);
        session.Device.DefaultStream.Synchronize();
        foreach (bool dependent in session.IsLarge && m <= MostDependentRows ? new[] { false, true } : [false])
        {
            void Call(ComputeStream stream, int i) => Linear.Forward(
                stream, plan, x.View, session.Pool.Take<T>(i, (long)n * k), y.View, m, n, k, workspace: workspace, dependent: dependent);
            session.Measure(Part, name + (dependent ? " +pdl" : ""), $"M{m} K{k} N{n}", work, () => session.Timer.Graph(calls, Call), plan.ToString());
        }
    }

    /// <summary>Different weights in a graph: enough that L2 serves none, but no more than about 20 ms of work.</summary>
    private static int Calls(BenchSession session, long weightBytes, Work work)
    {
        double estimate = session.IsLarge ? Math.Max(weightBytes / 2.5e12, work.Operations / 6e14) : work.Operations / 4e9;
        int affordable = Math.Max(2, (int)(0.02 / estimate));
        return Math.Min(session.Pool.Rotations(weightBytes, BenchSession.RotateBytes), affordable);
    }
}
