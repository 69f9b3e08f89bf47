using System.Diagnostics;
using System.Globalization;

namespace LbrCore.Benchmarks;

/// <summary>The figures in a few seconds: the median of runs after a warm-up.</summary>
internal static class Quick
{
    private const double Gigaflops = 2.0 * CpuWork.M * CpuWork.N * CpuWork.K / 1e9;
    private const int MinRuns = 5;
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(1), s_measured = TimeSpan.FromSeconds(1);

    public static int Run(TextWriter output)
    {
        using var work = new CpuWork();
        output.WriteLine(work.DeviceName);
        Report(output, "Linear f32 64x1024x1024", work.LinearForward, Gigaflops, "GFLOP/s");
        Report(output, "RMSNorm f32 64x1536", work.RmsNormForward, 2.0 * sizeof(float) * CpuWork.Rows * CpuWork.HiddenSize / 1e9, "GB/s");
        Report(output, "Softmax f32 64x4096", work.SoftmaxForward, 2.0 * sizeof(float) * CpuWork.Rows * CpuWork.Columns / 1e9, "GB/s");
        Report(output, "Copy 64 MiB", work.Copy, 2.0 * sizeof(float) * CpuWork.CopyElements / 1e9, "GB/s");
        return 0;
    }

    private static void Report(TextWriter output, string name, Action run, double amount, string unit)
    {
        // The just-in-time compiler replaces hot code while it runs: what is timed before that says nothing.
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < s_warmUp;) run();
        var seconds = new List<double>();
        TimeSpan busyBefore = Environment.CpuUsage.TotalTime;
        long begun = Stopwatch.GetTimestamp();
        for (long start = begun; seconds.Count < MinRuns || Stopwatch.GetElapsedTime(start) < s_measured;)
        {
            long begin = Stopwatch.GetTimestamp();
            run();
            seconds.Add(Stopwatch.GetElapsedTime(begin).TotalSeconds);
        }

        // Fewer busy cores than there are: the work has too few groups, or others use this machine and the figure is too low.
        double busy = (Environment.CpuUsage.TotalTime - busyBefore) / Stopwatch.GetElapsedTime(begun);
        seconds.Sort();
        double median = seconds[seconds.Count / 2];
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-24} {median * 1e3,9:0.000} ms {amount / median,8:0.00} {unit,-7}  {seconds.Count,5} runs, {busy:0.0} of {Environment.ProcessorCount} cores busy"));
    }
}
