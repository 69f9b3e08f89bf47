using LbrCore.Compute;
using LbrCore.KernelVerification;

namespace LbrCore.Cli.Tests.Readme;

/// <summary>What <c>kernels/README.md</c> does with its kernel.</summary>
internal static class RowNormsWork
{
    public static KernelCase Case(int rows, int columns)
    {
        return new KernelCase(RowNorms.RunVariant<BFloat16>(), $"rows={rows}, columns={columns}", trial =>
        {
            BFloat16[] x = [.. Enumerable.Range(0, rows * columns).Select(i => (BFloat16)MathF.Sin(i))];
            double[] exact = new double[rows], plain = new double[rows];
            for (int r = 0; r < rows; r++)
            {
                float sum = 0f;
                foreach (BFloat16 value in x.AsSpan(r * columns, columns)) (exact[r], sum) = (exact[r] + ((double)value * value), sum + ((float)value * value));
                (exact[r], plain[r]) = (Math.Sqrt(exact[r]), MathF.Sqrt(sum));
            }

            RowNorms.LaunchRun(trial.Stream, new LaunchConfig(rows), trial.Input("x", x), trial.Output<float>("norms", exact, plain), rows, columns);
        });
    }

    public static double MicrosecondsOf(Device device, int rows, int columns)
    {
        const int Calls = 50;
        using DeviceBuffer<BFloat16> x = device.Allocate<BFloat16>((long)Calls * rows * columns);
        using DeviceBuffer<float> norms = device.Allocate<float>(rows);
        using ComputeStream stream = device.CreateStream();
        using Graph graph = device.Capture(stream, queue =>
        {
            for (int i = 0; i < Calls; i++) RowNorms.LaunchRun(queue, new LaunchConfig(rows), x.View.SubView((long)i * rows * columns, (long)rows * columns), norms, rows, columns);
        });
        using ComputeEvent start = device.CreateEvent(), end = device.CreateEvent();
        graph.Launch(stream);
        stream.Record(start);
        graph.Launch(stream);
        stream.Record(end);
        stream.Synchronize();
        return end.MillisecondsSince(start) * 1000 / Calls;
    }
}
